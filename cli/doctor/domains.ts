/** What `doctor` looks at of names of the owner's own: that each certificate is good, and is renewed in time. Changes nothing. */
import type { Cloud } from "../../stacks/cloud.ts";
import type { Check } from "../../stacks/deploy.ts";
import { knownCloud } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import { listedDomains, wrongWith } from "../domains.ts";
import type { Paths } from "../paths.ts";
import { check, type Found, found } from "./check.ts";

export async function domainChecks(paths: Paths, config: CloudConfig): Promise<Check[]> {
  return [await check("domains", "Names of your own", () => domainsOf(paths, knownCloud(paths, config)))];
}

async function domainsOf(paths: Paths, cloud: Cloud): Promise<Found> {
  const domains = await listedDomains(paths, cloud);
  if (domains.length === 0) return found("skipped", "There are none.");
  const wrong = domains.flatMap((one) => wrongWith(one, Date.now()));
  const [first] = wrong;
  if (!first) return found("ok", `${domains.length} with a certificate that is renewed by itself.`);
  return found(wrong.some(({ bad }) => bad) ? "fail" : "warn", wrong.map(({ says }) => says).join(" "), first.next);
}
