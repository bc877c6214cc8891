/**
 * Property values to and from protobuf Structs, with every signature of Pulumi's wire. Does no I/O: hashes of assets
 * are put in by whoever received them.
 */

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
} from "./value.ts";

export const signatureKey = "4dabf18193072939515e22adb298388d";
export const signatures = {
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  reference: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  bytes: "803fd3297a5875dc03ca845dda5d2a98",
} as const;
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
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
  for (const [key, value] of fields) map[key] = decodeValue(value);
  return map;
}

function decodeObject(fields: Fields): PropertyValue {
  const signature = fields.get(signatureKey)?.getStringValue();
  switch (signature) {
    case undefined:
      return decodeFields(fields);
    case signatures.secret:
      return new Secret(inner(fields, "value") ?? null);
    case signatures.asset:
      return new Asset({
        text: text(fields, "text"),
        path: text(fields, "path"),
        uri: text(fields, "uri"),
        hash: text(fields, "hash"),
      });
    case signatures.archive:
      return decodeArchive(fields);
    case signatures.reference: {
      const id = inner(fields, "id");
      return new ResourceReference({
        urn: text(fields, "urn") ?? "",
        id: id === "" ? unknown : id,
        packageVersion: text(fields, "packageVersion"),
      });
    }
    case signatures.output:
      return decodeOutput(fields);
    case signatures.bytes:
      return Buffer.from(text(fields, "value") ?? "", "base64");
    default:
      return decodeFields(fields);
  }
}

function inner(fields: Fields, key: string): PropertyValue | undefined {
  const value = fields.get(key);
  return value ? decodeValue(value) : undefined;
}

function text(fields: Fields, key: string): string | undefined {
  const value = inner(fields, key);
  return typeof value === "string" ? value : undefined;
}

function decodeArchive(fields: Fields): Archive {
  const assets = fields.get("assets")?.getStructValue();
  const items: { [name: string]: Asset | Archive } = {};
  if (assets)
    for (const [name, value] of fieldsOf(assets)) {
      const item = decodeValue(value);
      if (item instanceof Asset || item instanceof Archive) items[name] = item;
    }
  return new Archive({
    ...(assets ? { assets: items } : {}),
    path: text(fields, "path"),
    uri: text(fields, "uri"),
    hash: text(fields, "hash"),
  });
}

function decodeOutput(fields: Fields): OutputValue {
  const dependencies = inner(fields, "dependencies");
  return new OutputValue({
    value: inner(fields, "value"),
    secret: inner(fields, "secret") === true,
    dependencies: Array.isArray(dependencies) ? dependencies.map(String) : [],
  });
}

/** Output values as plain, secret or unknown values: what a registration means by them. */
export function flattenOutput(leaf: PropertyValue): PropertyValue | undefined {
  if (!(leaf instanceof OutputValue)) return undefined;
  const value = leaf.value ?? unknown;
  return leaf.secret ? new Secret(value) : value;
}

/** `secrets: false` opens them (the receiver did not say that it accepts secrets). */
export function encodeStruct(map: PropertyMap, options: { secrets: boolean }): Struct {
  const struct = new structPb.Struct();
  const fields = struct.getFieldsMap();
  for (const [key, value] of Object.entries(map)) if (value !== undefined) fields.set(key, encodeValue(value, options));
  return struct;
}

function encodeValue(value: PropertyValue, options: { secrets: boolean }): Value {
  const result = new structPb.Value();
  if (value === null || value === undefined) result.setNullValue(0);
  else if (typeof value === "boolean") result.setBoolValue(value);
  else if (typeof value === "number") result.setNumberValue(value);
  else if (typeof value === "string") result.setStringValue(value);
  else if (value instanceof Unknown) result.setStringValue(unknownText);
  else if (Array.isArray(value)) {
    const list = new structPb.ListValue();
    list.setValuesList(value.map((item) => encodeValue(item, options)));
    result.setListValue(list);
  } else if (value instanceof Secret && !options.secrets) return encodeValue(value.value, options);
  else result.setStructValue(encodeObject(value, options));
  return result;
}

function encodeObject(
  value: Exclude<PropertyValue, null | boolean | number | string | PropertyValue[] | Unknown>,
  options: { secrets: boolean },
): Struct {
  if (value instanceof Secret) return signed(signatures.secret, { value: value.value }, options);
  if (value instanceof Asset)
    return signed(
      signatures.asset,
      present({ text: value.text, path: value.path, uri: value.uri, hash: value.hash }),
      options,
    );
  if (value instanceof Archive)
    return signed(
      signatures.archive,
      present({ assets: value.assets as PropertyMap | undefined, path: value.path, uri: value.uri, hash: value.hash }),
      options,
    );
  if (value instanceof ResourceReference)
    return signed(
      signatures.reference,
      present({ urn: value.urn, id: value.id, packageVersion: value.packageVersion }),
      options,
    );
  if (value instanceof OutputValue)
    return signed(
      signatures.output,
      present({ value: value.value, secret: value.secret || undefined, dependencies: [...value.dependencies] }),
      options,
    );
  if (value instanceof Uint8Array)
    return signed(signatures.bytes, { value: Buffer.from(value).toString("base64") }, options);
  return encodeStruct(value, options);
}

function signed(signature: string, map: PropertyMap, options: { secrets: boolean }): Struct {
  return encodeStruct({ [signatureKey]: signature, ...map }, options);
}

function present(map: { [key: string]: PropertyValue | undefined }): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as PropertyMap;
}
