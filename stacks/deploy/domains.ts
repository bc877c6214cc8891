/**
 * What is to be known of a name before and while it is made, and is no resource of a stack's: where its DNS is, which
 * records it has already, how far its certificate is, and the token of Cloudflare, which is a SecureString of the account.
 */
import { Resolver } from "node:dns/promises";
import { type Cloud, foundationStack } from "../cloud.ts";
import { domainKind } from "../components/context.ts";
import { type Dns, type Domain, leadingHosts, type MadeDomain, type WantedRecord } from "../domains.ts";
import type { Context } from "../engine/provider.ts";
import { ProviderError } from "../providers/kit/errors.ts";
import { acm, guarded, route53 } from "./clients.ts";
import { domainFaults } from "./domain-faults.ts";
import { sealedExport } from "./health.ts";
import { findSecret, putSecret } from "./secrets.ts";
import { stackOutputs } from "./state.ts";
import type { StackName } from "./types.ts";

export { domainFaults, leadingHosts };

/** As a secret of the foundation's: no blueprint's setting is called so there. */
const [tokensApp, tokensName] = [foundationStack, "cloudflare-token"];

/** In the account's parameter store, encrypted; whoever works on the cloud from another computer has it, too. */
export const keepToken = (cloud: Cloud, token: string): Promise<void> => putSecret(cloud, tokensApp, tokensName, token);

export const keptToken = (cloud: Cloud): Promise<string | undefined> => findSecret(cloud, tokensApp, tokensName);

export const removeToken = (cloud: Cloud): Promise<void> => putSecret(cloud, tokensApp, tokensName, null);

/** For the program of `site` with names in Cloudflare; nothing is asked for others. Throws `cloudflare-token-needed`. */
export async function tokenFor(
  cloud: Cloud,
  site: string,
  domains: readonly Domain[] = [],
): Promise<string | undefined> {
  const one = domains.find(({ dns }) => dns.at === "cloudflare");
  if (!one) return undefined;
  const token = await keptToken(cloud);
  if (token === undefined) throw domainFaults.tokenNeeded(one.host, `freehold domain add ${site} ${one.host}`);
  return token;
}

export interface DnsReach {
  /** Of Cloudflare, where there is one. */
  token?: string | undefined;
  signal: AbortSignal;
  /** What to type once what was in the way is put right. */
  next: string;
}

const contextOf = ({ signal }: DnsReach): Context => ({
  signal,
  timeoutSeconds: 60,
  status: () => undefined,
  log: () => undefined,
});

const reachOf = (cloud: Cloud, token: string | undefined) => ({
  environment: { ...cloud.environment },
  ...(token === undefined ? {} : { apiToken: token }),
});

/** What a provider of records says is told as it says it; it repeats no token. Throws `cloudflare-token-refused`, `dns-refused`. */
async function told<T>(host: string, { next }: DnsReach, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { refusesToken } = await import("../providers/cloudflare/errors.ts");
    const fault = refusesToken(error) ? domainFaults.tokenRefused : domainFaults.dnsRefused;
    throw fault(host, error.message, next, error);
  }
}

/**
 * The zone of Cloudflare that a name is in, of those the token may read; undefined when it is in none. `waitsFor`: it
 * answers nobody before these are the domain's name servers.
 */
export async function cloudflareZone(
  cloud: Cloud,
  host: string,
  reach: DnsReach,
): Promise<{ dns: Dns; waitsFor?: string[] } | undefined> {
  const { zoneFor } = await import("../providers/cloudflare/zone-for.ts");
  return told(host, reach, async () => {
    try {
      const { zone, zoneId, status, nameServers } = await zoneFor(host, reachOf(cloud, reach.token), contextOf(reach));
      const dns = { at: "cloudflare", zone, zoneId } as const;
      return { dns, ...(status === "active" ? {} : { waitsFor: nameServers }) };
    } catch (error) {
      if (error instanceof ProviderError && error.code === "no-zone") return undefined;
      throw error;
    }
  });
}

/** Of a name, as the internet's DNS has it. */
export interface PublicZone {
  zone: string;
  inCloudflare: boolean;
}

/** The longest zone that name servers are told for; undefined where DNS tells none. `servers`: as of `leadsThere`. */
export async function publicZone(host: string, servers: readonly string[] = []): Promise<PublicZone | undefined> {
  const resolver = resolverOf(servers);
  for (const zone of parentsOf(host)) {
    const names = await resolver.resolveNs(zone).catch((error: NodeJS.ErrnoException) => {
      // There is no such name, or it is no zone's: its parent is asked. Who cannot be asked is not asked again.
      return ["ENOTFOUND", "ENODATA"].includes(error.code ?? "") ? [] : undefined;
    });
    if (names === undefined) return undefined;
    if (names.length > 0) return { zone, inCloudflare: names.every((name) => /\.ns\.cloudflare\.com\.?$/i.test(name)) };
  }
  return undefined;
}

/** It, and what it is below, to the last one with a dot: nobody has a zone of one word. */
function parentsOf(host: string): string[] {
  const labels = host.split(".");
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join("."));
}

function resolverOf(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** The public hosted zone of this account that a name is in, the longest of them. */
export async function route53Zone(cloud: Cloud, host: string): Promise<Dns | undefined> {
  return guarded(cloud, async () => {
    const { sdk, client } = await route53(cloud);
    for (const name of parentsOf(host)) {
      const page = await client.send(new sdk.ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 100 }));
      const found = page.HostedZones?.find((zone) => zone.Name === `${name}.` && !zone.Config?.PrivateZone);
      if (found?.Id) return { at: "route53", zone: name, zoneId: found.Id.replace("/hostedzone/", "") } as const;
    }
    return undefined;
  });
}

