/**
 * The program of one app: a manifest as Pulumi resources. Runs in no particular engine; reads no file but the ones it
 * names to Pulumi, and changes nothing by itself.
 */
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import { usualRequests } from "../blueprints/doors.ts";
import { filesBelow } from "../blueprints/files.ts";
import type { Blueprint } from "../blueprints/load.ts";
import { routesOf, siteOf, timeoutSeconds } from "../blueprints/manifest.ts";
import { AppBucket } from "./components/app-bucket.ts";
import { AppFunction, type Settings } from "./components/app-function.ts";
import { AppTable } from "./components/app-table.ts";
import type { Context, Where } from "./components/context.ts";
import { ownDomains } from "./components/domain.ts";
import { Gate } from "./components/gate.ts";
import { awsProvider } from "./components/provider.ts";
import { Site } from "./components/site.ts";
import { type Domain, hostsOf, type MadeDomain, urlOfDomains } from "./domains.ts";

export interface AppInput extends Where {
  app: string;
  blueprint: Blueprint;
  /** Digests of the code of each function, and of the gate. */
  codeDigests: Readonly<Record<string, string>>;
  gateDigest: string;
  gateDir: string;
  settings: Settings;
  /** The owner's word on how many requests a day the app may have. */
  budget?: number | undefined;
  /** Who may assume the roles of `exec`. */
  owner: readonly string[];
  /** Names of its own that it has, the first to be told first. */
  domains?: readonly Domain[];
  /** Needed where one of them is in Cloudflare; encrypted in the state. */
  cloudflareToken?: string | undefined;
  foundation: {
    signinFunction: string;
    signinArn: string;
    signinUrl: string;
    accessTable: string;
    boundaryArn: string;
  };
  /** Physical ids by `KIND NAME`, to import. */
  attach: ReadonlyMap<string, string>;
}

export type AppStackOutputs = {
  url: Output<string>;
  version: string;
  domains: Output<MadeDomain[]>;
};

/** Called by the engine, in its own time. */
export async function appProgram(input: AppInput): Promise<AppStackOutputs> {
  const { dir, manifest } = input.blueprint;
  const context: Context = {
    ...input,
    version: manifest.version,
    provider: awsProvider(input),
    boundaryArn: input.foundation.boundaryArn,
  };
  const functions = Object.entries(manifest.functions).map(([noun, definition]) => {
    const codeDir = join(dir, definition.code);
    const codeDigest = input.codeDigests[noun] ?? "";
    const { settings } = input;
    return [noun, new AppFunction(context, noun, { manifest, definition, codeDir, codeDigest, settings })] as const;
  });
  for (const [noun, definition] of Object.entries(manifest.tables)) new AppTable(context, noun, definition);
  const { folder, fallback } = siteOf(manifest) ?? {};
  const site = folder === undefined ? undefined : new Site(context, filesBelow(folder, input.blueprint.files));
  const gate = new Gate(context, {
    routes: routesOf(manifest),
    functions: Object.fromEntries(functions.map(([noun, made]) => [noun, made.functionName])),
    slowestSeconds: Math.max(20, ...Object.values(manifest.functions).map(({ timeout }) => timeoutSeconds(timeout))),
    siteBucket: site?.bucketName,
    fallback,
    headers: manifest.headers,
    budget: input.budget ?? usualRequests,
    domains: input.domains ?? [],
    signin: {
      functionName: input.foundation.signinFunction,
      arn: input.foundation.signinArn,
      url: input.foundation.signinUrl,
      accessTable: input.foundation.accessTable,
    },
    codeDir: input.gateDir,
    codeDigest: input.gateDigest,
  });
  // A local cloud may be given another port: its pages are the same ones then.
  const own = gate.url.apply((url) => url.replace(/\/$/, "").replace(/(\.localhost):\d+$/, "$1:*"));
  const origins = [own, ...hostsOf(input.domains).map((host) => `https://${host}`)];
  for (const [noun, definition] of Object.entries(manifest.buckets)) new AppBucket(context, noun, definition, origins);
  const { domains = [], cloudflareToken } = input;
  const made = ownDomains(context, { domains, of: gate, url: gate.url, cloudflareToken });
  return { url: gate.url.apply((url) => urlOfDomains(domains) ?? url), version: manifest.version, domains: made };
}
