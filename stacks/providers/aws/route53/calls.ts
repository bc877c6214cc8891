/** What the Route 53 types share: the client (one place for the world), names as DNS has them, and its slow truth. */
import type { ChangeInfo, HostedZone, ListHostedZonesByNameCommandOutput, Route53 } from "@aws-sdk/client-route-53";
import type { Context } from "../../../engine/provider.ts";
import { until } from "../../kit/waiting.ts";
import { undefinedFor } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Call } from "../type.ts";

export async function route53(call: Call): Promise<Route53> {
  return await call.session.client("route53", call.context, call.label);
}

export const orMissing = undefinedFor("NoSuchHostedZone");

/** `Z123` of `/hostedzone/Z123`, `N1` of `/delegationset/N1`. */
export const bareId = (id: string | undefined): string => (id ?? "").replace(/^.*\//, "");

/** Lower case, without the last dot, and with AWS's octal escapes resolved: `*` comes back as `\052`. */
export function plainName(name: string | undefined): string {
  const read = (name ?? "").replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return read.replace(/\.$/, "").toLowerCase();
}

/** Route 53 takes a change at once, and has told it to all its servers some seconds later. */
export async function insync(call: Call, change: ChangeInfo | undefined, what: string): Promise<void> {
  if (!change?.Id || change.Status === "INSYNC") return;
  const client = await route53(call);
  const Id = bareId(change.Id);
  await until(call.context, { what: `Route 53 to tell ${what} to all its servers`, seconds: 900 }, async () => {
    const { ChangeInfo: now } = await client.getChange({ Id });
    return now?.Status === "INSYNC" ? true : undefined;
  });
}

/** Every hosted zone of this name, by pages. */
export async function zonesNamed(session: Session, context: Context, name: string): Promise<HostedZone[]> {
  const client = await session.client("route53", context, name);
  const found: HostedZone[] = [];
  let next: { DNSName?: string; HostedZoneId?: string } | undefined = { DNSName: name };
  while (next) {
    const page: ListHostedZonesByNameCommandOutput = await client.listHostedZonesByName(next);
    const zones = page.HostedZones ?? [];
    const same = zones.filter(({ Name }) => plainName(Name) === plainName(name));
    found.push(...same);
    // They are sorted by name: what follows the last of ours is another's.
    next =
      page.IsTruncated && same.length === zones.length
        ? { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId }
        : undefined;
  }
  return found;
}
