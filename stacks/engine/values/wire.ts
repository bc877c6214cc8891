/**
 * Property values to and from protobuf Structs, with every signature of Pulumi's wire. Does no I/O: hashes of assets
 * are put in by whoever received them.
 */

import { isUtf8 } from "node:buffer";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import {
  Archive,
  Asset,
  OutputValue,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
} from "../value.ts";
import { signatureKey, signatures, unknownText } from "./signatures.ts";
import { parseUrn } from "./urn.ts";

const unknownTexts = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

type Fields = Map<string, Value>;

/** A value on the wire that is none: which, and why. */
export class Malformed extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Malformed";
  }
}

/** What the receiver of values said it understands; what it does not gets the plain form. */
export interface Receiver {
  secrets: boolean;
  /** False: a reference is its id or URN. Absent: true. */
  resources?: boolean;
  /** False: an output is what it stands for. Absent: true. */
  outputs?: boolean;
  /** False: bytes that are no text are an error. Absent: true. */
  bytes?: boolean;
}

export function decodeStruct(struct: Struct | undefined): PropertyMap {
  return struct ? decodeFields(fieldsOf(struct)) : {};
}

export function decodeValue(value: Value): PropertyValue {
  const { KindCase } = structPb.Value;
  switch (value.getKindCase()) {
    case KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case KindCase.STRING_VALUE:
      return unknownTexts.has(value.getStringValue()) ? unknown : value.getStringValue();
    case KindCase.LIST_VALUE:
      return value.getListValue()!.getValuesList().map(decodeValue);
    case KindCase.STRUCT_VALUE:
      return decodeObject(fieldsOf(value.getStructValue()!));
    default:
      return null;
  }
}

function fieldsOf(struct: Struct): Fields {
  const fields: Fields = new Map();
  struct.getFieldsMap().forEach((value: Value, key: string) => {
    fields.set(key, value);
  });
  return fields;
}

function decodeFields(fields: Fields): PropertyMap {
  const map: PropertyMap = {};
  for (const [key, value] of fields) {
    if (key === "__proto__") throw new Malformed("a property cannot be named '__proto__'");
    map[key] = decodeValue(value);
  }
  return map;
}

type Decode = (fields: Fields) => PropertyValue;

const decoders: { [signature: string]: Decode } = {
  [signatures.secret]: (fields) => {
    const value = inner(fields, "value");
    if (value === undefined) throw new Malformed("malformed RPC secret: missing value");
    return new Secret(value);
  },
  [signatures.asset]: (fields) => new Asset(texts(fields, "asset", ["text", "path", "uri", "hash"])),
  [signatures.archive]: decodeArchive,
  [signatures.reference]: decodeReference,
  [signatures.output]: decodeOutput,
  [signatures.bytes]: decodeBytes,
};

function decodeObject(fields: Fields): PropertyValue {
  const signature = fields.get(signatureKey);
  if (signature === undefined) return decodeFields(fields);
  const decode = decoders[signature.getStringValue()];
  if (!decode) throw new Malformed(`unrecognized signature '${signature.getStringValue()}' in property map`);
  return decode(fields);
}

function inner(fields: Fields, key: string): PropertyValue | undefined {
  const value = fields.get(key);
  return value ? decodeValue(value) : undefined;
}

/** The named fields that have text; anything else under the names is an error, an unknown one included. */
function texts(fields: Fields, what: string, names: string[]): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const name of names) {
    const value = inner(fields, name);
    if (typeof value === "string") found[name] = value;
    else if (value !== undefined && value !== null) throw new Malformed(`malformed ${what}: ${name} not a string`);
  }
  return found;
}

function decodeArchive(fields: Fields): Archive {
  const found = texts(fields, "archive", ["path", "uri", "hash"]);
  if (found["path"] || found["uri"]) return new Archive(found);
  const assets: { [name: string]: Asset | Archive } = {};
  const members = inner(fields, "assets");
  if (members !== undefined && !isPlainMap(members)) throw new Malformed("malformed archive: assets not an object");
  for (const [name, item] of Object.entries(members ?? {})) {
    if (!(item instanceof Asset) && !(item instanceof Archive))
      throw new Malformed(`archive member '${name}' is not an asset or archive`);
    assets[name] = item;
  }
  // Nothing but a hash stands for contents left out.
  return new Archive(found["hash"] && members === undefined ? found : { ...found, assets });
}

function isPlainMap(value: PropertyValue): value is PropertyMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function decodeReference(fields: Fields): ResourceReference {
  const { urn, packageVersion } = texts(fields, "resource reference", ["urn", "packageVersion"]);
  if (urn === undefined) throw new Malformed("malformed resource reference: missing urn");
  let id = inner(fields, "id");
  if (id instanceof OutputValue) id = id.value ?? unknown;
  if (id === "") id = unknown;
  if (id !== undefined && typeof id !== "string" && !(id instanceof Unknown))
    throw new Malformed("malformed resource reference: id not a string");
  return new ResourceReference({ urn, id, packageVersion });
}

