/**
 * A record in the program's words and in the API's. The API has underscores where the class has capitals, a mail
 * server as `content` and `priority` where the class may say `data`, and the priority of a URI beside its `data`.
 */
import type { PropertyMap, PropertyValue } from "../../engine/value.ts";
import { flag, number, object, type Properties, scalar, text } from "../kit/schema.ts";
import { compact } from "../kit/type.ts";
import type { RecordResponse } from "./session.ts";

/** What a type's content is said as. */
export const saidAs: { readonly [type: string]: "content" | "data" | "either" } = {
  A: "content",
  AAAA: "content",
  CAA: "data",
  CERT: "data",
  CNAME: "content",
  DNSKEY: "data",
  DS: "data",
  HTTPS: "data",
  LOC: "data",
  MX: "either",
  NAPTR: "data",
  NS: "content",
  OPENPGPKEY: "content",
  PTR: "content",
  SMIMEA: "data",
  SRV: "data",
  SSHFP: "data",
  SVCB: "data",
  TLSA: "data",
  TXT: "content",
  URI: "data",
};

const numbers =
  "algorithm altitude digestType keyTag latDegrees longDegrees matchingType order port preference priority protocol " +
  "selector type usage weight";
/** Of a place; nothing said is nothing. */
const zeros = "latMinutes latSeconds longMinutes longSeconds precisionHorz precisionVert size";
const texts =
  "certificate digest fingerprint latDirection longDirection publicKey regex replacement service tag target value";

const fields = (names: string, of: (name: string) => Properties[string]): Properties =>
  Object.fromEntries(names.split(" ").map((name) => [name, of(name)!]));

export const recordProperties: Properties = {
  zoneId: text({ required: true, replaces: true }),
  name: text({ required: true }),
  type: text({ required: true, oneOf: Object.keys(saidAs) }),
  ttl: number({ required: true }),
  content: text({ computed: true }),
  data: object(
    {
      // A number of CAA and DNSKEY, letters of NAPTR.
      flags: scalar(),
      ...fields(numbers, () => number()),
      ...fields(zeros, () => number({ default: 0 })),
      ...fields(texts, () => text()),
    },
    { computed: true },
  ),
  priority: number({ computed: true }),
  proxied: flag({ default: false }),
  comment: text(),
  tags: { kind: "set", items: text() },
  settings: object({
    flattenCname: flag({ default: false }),
    ipv4Only: flag({ default: false }),
    ipv6Only: flag({ default: false }),
  }),
  privateRouting: flag({ default: false }),
  includeShadowMetadata: flag({ default: false, writeOnly: true, steering: true }),
};

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Keys in the class's spelling, at every level, without what is null. */
export function camelled(value: Json | undefined): PropertyValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.flatMap((item) => camelled(item) ?? []);
  if (typeof value !== "object") return value;
  return compact(Object.fromEntries(Object.entries(value).map(([name, item]) => [camel(name), camelled(item)])));
}

const snaked = (map: PropertyMap): { [name: string]: unknown } =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [snake(name), value]));

/**
 * What the API is sent. `olds`: what it was sent before; of what only some plans have, nothing is said that neither the
 * program says nor said.
 */
export function bodyOf(inputs: PropertyMap, olds: PropertyMap): { [name: string]: unknown } {
  const { name, type, ttl, proxied = false, comment, content, priority } = inputs;
  const data = inputs["data"] as PropertyMap | undefined;
  const body: { [name: string]: unknown } = { name, type, ttl, proxied };
  const saidOnce = (property: string): boolean => inputs[property] !== undefined || olds[property] !== undefined;
  if (saidOnce("comment")) body["comment"] = comment ?? "";
  if (saidOnce("tags")) body["tags"] = inputs["tags"] ?? [];
  if (saidOnce("settings")) body["settings"] = snaked((inputs["settings"] as PropertyMap | undefined) ?? {});
  if (inputs["privateRouting"] === true || olds["privateRouting"] === true)
    body["private_routing"] = inputs["privateRouting"] === true;
  if (type === "MX") return { ...body, content: data?.["target"] ?? content, priority: data?.["priority"] ?? priority };
  if (saidAs[String(type)] === "content") return { ...body, content };
  const { priority: ofData, ...rest } = data ?? {};
  if (type === "URI") return { ...body, data: snaked(rest), priority: ofData ?? priority };
  return { ...body, data: snaked(data ?? {}) };
}

/** What the API answered, in the program's words. */
export function inputsOf(zoneId: string, record: RecordResponse): PropertyMap {
  const live = camelled(record as unknown as Json) as PropertyMap;
  const { name, type, ttl, content, priority, proxied, tags, privateRouting } = live;
  const settings = live["settings"] as PropertyMap | undefined;
  const comment = live["comment"] === "" ? undefined : live["comment"];
  const data = dataOf(live);
  return compact({
    ...{ zoneId, name, type, ttl, content, data, priority, proxied, comment, tags, settings, privateRouting },
  });
}

/** With what the API has beside it. */
function dataOf({ type, content, priority, data }: PropertyMap): PropertyMap | undefined {
  const said = data as PropertyMap | undefined;
  if (type === "MX") return { ...compact({ target: content, priority }), ...said };
  if (type === "URI" || type === "SRV") return { ...compact({ priority }), ...said };
  return said && Object.keys(said).length > 0 ? said : undefined;
}

/** What no program says. `meta` is JSON text, as upstream has it. */
export function outputsOf(record: RecordResponse): PropertyMap {
  const live = camelled(record as unknown as Json) as PropertyMap;
  const { name, createdOn, modifiedOn, commentModifiedOn, tagsModifiedOn, proxiable } = live;
  const meta = JSON.stringify((record as { meta?: unknown }).meta ?? {});
  return compact({ name, createdOn, modifiedOn, commentModifiedOn, tagsModifiedOn, proxiable, meta });
}
