/**
 * The Cloudflare provider: zone lookup and DNS records over Cloudflare's own SDK, which is loaded by the first call. It
 * reads no environment but the one it is given.
 */
import { type FindingProvider, providerOf } from "../kit/provider.ts";
import { configProperties, pluginVersion, settingsOf } from "./config.ts";
import { dnsRecord } from "./dns-record.ts";
import { invoke } from "./invokes.ts";
import { Session } from "./session.ts";

export interface CloudflareProviderOptions {
  /** Where CLOUDFLARE_* variables are looked up; the process's own are never read. */
  environment: Record<string, string>;
  /** The @pulumi/cloudflare version this provider answers for. */
  version?: string;
}

/** Its older name is the same type. */
const tokens = new Set([dnsRecord.token, "cloudflare:index/record:Record"]);

export function createCloudflareProvider({
  environment,
  version = pluginVersion,
}: CloudflareProviderOptions): FindingProvider {
  return providerOf({
    package: "cloudflare",
    version,
    config: configProperties,
    findType: (token) => (tokens.has(token) ? dnsRecord : undefined),
    open: async (inputs) => new Session(settingsOf(inputs, environment)),
    invoke,
  });
}
