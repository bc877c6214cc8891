/** DNS records looked up by programs, whoever made them: nothing is changed, and nothing becomes a resource. */
import type { Context } from "../../engine/provider.ts";
import type { PropertyMap, PropertyValue } from "../../engine/value.ts";
import { compact, num, str, sub } from "../kit/type.ts";
import { problems } from "./errors.ts";
import { camelled, snake } from "./record-form.ts";
import type { RecordQuery, RecordResponse, Session } from "./session.ts";
import { host } from "./spelling.ts";

/** By its id, or the only one of the zone that fits the filter. */
export async function getDnsRecord(args: PropertyMap, session: Session, context: Context): Promise<PropertyMap> {
  const zoneId = zoneOf(args);
  const [recordId, filter, shadows] = [str(args, "dnsRecordId"), sub(args, "filter"), args["includeShadowMetadata"]];
  const record = recordId
    ? await byId(zoneId, recordId, session, context, shadows === true)
    : await only(zoneId, filter ?? {}, session, context);
  return {
    ...resultOf(record),
    ...{ zoneId, dnsRecordId: record.id, includeShadowMetadata: shadows ?? false },
    ...(filter ? { filter: { match: "all", ...filter } } : {}),
  };
}

async function byId(zoneId: string, id: string, session: Session, context: Context, shadows: boolean) {
  const asked = { action: "read", what: `the record ${id}`, needs: "DNS:Read" } as const;
  const params = { zone_id: zoneId, ...(shadows ? { include_shadow_metadata: true } : {}) };
  return await session.call<RecordResponse>(context, asked, (client, options) =>
    client.dns.records.get(id, params, options),
  );
}

async function only(zoneId: string, filter: PropertyMap, session: Session, context: Context): Promise<RecordResponse> {
  const what = Object.keys(filter).length === 0 ? "a filter that says nothing" : JSON.stringify(filter);
  const [record, ...more] = await session.records(zoneId, queryOf(filter), what, context, 10);
  if (!record) throw problems.noSuchRecord(what);
  if (more.length > 0)
    throw problems.severalRecords(
      what,
      [record, ...more].map(({ type, name, id }) => `${type} ${name} (${id})`),
    );
  return record;
}

export async function getDnsRecords(args: PropertyMap, session: Session, context: Context): Promise<PropertyMap> {
  const { zoneId: _, maxItems: __, ...filter } = args;
  const zoneId = zoneOf(args);
  const most = num(args, "maxItems") ?? 1_000;
  const records = await session.records(zoneId, queryOf(filter), "the zone", context, most);
  return { match: "all", ...args, id: zoneId, results: records.map(resultOf) };
}

function zoneOf(args: PropertyMap): string {
  const zoneId = str(args, "zoneId");
  if (!zoneId) throw problems.noZoneSaid();
  return zoneId;
}

/** In the API's spelling; names as DNS has them. */
function queryOf(filter: PropertyMap): RecordQuery {
  const said = Object.entries(filter).map(([key, value]) => [snake(key), key === "name" ? named(value) : value]);
  return compact(Object.fromEntries(said)) as RecordQuery;
}

function named(said: PropertyValue): PropertyValue {
  const { exact, ...others } = said as { exact?: string };
  return exact === undefined ? others : { ...others, exact: host(exact) };
}

const resultOf = (record: RecordResponse): PropertyMap => camelled(record as never) as PropertyMap;
