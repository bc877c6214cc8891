/** cloudflare:index/dnsRecord:DnsRecord. A record that was there before is never changed, taken over or removed. */
import { createHash } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { CheckFailure } from "../../engine/provider.ts";
import { type PropertyMap, Unknown } from "../../engine/value.ts";
import { changedNames } from "../kit/skeleton.ts";
import { type Call as CallOf, type ResourceType, str } from "../kit/type.ts";
import { clean, problems } from "./errors.ts";
import { bodyOf, inputsOf, outputsOf, recordProperties, saidAs } from "./record-form.ts";
import type { RecordResponse, Session } from "./session.ts";
import { host, spelled, wholeName } from "./spelling.ts";

type Call = CallOf<Session>;

/** Something of that name is there: a CNAME beside others, the same once more. */
const exists = ["81053", "81054", "81055", "81056", "81057", "81058"];
const gone = "81044";
const changeable = Object.keys(recordProperties).filter((name) => name !== "zoneId");

export const dnsRecord: ResourceType<Session> = {
  token: "cloudflare:index/dnsRecord:DnsRecord",
  properties: recordProperties,
  outputs: ["createdOn", "modifiedOn", "commentModifiedOn", "tagsModifiedOn", "proxiable", "meta"],
  volatile: ["modifiedOn", "commentModifiedOn", "tagsModifiedOn", "proxiable", "meta"],
  global: true,
  intent,
  validate,
  spelling: spelled,
  settle,
  create,
  locate: async (call) => {
    const found = await identical(call);
    return found && !call.session.foreign.has(found.id) && isSince(found, call.since) ? found.id : undefined;
  },
  aspects: [{ of: changeable, sync: update }],
  observe,
  remove,
};

/** Of what makes two records one; the content by its hash, because it may be a secret of the program. */
function intent(inputs: PropertyMap): string {
  const { zoneId, name, type, content, data } = spelled(inputs);
  const hash = createHash("sha256")
    .update(JSON.stringify([content, data]))
    .digest("hex")
    .slice(0, 16);
  return `${type} ${name} in zone ${zoneId}, content ${hash}`;
}

function validate(inputs: PropertyMap): CheckFailure[] {
  const { type, ttl, proxied, content, data, priority } = inputs;
  const failures: CheckFailure[] = [];
  const fail = (property: string, reason: string): void => void failures.push({ property, reason });
  const number = typeof ttl === "number" ? ttl : undefined;
  if (number !== undefined && number !== 1 && (number < 30 || number > 86_400))
    fail("ttl", "Expected 1 (automatic), or seconds from 60 (30 in Enterprise zones) to 86400");
  if (proxied === true && number !== undefined && number !== 1)
    fail("ttl", "Must be 1 when 'proxied' is true: Cloudflare answers with its own addresses for as long as it likes");
  if (typeof type !== "string") return failures;
  if (proxied === true && !["A", "AAAA", "CNAME"].includes(type)) fail("proxied", `A record of type ${type} cannot be`);
  const form = saidAs[type];
  if (form === "data" && data === undefined)
    fail("data", `A record of type ${type} is said by its parts in 'data', not as 'content'`);
  if (form === "content" && content === undefined) fail("content", `A record of type ${type} needs one`);
  if (type === "A" && typeof content === "string" && !isIPv4(content.trim()))
    fail("content", "Expected an IPv4 address");
  if (type === "AAAA" && typeof content === "string" && !isIPv6(content.trim()))
    fail("content", "Expected an IPv6 address");
  const parts = data instanceof Unknown ? undefined : ((data ?? {}) as PropertyMap);
  if (parts && type === "MX" && parts["target"] === undefined && content === undefined)
    fail("content", "A record of type MX needs its mail server, here or as 'data.target'");
  if (parts && ["MX", "SRV", "URI"].includes(type) && parts["priority"] === undefined)
    if (priority === undefined || type === "SRV")
      fail(type === "MX" ? "priority" : "data.priority", `A record of type ${type} needs one`);
  return failures;
}

/** The same place in other words: the state knows the whole name that Cloudflare made of `www`. */
async function settle({ inputs, outputs }: Pick<Call, "inputs" | "outputs">, changed: string[]): Promise<string[]> {
  const [said, whole] = [str(inputs, "name"), outputs["name"]];
  return changed.filter((name) => name !== "name" || typeof said !== "string" || host(said) !== whole);
}

const zoneOf = (call: Call): string => str(call.inputs, "zoneId") ?? str(call.outputs, "zoneId") ?? "";

async function nameOf(call: Call): Promise<string> {
  const zone = await call.session.zone(zoneOf(call), call.context);
  return wholeName(str(call.inputs, "name") ?? "", zone.name);
}

const titleOf = (type: unknown, name: string): string => `the record ${String(type)} ${name}`;

/** The record that a create of these inputs would make a second time. */
async function identical(call: Call): Promise<RecordResponse | undefined> {
  const name = await nameOf(call);
  const records = await call.session.recordsAt(zoneOf(call), name, call.context);
  const wanted = { ...call.inputs, name };
  return records.find((record) => {
    const names = changedNames(dnsRecord, inputsOf(zoneOf(call), record), wanted);
    return !names.some((changed) => ["type", "name", "content", "data", "priority"].includes(changed));
  });
}

