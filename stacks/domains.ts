/** What a name of the owner's own for an app or for sign-in is, as plain data: kept by the registry, read by the programs. */

/** What stands between the name and the function: an HTTP API (buffered, 30 s), or CloudFront (streams). */
export type Front = "http-api" | "cloudfront";

/** Who answers for the name. `by-hand`: somebody else, and a person writes the records there. */
export type Dns = { at: "cloudflare" | "route53"; zone: string; zoneId: string } | { at: "by-hand" };

export interface Domain {
  /** Small letters, punycode, no dot at its end. */
  host: string;
  front: Front;
  dns: Dns;
  /**
   * What it is not past yet. `certificate`: nothing is made but the certificate, whose record is not in DNS. `address`: all
   * of it is, and nothing in DNS leads to it. Absent: people come by this name.
   */
  awaits?: "certificate" | "address";
  /** The record that proves the name was in DNS already, and is not ours: of another certificate of this account. */
  proved?: true;
  /** The name that sign-in is to get with it, until every gate knows of it. */
  along?: string;
}

/** What a record in DNS is to say; names have no dot at their end. */
export interface WantedRecord {
  purpose: "certificate" | "address";
  name: string;
  type: "CNAME";
  value: string;
}

/** What a deployment says of a name. The record of the address is known once the certificate is issued. */
export interface MadeDomain {
  host: string;
  certificateArn: string;
  records: WantedRecord[];
}

/** Hosts that people come by, the first is the one that is told. */
export const hostsOf = (domains: readonly Domain[] = []): string[] =>
  domains
    .filter(({ awaits }) => awaits !== "certificate")
    .sort((one, other) => Number(one.awaits !== undefined) - Number(other.awaits !== undefined))
    .map(({ host }) => host);

/** Those that lead there. */
export const leadingHosts = (domains: readonly Domain[]): string[] =>
  domains.filter(({ awaits }) => awaits === undefined).map(({ host }) => host);

/** The first of them. */
export const toldHost = (domains: readonly Domain[] = []): string | undefined => leadingHosts(domains)[0];

/** With a slash at its end. */
export function urlOfDomains(domains: readonly Domain[] = []): string | undefined {
  const host = toldHost(domains);
  return host && `https://${host}/`;
}
