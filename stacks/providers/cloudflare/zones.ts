/** Zones looked up by programs. */
import type { ZoneListParams } from "cloudflare/resources/zones/zones";
import type { Context } from "../../engine/provider.ts";
import type { PropertyMap } from "../../engine/value.ts";
import { compact, num, str, strs, sub } from "../kit/type.ts";
import { problems } from "./errors.ts";
import { camelled } from "./record-form.ts";
import type { Session, Zone } from "./session.ts";
import { host } from "./spelling.ts";

/** By its id, or the only one that fits the filter. */
export async function getZone(args: PropertyMap, session: Session, context: Context): Promise<PropertyMap> {
  const [zoneId, filter] = [str(args, "zoneId"), sub(args, "filter")];
  const zone = zoneId ? await session.zone(zoneId, context) : await onlyZone(filter ?? {}, session, context);
  return { ...resultOf(zone), zoneId: zone.id, ...(filter ? { filter: { match: "all", ...filter } } : {}) };
}

async function onlyZone(filter: PropertyMap, session: Session, context: Context): Promise<Zone> {
  const what = Object.keys(filter).length === 0 ? "a filter that says nothing" : JSON.stringify(filter);
  const [zone, ...more] = await session.zones(queryOf(filter), context, 10);
  if (!zone) throw problems.noSuchZone(what);
  if (more.length > 0) throw problems.severalZones(what, listed([zone, ...more]));
  return zone;
}

export async function getZones(args: PropertyMap, session: Session, context: Context): Promise<PropertyMap> {
  const zones = await session.zones(queryOf(args), context, num(args, "maxItems") ?? 1_000);
  return { match: "all", ...args, id: "zones", results: zones.map(resultOf) };
}

function queryOf(args: PropertyMap): ZoneListParams {
  const { id, name } = (sub(args, "account") ?? {}) as { id?: string; name?: string };
  const said = str(args, "name");
  return compact({
    // `contains:example` and the like are the API's to read.
    name: said?.includes(":") ? said : said && host(said),
    status: str(args, "status"),
    type: strs(args, "types"),
    match: str(args, "match"),
    order: str(args, "order"),
    direction: str(args, "direction"),
    account: id || name ? compact({ id, name }) : undefined,
  }) as ZoneListParams;
}

const resultOf = (zone: Zone): PropertyMap => camelled(zone as never) as PropertyMap;

export const listed = (zones: readonly Zone[]): string =>
  zones
    .map(({ id, name, account, status }) => `${name} of ${account.name ?? account.id} (${status}, ${id})`)
    .join(", ");