export interface FoundRecord {
  name: string;
  type: string;
  value: string;
  /** What takes it away. */
  remove(): Promise<void>;
}

/** What the name leads to already. Text, mail and the rest may stand beside an address, and are not looked at. */
const leading = ["A", "AAAA", "CNAME", "HTTPS"];

/** Records of this very name that are in the way of an address, or of any type with `all`. */
export async function recordsThere(
  cloud: Cloud,
  dns: Dns,
  name: string,
  reach: DnsReach,
  all = false,
): Promise<FoundRecord[]> {
  const found =
    dns.at === "by-hand"
      ? []
      : dns.at === "route53"
        ? await route53Records(cloud, dns.zoneId, name)
        : await cloudflareRecords(cloud, dns.zoneId, name, reach);
  return all ? found : found.filter(({ type }) => leading.includes(type));
}

async function route53Records(cloud: Cloud, HostedZoneId: string, name: string): Promise<FoundRecord[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await route53(cloud);
    const page = await client.send(
      new sdk.ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: name, MaxItems: 100 }),
    );
    const sets = (page.ResourceRecordSets ?? []).filter((set) => set.Name === `${name}.`);
    return sets.map((set) => ({
      ...{ name, type: set.Type ?? "" },
      value: set.AliasTarget?.DNSName ?? (set.ResourceRecords ?? []).map(({ Value }) => Value).join(", "),
      remove: () =>
        guarded(cloud, async () => {
          const Changes = [{ Action: "DELETE" as const, ResourceRecordSet: set }];
          await client.send(new sdk.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
        }),
    }));
  });
}

async function cloudflareRecords(cloud: Cloud, zoneId: string, name: string, reach: DnsReach): Promise<FoundRecord[]> {
  const { recordsAt, removeRecord } = await import("../providers/cloudflare/records-at.ts");
  const from = reachOf(cloud, reach.token);
  const records = await told(name, reach, () => recordsAt(zoneId, name, from, contextOf(reach)));
  return records.map(({ id, type, value }) => ({
    ...{ name, type, value },
    remove: () => told(name, reach, () => removeRecord(zoneId, { id, name }, from, contextOf(reach))),
  }));
}

export interface CertificateState {
  /** `PENDING_VALIDATION`, `ISSUED`, `FAILED`, … as ACM has it. */
  status: string;
  /** Why it never will be one, or is one no more. */
  refused?: string;
  /** ISO 8601. */
  until?: string;
  /** Of a renewal: `PENDING_AUTO_RENEWAL`, `PENDING_VALIDATION`, `SUCCESS`, `FAILED`. */
  renewal?: string;
}

const good: readonly string[] = ["PENDING_VALIDATION", "ISSUED"];

/** Undefined when there is no such certificate. */
export async function certificateState(cloud: Cloud, arn: string): Promise<CertificateState | undefined> {
  const region = arn.split(":")[3] || cloud.region;
  return guarded(cloud, async () => {
    const { sdk, client } = await acm({ ...cloud, region });
    const { reasonOf } = await import("../providers/aws/acm/calls.ts");
    const asked = client.send(new sdk.DescribeCertificateCommand({ CertificateArn: arn }));
    const found = await asked.catch((error: unknown) => {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    });
    if (found?.Certificate?.Status === undefined) return undefined;
    const { Status, NotAfter, RenewalSummary } = found.Certificate;
    const renewal = RenewalSummary?.RenewalStatus;
    return {
      status: Status,
      ...(good.includes(Status) ? {} : { refused: reasonOf(found.Certificate) }),
      ...(NotAfter ? { until: NotAfter.toISOString() } : {}),
      ...(renewal ? { renewal } : {}),
    };
  });
}

/**
 * Whether DNS leads from the record's name to where it should: by a CNAME, or by the same addresses where a zone has no
 * CNAME at its own name. `servers`: whom to ask instead of this computer's resolvers.
 */
export async function leadsThere({ name, value }: WantedRecord, servers: readonly string[] = []): Promise<boolean> {
  const resolver = resolverOf(servers);
  const none = (): string[] => [];
  const aliases = await resolver.resolveCname(name).catch(none);
  if (aliases.some((alias) => alias.replace(/\.$/, "").toLowerCase() === value.toLowerCase())) return true;
  const [is, should] = await Promise.all([name, value].map((one) => resolver.resolve4(one).catch(none)));
  return is!.length > 0 && is!.some((address) => should!.includes(address));
}

/** What the last deployment of a stack says of its names. */
export async function madeDomains(cloud: Cloud, stack: StackName): Promise<MadeDomain[]> {
  const outputs = await stackOutputs(cloud, stack);
  return (outputs[stack === foundationStack ? "madeDomains" : "domains"] as MadeDomain[] | undefined) ?? [];
}

/** Whether a stack still has something that was made for a name, whatever its program says by now. */
export async function hasPartsOf(cloud: Cloud, stack: StackName, host: string): Promise<boolean> {
  const { deployment } = (await sealedExport(cloud, stack)) as { deployment: { resources?: { urn: string }[] } };
  return (deployment.resources ?? []).some(({ urn }) => urn.endsWith(`${domainKind}::${host}`));
}
