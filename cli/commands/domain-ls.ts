/** `domain ls`: names of the owner's own, where they are in DNS, and how ACM has their certificates. */
import { enterCloud } from "../access.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { type ListedDomain, listedDomains } from "../domains.ts";

export interface DomainListDocument {
  cloud: string;
  domains: ListedDomain[];
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const config = await findCloud(paths, text(flags, "cloud"));
  const domains = config.target === "local" ? [] : await listedDomains(paths, await enterCloud(paths, config));
  return { document: { cloud: config.name, domains } satisfies DomainListDocument };
}
