/** Names of the owner's own as they are: by registry and states, and how ACM has their certificates. Changes nothing. */
import { Fault } from "../blueprints/fault.ts";
import { type Cloud, foundationStack } from "../stacks/cloud.ts";
import type { Domain, MadeDomain } from "../stacks/deploy.ts";
import type { Paths } from "./paths.ts";
import { readApps } from "./registry.ts";

export interface ListedDomain {
  host: string;
  /** An app's name, or `signin`. */
  site: string;
  front: Domain["front"];
  dns: Domain["dns"]["at"];
  zone?: string;
  /** `ready`; else what it waits for. */
  state: "ready" | "certificate" | "address";
  /** How ACM has it. */
  certificate?: { status: string; until?: string; renewal?: string; refused?: string };
  records: MadeDomain["records"];
}

/** Of apps and of sign-in. */
export async function listedDomains(paths: Paths, cloud: Cloud): Promise<ListedDomain[]> {
  if (cloud.target === "local") return [];
  const deploy = await import("../stacks/deploy.ts");
  const apps = readApps(paths, cloud.name).map(({ name, domains = [] }) => ({ site: name, stack: name, domains }));
  const foundation = await deploy.foundationOutputs(cloud);
  const sites = [...apps, { site: "signin", stack: foundationStack, domains: foundation?.domains ?? [] }];
  const named = sites.filter(({ domains }) => domains.length > 0);
  const listed = await Promise.all(named.map(({ site, stack, domains }) => ofSite(cloud, site, stack, domains)));
  return listed.flat();
}

async function ofSite(cloud: Cloud, site: string, stack: string, domains: readonly Domain[]): Promise<ListedDomain[]> {
  const deploy = await import("../stacks/deploy.ts");
  const { certificateState, madeDomains } = await deploy.domains();
  const made = await madeDomains(cloud, stack);
  return Promise.all(
    domains.map(async ({ host, front, dns, awaits }) => {
      const one = made.find((known) => known.host === host);
      const certificate = one && (await certificateState(cloud, one.certificateArn));
      return {
        ...{ host, site, front, dns: dns.at, state: awaits ?? "ready", records: one?.records ?? [] },
        ...("zone" in dns ? { zone: dns.zone } : {}),
        ...(certificate ? { certificate } : {}),
      };
    }),
  );
}

/** Of all names. That they could not be looked at is one thing that is wrong, and fails nothing else. */
export async function wrongNames(paths: Paths, cloud: Cloud, now: number): Promise<WrongName[]> {
  try {
    return (await listedDomains(paths, cloud)).flatMap((one) => wrongWith(one, now));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [{ says: `Names could not be looked at: ${error.summary}.`, next: "freehold domain ls", bad: false }];
  }
}

/** What is to be done about a name. */
export interface WrongName {
  says: string;
  next: string;
  /** Nobody can come by it, or soon will not. */
  bad: boolean;
}

const dayMs = 86_400_000;

/** AWS renews 60 days before the end, and asks for the record that proves the name each time. */
export function wrongWith({ host, site, state, certificate, records }: ListedDomain, now: number): WrongName[] {
  const again = `freehold domain add ${site} ${host}`;
  if (state !== "ready") return [{ says: `${host} waits for its ${state}.`, next: again, bad: false }];
  if (!certificate) return [{ says: `${host} has no certificate any more.`, next: `freehold up ${site}`, bad: true }];
  const { status, until, renewal, refused } = certificate;
  if (refused !== undefined || status !== "ISSUED")
    return [
      {
        says: `The certificate of ${host} is ${status}${refused && refused !== status ? ` (${refused})` : ""}.`,
        next: again,
        bad: true,
      },
    ];
  const proof = records.find(({ purpose }) => purpose === "certificate");
  const record = proof ? ` It needs this record in DNS: ${proof.name} ${proof.type} ${proof.value}.` : "";
  if (renewal === "FAILED" || renewal === "PENDING_VALIDATION")
    return [{ says: `AWS cannot renew the certificate of ${host} (${renewal}).${record}`, next: again, bad: true }];
  const days = until === undefined ? undefined : Math.floor((Date.parse(until) - now) / dayMs);
  if (days === undefined || days >= 30) return [];
  const left = days < 0 ? "has ended" : `ends in ${days} days`;
  return [{ says: `The certificate of ${host} ${left}, and is not renewed.${record}`, next: again, bad: days < 7 }];
}