/** Clocks differ: what was made long before a create began is not of it. */
const clockDifferenceMs = 10 * 60_000;

function isSince(record: RecordResponse, since: number | undefined): boolean {
  return since === undefined || Date.parse(record.created_on) >= since - clockDifferenceMs;
}

async function create(call: Call): Promise<string> {
  const [name, zoneId] = [await nameOf(call), zoneOf(call)];
  const what = titleOf(call.inputs["type"], name);
  const before = await identical(call);
  if (before) {
    call.session.foreign.add(before.id);
    throw problems.exists(what, shown(before, false), `${zoneId}/${before.id}`);
  }
  const params = { zone_id: zoneId, ...bodyOf(call.inputs, {}) } as never;
  const asked = { action: "create", what, needs: "DNS:Edit" } as const;
  try {
    const made = await call.session.call<RecordResponse>(
      call.context,
      asked,
      (client, options) => client.dns.records.create(params, options),
      // It was not there before.
      () => identical(call),
    );
    return made.id;
  } catch (error) {
    throw await explained(call, error, what, name);
  }
}

/** What is in the way is shown, unless it cannot be seen. */
async function explained(call: Call, error: unknown, what: string, name: string): Promise<unknown> {
  if (!call.session.hasCode(error, exists)) return error;
  const records = await call.session.recordsAt(zoneOf(call), name, call.context).catch(() => []);
  const others = records.filter(({ id }) => id !== call.id);
  if (others.length === 0) return error;
  for (const { id } of others) call.session.foreign.add(id);
  const places = others.map(({ id }) => `${zoneOf(call)}/${id}`).join(" or ");
  return problems.exists(what, others.map((record) => shown(record, true)).join("; "), places);
}

/** On one line. Without its content where that is what the program said, which may be a secret. */
function shown(record: RecordResponse, withContent: boolean): string {
  const { type, name, ttl, proxied, created_on, comment } = record as RecordResponse & { content?: string };
  const text = withContent
    ? ` ${clean(String((record as { content?: string }).content ?? ""))}`
    : " of the same content";
  const time = ttl === 1 ? "automatic ttl" : `ttl ${ttl} s`;
  const about = comment ? `, comment ${JSON.stringify(clean(comment))}` : "";
  return `${type} ${clean(name)}${text} (${time}, ${proxied ? "proxied" : "not proxied"}, made ${created_on}${about})`;
}

async function update(call: Call): Promise<void> {
  const [name, zoneId] = [await nameOf(call), zoneOf(call)];
  const what = titleOf(call.inputs["type"], name);
  const params = { zone_id: zoneId, ...bodyOf(call.inputs, call.olds) } as never;
  const asked = { action: "change", what, needs: "DNS:Edit" } as const;
  try {
    await call.session.call<RecordResponse>(call.context, asked, (client, options) =>
      client.dns.records.update(call.id, params, options),
    );
  } catch (error) {
    if (call.session.hasCode(error, [gone])) throw problems.vanished(what);
    throw await explained(call, error, what, name);
  }
}

/** `ZONE/RECORD` on import, as upstream; the state's id is the record's alone. */
function located(call: Call): { zoneId: string; id: string } {
  const [first = "", second, ...more] = call.id.split("/");
  if (second !== undefined && more.length === 0 && first !== "" && second !== "") return { zoneId: first, id: second };
  const zoneId = zoneOf(call);
  if (second !== undefined || zoneId === "") throw problems.badImport(dnsRecord.token, call.id, "ZONE_ID/RECORD_ID");
  return { zoneId, id: first };
}

async function observe(call: Call) {
  const { zoneId, id } = located(call);
  const record = await get(call, zoneId, id);
  if (!record) return undefined;
  call.id = id;
  const inputs = inputsOf(zoneId, record);
  const said = str(call.inputs, "name");
  // `www` and `@` mean what the zone makes of them.
  if (said !== undefined && host(said) !== record.name) {
    const zone = await call.session.zone(zoneId, call.context);
    if (wholeName(said, zone.name) === record.name) inputs["name"] = said;
  }
  return { inputs, outputs: outputsOf(record) };
}

async function get(call: Call, zoneId: string, id: string): Promise<RecordResponse | undefined> {
  const name = str(call.outputs, "name") ?? str(call.inputs, "name") ?? id;
  const asked = { action: "read", what: `the record ${clean(name)}`, needs: "DNS:Read" } as const;
  const shadows = call.inputs["includeShadowMetadata"] === true ? { include_shadow_metadata: true } : {};
  try {
    return await call.session.call(call.context, asked, (client, options) =>
      client.dns.records.get(id, { zone_id: zoneId, ...shadows }, options),
    );
  } catch (error) {
    if (call.session.hasCode(error, [gone])) return undefined;
    throw error;
  }
}

async function remove(call: Call): Promise<void> {
  const { zoneId, id } = located(call);
  const name = str(call.outputs, "name") ?? str(call.inputs, "name") ?? id;
  const asked = { action: "delete", what: `the record ${clean(name)}`, needs: "DNS:Edit" } as const;
  try {
    await call.session.call<unknown>(call.context, asked, (client, options) =>
      client.dns.records.delete(id, { zone_id: zoneId }, options),
    );
  } catch (error) {
    if (!call.session.hasCode(error, [gone])) throw error;
  }
}
