/**
 * Keys as bytes whose memcmp order is DynamoDB's order, and AWS's judgements on keys in items and requests. A partition
 * begins with four bytes of hash, so that a scan visits partitions in no useful order (as on AWS) and a segment is a
 * range. Each component is escaped and closed, so that keys of several attributes keep their order, too.
 */
import { invalidValue, validation } from "./errors.ts";
import { numberBytes } from "./number.ts";
import type { IndexRecord, KeySchemaElement, KeyType, TableRecord } from "./table-record.ts";
import { type AttributeValue, attributeOf, type Item, typeOf } from "./value.ts";

export interface KeyPart {
  name: string;
  type: KeyType;
}

export interface KeyPlan {
  hash: KeyPart[];
  range: KeyPart[];
}

export interface KeyBytes {
  pk: Buffer;
  sk: Buffer;
}

const empty = Buffer.alloc(0);
const close = Buffer.from([0, 0]);
const maxHashBytes = 2048;
const maxRangeBytes = 1024;

export function planKey(record: TableRecord, schema: KeySchemaElement[]): KeyPlan {
  const part = ({ AttributeName }: KeySchemaElement): KeyPart => ({
    name: AttributeName,
    type: record.attributes.find((attribute) => attribute.AttributeName === AttributeName)!.AttributeType,
  });
  return {
    hash: schema.filter(({ KeyType }) => KeyType === "HASH").map(part),
    range: schema.filter(({ KeyType }) => KeyType === "RANGE").map(part),
  };
}

export const keyParts = (plan: KeyPlan): KeyPart[] => [...plan.hash, ...plan.range];

/** The item has been judged: every part is there with its type. */
export function keyBytes(plan: KeyPlan, item: Item): KeyBytes {
  return {
    pk: partitionBytes(plan.hash.map((part) => item[part.name]!)),
    sk: plan.range.length === 0 ? empty : joined(plan.range.map((part) => componentBytes(item[part.name]!))),
  };
}

export function partitionBytes(values: AttributeValue[]): Buffer {
  const body = joined(values.map(componentBytes));
  const bytes = Buffer.allocUnsafe(4 + body.length);
  bytes.writeUInt32BE(hash(body), 0);
  body.copy(bytes, 4);
  return bytes;
}

/** Undefined for an item that has not all the index's key attributes, of its types: it is not in that index. */
export function indexKeyBytes(plan: KeyPlan, item: Item): KeyBytes | undefined {
  for (const part of plan.hash) if (!attributeOf(item, part.name)?.[part.type]) return undefined;
  for (const part of plan.range) if (!attributeOf(item, part.name)?.[part.type]) return undefined;
  return keyBytes(plan, item);
}

/** One component, escaped and closed. */
function componentBytes(value: AttributeValue): Buffer {
  return Buffer.concat([openComponent(value), close]);
}

/** One component, escaped but open: what every value that begins with this one begins with. */
export function openComponent(value: AttributeValue): Buffer {
  return escaped(rawBytes(value));
}

function rawBytes(value: AttributeValue): Buffer {
  if (value.S !== undefined) return Buffer.from(value.S);
  return value.N !== undefined ? numberBytes(value.N) : Buffer.from(value.B!, "base64");
}

function escaped(bytes: Buffer): Buffer {
  if (!bytes.includes(0)) return bytes;
  const out: number[] = [];
  for (const byte of bytes) byte === 0 ? out.push(0, 0xff) : out.push(byte);
  return Buffer.from(out);
}

const joined = (parts: Buffer[]): Buffer => (parts.length === 1 ? parts[0]! : Buffer.concat(parts));

/** The least bytes above every string that begins with these; undefined: there is none. */
export function successor(bytes: Buffer): Buffer | undefined {
  for (let at = bytes.length - 1; at >= 0; at--) {
    if (bytes[at] === 0xff) continue;
    const next = Buffer.from(bytes.subarray(0, at + 1));
    next[at]! += 1;
    return next;
  }
  return undefined;
}

/** FNV-1a with murmur's finalizer: spreads neighbours over all segments; no secret, no need for one. */
function hash(bytes: Buffer): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}

const mismatch = "The provided key element does not match the schema";

/** A `Key` parameter: exactly the schema's attributes, of its types. */
export function checkKey(plan: KeyPlan, key: Item): void {
  const parts = keyParts(plan);
  if (Object.keys(key).length !== parts.length) throw validation(mismatch);
  for (const part of parts) checkKeyPart(key, part, plan.hash.includes(part));
}

export function checkKeyPart(key: Item, { name, type }: KeyPart, isHash: boolean): void {
  const value = attributeOf(key, name);
  if (value?.[type] === undefined) throw validation(mismatch);
  if (value[type] === "" && type !== "N")
    throw invalidValue(
      `The AttributeValue for a key attribute cannot contain an empty ${typeWord(type)} value. Key: ${name}`,
    );
  checkKeySize(value, isHash);
}

/** The key attributes of an item that is to be written, then those of its indexes. */
export function checkItemKeys(plan: KeyPlan, indexes: { record: IndexRecord; plan: KeyPlan }[], item: Item): void {
  for (const part of keyParts(plan)) {
    const value = attributeOf(item, part.name);
    if (!value) throw invalidValue(`Missing the key ${part.name} in the item`);
    if (value[part.type] === undefined)
      throw invalidValue(`Type mismatch for key ${part.name} expected: ${part.type} actual: ${typeOf(value)}`);
    if (value[part.type] === "")
      throw validation(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${typeWord(part.type)} value. Key: ${part.name}`,
      );
    checkKeySize(value, plan.hash.includes(part));
  }
  for (const index of indexes) checkIndexKeys(index, item);
}

export function checkIndexKeys({ record, plan }: { record: IndexRecord; plan: KeyPlan }, item: Item): void {
  for (const part of keyParts(plan)) {
    const value = attributeOf(item, part.name);
    if (!value) continue;
    if (value[part.type] === undefined)
      throw invalidValue(
        `Type mismatch for Index Key ${part.name} Expected: ${part.type} Actual: ${typeOf(value)} IndexName: ${record.name}`,
      );
    if (value[part.type] === "")
      throw validation(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${typeWord(part.type)} value. IndexName: ${record.name}, IndexKey: ${part.name}`,
      );
    checkKeySize(value, plan.hash.includes(part));
  }
}

function checkKeySize(value: AttributeValue, isHash: boolean): void {
  if (value.N !== undefined) return;
  const size = value.S !== undefined ? Buffer.byteLength(value.S) : Buffer.byteLength(value.B!, "base64");
  if (isHash && size > maxHashBytes)
    throw invalidValue("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  if (!isHash && size > maxRangeBytes)
    throw invalidValue("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
}

const typeWord = (type: KeyType): string => (type === "B" ? "binary" : "string");
