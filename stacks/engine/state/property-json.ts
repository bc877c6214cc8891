/** Property values as they stand in state: JSON, with signatures for what JSON cannot say, secrets as ciphertext. */

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
import { signatureKey, signatures, unknownText } from "../values/signatures.ts";
import { equal } from "../values/values.ts";
import { errors } from "./errors.ts";
import type { SecretsManager } from "./secrets.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = { [key: string]: Json };

/** How secrets are written: encrypted, in the clear (`--show-secrets`), or not at all, as in events. */
export type SecretForm =
  | { kind: "ciphertext"; manager: SecretsManager | undefined }
  | { kind: "plaintext" }
  | { kind: "event" };

export function mapToJson(map: PropertyMap, form: SecretForm): JsonMap {
  const out: JsonMap = {};
  for (const key of Object.keys(map).sort()) {
    const value = map[key];
    if (value !== undefined) out[key] = toJson(value, form);
  }
  return out;
}

function toJson(value: PropertyValue, form: SecretForm): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return numberToJson(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item, form));
  if (value instanceof Secret) return secretToJson(value, form);
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Asset) return assetToJson(value, form);
  if (value instanceof Archive) return archiveToJson(value, form);
  if (value instanceof ResourceReference)
    return signed(signatures.reference, {
      urn: value.urn,
      ...(value.id === undefined ? {} : { id: toJson(value.id, form) }),
      ...(value.packageVersion ? { packageVersion: value.packageVersion } : {}),
    });
  // An output in state is what it stands for.
  if (value instanceof OutputValue)
    return value.value === undefined ? unknownText : toJson(value.secret ? new Secret(value.value) : value.value, form);
  if (value instanceof Uint8Array) return signed(signatures.bytes, { value: Buffer.from(value).toString("base64") });
  return mapToJson(value, form);
}

function signed(signature: string, rest: JsonMap): JsonMap {
  return { [signatureKey]: signature, ...rest };
}

/** JSON has no NaN and no infinities: state keeps their 64 bits in hex. */
const floatSignature = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c";

function numberToJson(value: number): Json {
  if (Number.isFinite(value)) return value;
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return signed(floatSignature, { value: bits.toString("hex") });
}

function fields(value: Asset | Archive, names: string[]): JsonMap {
  return Object.fromEntries(
    names.flatMap((name) => ((value as any)[name] === undefined ? [] : [[name, (value as any)[name]]])),
  );
}

function assetToJson(value: Asset, form: SecretForm): Json {
  const all = fields(value, ["text", "path", "uri", "hash"]);
  return signed(signatures.asset, form.kind === "event" && all["text"] ? { ...all, text: "<contents elided>" } : all);
}

function archiveToJson(value: Archive, form: SecretForm): Json {
  const assets =
    value.assets &&
    Object.fromEntries(Object.entries(value.assets).map(([name, asset]) => [name, toJson(asset, form)]));
  return signed(signatures.archive, { ...(assets ? { assets } : {}), ...fields(value, ["path", "uri", "hash"]) });
}

function secretToJson(secret: Secret, form: SecretForm): Json {
  if (form.kind === "event") return signed(signatures.secret, { ciphertext: "[secret]" });
  // The text that is encrypted is JSON, inner secrets in the clear.
  const text = JSON.stringify(toJson(secret.value, { kind: "plaintext" }));
  if (form.kind === "plaintext") return signed(signatures.secret, { plaintext: text });
  if (!form.manager) throw errors.noSecrets();
  const seal = seals.get(secret);
  const ciphertext = seal?.manager === form.manager ? seal.ciphertext : form.manager.encrypt(text);
  return signed(signatures.secret, { ciphertext });
}

/** The ciphertext a secret was read from: as long as it does not change, it is written so again. */
const seals = new WeakMap<Secret, { manager: SecretsManager; ciphertext: string }>();

/** Secrets of `next` that say what `old` says in the same place are written as they are there. */
export function keepSeals(next: PropertyValue | undefined, old: PropertyValue | undefined): void {
  if (next === old || next === undefined || old === undefined) return;
  if (next instanceof Secret) {
    const seal = old instanceof Secret ? seals.get(old) : undefined;
    if (seal && !seals.has(next) && equal(next.value, (old as Secret).value)) seals.set(next, seal);
  } else if (Array.isArray(next)) {
    if (Array.isArray(old)) for (const [at, item] of next.entries()) keepSeals(item, old[at]);
  } else if (isPlain(next) && isPlain(old)) for (const key of Object.keys(next)) keepSeals(next[key], old[key]);
}

const isPlain = (value: PropertyValue): value is PropertyMap =>
  value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;

/** `manager` may be missing as long as nothing secret is met. */
export function mapFromJson(map: unknown, manager: SecretsManager | undefined): PropertyMap {
  const out: PropertyMap = {};
  for (const [key, value] of Object.entries((map ?? {}) as JsonMap)) out[key] = fromJson(value, manager);
  return out;
}

export function fromJson(value: Json, manager: SecretsManager | undefined): PropertyValue {
  if (typeof value === "string") return value === unknownText ? unknown : value;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => fromJson(item, manager));
  const read = typeof value[signatureKey] === "string" ? readers[value[signatureKey] as string] : undefined;
  return read ? read(value, manager) : mapFromJson(value, manager);
}

type Read = (value: JsonMap, manager: SecretsManager | undefined) => PropertyValue;

const readers: Record<string, Read> = {
  [signatures.asset]: (value) => new Asset(pick(value, ["text", "path", "uri", "hash"])),
  [signatures.archive]: (value, manager) => {
    const assets = value["assets"] as JsonMap | undefined;
    const read =
      assets &&
      Object.fromEntries(
        Object.entries(assets).map(([name, asset]) => [name, fromJson(asset, manager) as Asset | Archive]),
      );
    return new Archive({ ...(read ? { assets: read } : {}), ...pick(value, ["path", "uri", "hash"]) });
  },
  [signatures.reference]: (value, manager) =>
    new ResourceReference({
      urn: String(value["urn"]),
      ...(value["id"] === undefined ? {} : { id: fromJson(value["id"], manager) }),
      ...(value["packageVersion"] === undefined ? {} : { packageVersion: String(value["packageVersion"]) }),
    }),
  [signatures.bytes]: (value) => new Uint8Array(Buffer.from(String(value["value"]), "base64")),
  [floatSignature]: (value) => Buffer.from(String(value["value"]), "hex").readDoubleBE(),
  [signatures.secret]: (value, manager) => {
    if (typeof value["plaintext"] === "string") return new Secret(fromJson(JSON.parse(value["plaintext"]), manager));
    if (!manager) throw errors.noSecrets();
    const ciphertext = String(value["ciphertext"]);
    const secret = new Secret(fromJson(JSON.parse(manager.decrypt(ciphertext)), manager));
    seals.set(secret, { manager, ciphertext });
    return secret;
  },
};

function pick(value: JsonMap, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof value[name] === "string" ? [[name, value[name] as string]] : [])),
  );
}
