/**
 * Where a name's DNS is, whose the name is already, and what it leads to: everything that is asked before the first change.
 * Takes nothing away.
 */
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Dns } from "../../stacks/deploy.ts";
import { domainFaults } from "../domain-errors.ts";
import { readApps } from "../registry.ts";
import { type DomainRequest, tokenVariable } from "./request.ts";
import type { Work } from "./work.ts";

type Domains = Awaited<ReturnType<Work["deploy"]["domains"]>>;

/** What is done for one name. */
export interface Turn {
  work: Work;
  cloud: Cloud;
  /** As it is typed: an app's name, or sign-in's. */
  site: string;
  asked: DomainRequest;
  domains: Domains;
  /** Of Cloudflare: what was given now, or is kept. */
  token: string | undefined;
}

/** What `domain add` and `domain rm` take for sign-in. */
export const signinName = "signin";

/** To be typed again, with what was said. */
export function againFor({ site, asked }: Pick<Turn, "site" | "asked">): string {
  const said = (["front", "dns", "signin"] as const).flatMap((flag) => (asked[flag] ? [`--${flag}`, asked[flag]] : []));
  return ["freehold domain add", site, asked.host, ...said].join(" ");
}

/** Whom to ask instead of this computer's resolvers. */
export const dnsServers = (): string[] => (process.env["FREEHOLD_DNS_SERVERS"] ?? "").split(",").filter(Boolean);

export const givenToken = ({ answers }: Work): string | undefined => answers.secrets?.[tokenVariable];

export interface Place {
  dns: Dns;
  /** Nothing in the zone is answered before these are the domain's name servers. */
  waitsFor?: readonly string[];
}

/**
 * Where the name's DNS is. Route 53 is of this account, and asked first; then Cloudflare, where a token is known or the
 * name servers are Cloudflare's. Nothing else is guessed. Throws `domain-zone-missing`, `cloudflare-token-needed`.
 */
export async function placeOf(turn: Turn): Promise<Place> {
  const { asked, cloud, domains, token } = turn;
  const { host, dns } = asked;
  if (dns === "by-hand") return { dns: { at: "by-hand" } };
  const found = dns === "cloudflare" ? undefined : await domains.route53Zone(cloud, host);
  if (found) return { dns: found };
  const byHand = againFor({ ...turn, asked: { ...asked, dns: "by-hand" } });
  if (dns === "route53") throw domainFaults.noZone(host, "Route 53", byHand);
  const there = token === undefined ? undefined : await cloudflarePlace(turn, token);
  if (there) return there;
  const needed = dns === "cloudflare" && token === undefined;
  if (needed || (await domains.publicZone(host, dnsServers()))?.inCloudflare) throw tokenNeeded(turn);
  if (dns === "cloudflare") throw domainFaults.noZone(host, "Cloudflare", byHand);
  return { dns: { at: "by-hand" } };
}

/** Undefined where the token reads no zone of the name. */
export const cloudflarePlace = (turn: Turn, token: string): Promise<Place | undefined> =>
  withToken(turn, () => turn.domains.cloudflareZone(turn.cloud, turn.asked.host, { ...reachOf(turn), token }));

/** What the name leads to already; with `all` every record of it. */
export const recordsAt = (turn: Turn, dns: Dns, name: string, all = false) =>
  withToken(turn, () => turn.domains.recordsThere(turn.cloud, dns, name, reachOf(turn), all));

/** Another token is asked for where the one that is known is refused. */
async function withToken<T>(turn: Turn, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Fault && error.code === "cloudflare-token-refused")
      askForToken(turn, "The one that is known here is refused");
    throw error;
  }
}

export function tokenNeeded(turn: Turn) {
  const { asked, domains, token } = turn;
  askForToken(
    turn,
    token === undefined ? "None is kept in this cloud" : "The one that is known here reads no zone of it",
  );
  return domains.domainFaults.tokenNeeded(asked.host, againFor(turn), token !== undefined);
}

/** Who sits at a terminal is asked, and the operation begins again with the answer. */
function askForToken({ work, site, asked }: Turn, why: string): void {
  const help = `${why}. With Zone:Read and DNS:Edit, for the zone of ${asked.host} only: https://dash.cloudflare.com/profile/api-tokens`;
  const token = { name: tokenVariable, type: "secret", required: true, pattern: "^[!-~]+$" } as const;
  work.emit({
    type: "settings-needed",
    app: site,
    settings: [{ ...token, label: "API token of Cloudflare", help }],
  });
}

const reachOf = (turn: Turn) => ({ token: turn.token, signal: turn.work.signal, next: againFor(turn) });

/** Answers what the name leads to already, and may go; `made`: all else is there. Throws `domain-records-there`. */
export async function refuseOthers(turn: Turn, dns: Dns, made = false) {
  const { asked } = turn;
  const records = await recordsAt(turn, dns, asked.host);
  if (records.length > 0 && !asked.replaces) throw domainFaults.recordsThere(records, againFor(turn), made);
  return records;
}

/** Whose the name is already, when it is another's. */
export async function ownerOf({ work, cloud, site, asked }: Turn): Promise<string | undefined> {
  const has = ({ domains = [] }: { domains?: readonly { host: string }[] }): boolean =>
    domains.some(({ host }) => host === asked.host);
  const app = readApps(work.paths, cloud.name).find((one) => one.name !== site && has(one));
  if (app || site === signinName) return app?.name;
  return has((await work.deploy.foundationOutputs(cloud)) ?? {}) ? signinName : undefined;
}
