/** The zone that a host name's records belong in: of the zones that a token may read, the longest one that is active. */
import { isIP } from "node:net";
import type { Context } from "../../engine/provider.ts";
import { settingsOf } from "./config.ts";
import { problems } from "./errors.ts";
import { Session, type Zone } from "./session.ts";
import { host } from "./spelling.ts";
import { listed } from "./zones.ts";

export interface HostZone {
  /** As DNS has it: small letters, punycode, no dot at the end. */
  host: string;
  zoneId: string;
  zone: string;
  account: { id: string; name: string };
  /** `active`, or why nothing in it is answered yet: its name servers are not the domain's. */
  status: string;
  /** Of Cloudflare, for this zone. */
  nameServers: string[];
}

export interface CloudflareReach {
  /** Where CLOUDFLARE_* variables are looked up. */
  environment: Record<string, string>;
  /** Wins over those. */
  apiToken?: string;
}

/** Throws ProviderError: `bad-host`, `no-zone`, `several-zones`, `no-credentials`, and Cloudflare's own as `cloudflare`. */
export async function zoneFor(said: string, reach: CloudflareReach, context: Context): Promise<HostZone> {
  const name = checkedHost(said);
  const { apiToken } = reach;
  const session = new Session(settingsOf(apiToken === undefined ? {} : { apiToken }, reach.environment));
  try {
    const zone = await longest(name, session, context);
    return {
      host: name,
      zoneId: zone.id,
      zone: zone.name,
      account: { id: zone.account.id ?? "", name: zone.account.name ?? "" },
      status: zone.status ?? "unknown",
      nameServers: zone.name_servers ?? [],
    };
  } finally {
    await session.close();
  }
}

/**
 * A zone that is not active answers nobody, so a shorter one that is goes first. One name may be waiting in the accounts
 * of many; it becomes active in one.
 */
async function longest(name: string, session: Session, context: Context): Promise<Zone> {
  let waiting: Zone[] = [];
  for (const suffix of suffixes(name)) {
    const zones = await session.zones({ name: suffix }, context);
    const active = zones.filter(({ status }) => status === "active");
    if (active.length > 1) throw problems.severalZones(name, listed(active));
    if (active[0]) return active[0];
    if (waiting.length === 0) waiting = zones;
  }
  if (waiting.length > 1) throw problems.severalZones(name, listed(waiting));
  if (!waiting[0]) throw problems.noSuchZone(name);
  return waiting[0];
}

/** `a.b.example` and `b.example`: nobody has a zone of one word. */
function suffixes(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join("."));
}

function checkedHost(said: string): string {
  const name = host(said);
  const labels = name.split(".");
  const good = labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
  if (!good || labels.length < 2 || name.length > 253 || isIP(name) !== 0) throw problems.badHost(said);
  return name;
}
