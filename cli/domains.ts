/** Names of the owner's own as they are: by registry and states, and how ACM has their certificates. Changes nothing. */
import type { Cloud } from "../stacks/cloud.ts";
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
  certificate?: { status: string; until?: string; renewal?: string; reason?: string };
  records: MadeDomain["records"];
}

/** Of apps and of sign-in. */
export async function listedDomains(paths: Paths, cloud: Cloud): Promise<ListedDomain[]> {
  if (cloud.target === "local") return [];
  const deploy = await import("../stacks/deploy.ts");
  const apps = readApps(paths, cloud.name).map(({ name, domains = [] }) => ({ site: name, stack: name, domains }));
  const foundation = await deploy.foundationOutputs(cloud);
  const sites = [...apps, { site: "signin", stack: "foundation", domains: foundation?.domains ?? [] }];
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