function decodeOutput(fields: Fields): OutputValue {
  const secret = inner(fields, "secret") ?? false;
  if (typeof secret !== "boolean") throw new Malformed("malformed output value: secret not a bool");
  const dependencies = inner(fields, "dependencies") ?? [];
  if (!Array.isArray(dependencies) || !dependencies.every((urn) => typeof urn === "string"))
    throw new Malformed("malformed output value: dependencies not an array of strings");
  return new OutputValue({ value: inner(fields, "value"), secret, dependencies: dependencies as string[] });
}

/** Bytes that are text are text: the form is only for what a protobuf string cannot hold. */
function decodeBytes(fields: Fields): PropertyValue {
  const encoded = inner(fields, "value");
  if (typeof encoded !== "string") throw new Malformed("malformed byte string: value is not a string");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0)
    throw new Malformed("malformed byte string: value is not valid base64");
  const bytes = Buffer.from(encoded, "base64");
  return isUtf8(bytes) ? bytes.toString("utf8") : bytes;
}

/** `receiver` says what form values take; by default everything keeps its own. */
export function encodeStruct(map: PropertyMap, receiver: Receiver): Struct {
  const struct = new structPb.Struct();
  const fields = struct.getFieldsMap();
  for (const [key, value] of Object.entries(map))
    if (value !== undefined) fields.set(key, encodeValue(value, receiver));
  return struct;
}

export function encodeValue(value: PropertyValue, receiver: Receiver): Value {
  const result = new structPb.Value();
  if (value === null || value === undefined) return result.setNullValue(0);
  if (typeof value === "boolean") return result.setBoolValue(value);
  if (typeof value === "number") return result.setNumberValue(value);
  if (typeof value === "string") return result.setStringValue(value);
  if (value instanceof Unknown) return result.setStringValue(unknownText);
  if (Array.isArray(value)) {
    const list = new structPb.ListValue();
    list.setValuesList(value.map((item) => encodeValue(item, receiver)));
    return result.setListValue(list);
  }
  if (value instanceof Secret && !receiver.secrets) return encodeValue(value.value, receiver);
  if (value instanceof ResourceReference && receiver.resources === false)
    return encodeValue(value.id ?? value.urn, receiver);
  if (value instanceof OutputValue && receiver.outputs === false) {
    const known = value.value ?? unknown;
    return encodeValue(value.secret ? new Secret(known) : known, receiver);
  }
  return result.setStructValue(encodeObject(value, receiver));
}

function encodeObject(
  value: Exclude<PropertyValue, null | boolean | number | string | PropertyValue[] | Unknown>,
  receiver: Receiver,
): Struct {
  if (value instanceof Secret) return signed(signatures.secret, { value: value.value }, receiver);
  if (value instanceof Asset) return signed(signatures.asset, contentsOf(value), receiver);
  if (value instanceof Archive)
    return signed(
      signatures.archive,
      { ...(value.assets ? { assets: value.assets as PropertyMap } : {}), ...contentsOf(value) },
      receiver,
    );
  if (value instanceof ResourceReference) return signed(signatures.reference, referenceFields(value), receiver);
  if (value instanceof OutputValue)
    return signed(
      signatures.output,
      present({
        value: value.value,
        secret: value.secret || undefined,
        dependencies: value.dependencies.length > 0 ? [...value.dependencies] : undefined,
      }),
      receiver,
    );
  if (value instanceof Uint8Array) {
    if (receiver.bytes === false)
      throw new Malformed("a string holds bytes that are not UTF-8, which the receiver does not support");
    return signed(signatures.bytes, { value: Buffer.from(value).toString("base64") }, receiver);
  }
  return encodeStruct(value, receiver);
}

function contentsOf(value: Asset | Archive): PropertyMap {
  const text = value instanceof Asset ? value.text : undefined;
  return present({ text, path: value.path, uri: value.uri, hash: value.hash });
}

/** Components have no id at all; a custom resource that is not made yet has an empty one. */
function referenceFields(value: ResourceReference): PropertyMap {
  const parts = parseUrn(value.urn);
  return present({
    urn: value.urn,
    name: parts?.name,
    type: parts?.type,
    id: value.id instanceof Unknown ? "" : value.id,
    packageVersion: value.packageVersion,
  });
}

function signed(signature: string, map: PropertyMap, receiver: Receiver): Struct {
  return encodeStruct({ [signatureKey]: signature, ...map }, receiver);
}

function present(map: { [key: string]: PropertyValue | undefined }): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as PropertyMap;
}
