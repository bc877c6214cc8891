/** What `doctor` looks at of names of the owner's own: that each certificate is good, and is renewed in time. Changes nothing. */
import type { Cloud } from "../../stacks/cloud.ts";
import type { Check } from "../../stacks/deploy.ts";
import { knownCloud } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import { type ListedDomain, listedDomains } from "../domains.ts";
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

interface Wrong {
  says: string;
  next: string;
  /** Nobody can come by it, or soon will not. */
  bad: boolean;
}

const dayMs = 86_400_000;

/** AWS renews 60 days before the end, and asks for the record that proves the name each time. */
export function wrongWith({ host, site, state, certificate, records }: ListedDomain, now: number): Wrong[] {
  const again = `freehold domain add ${site} ${host}`;
  if (state !== "ready") return [{ says: `${host} waits for its ${state}.`, next: again, bad: false }];
  if (!certificate) return [{ says: `${host} has no certificate any more.`, next: `freehold up ${site}`, bad: true }];
  const { status, until, renewal } = certificate;
  if (status !== "ISSUED")
    return [
      { says: `The certificate of ${host} is ${status}.`, next: `freehold domain rm ${site} ${host}`, bad: true },
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
