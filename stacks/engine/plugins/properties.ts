/**
 * Property maps as a plugin takes them: without what it said it does not understand, and without the contents of assets
 * where only their hashes count.
 */
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import {
  Archive,
  Asset,
  OutputValue,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  unknown,
} from "../value.ts";
import { isMap, transformMap } from "../values/values.ts";
import { encodeStruct } from "../values/wire.ts";

/** What one side of a plugin's connection understands. */
export interface Understood {
  secrets: boolean;
  resources: boolean;
  outputs: boolean;
}

export const everything: Understood = { secrets: true, resources: true, outputs: true };

/** `elide`: assets and archives go as their hashes. */
export function encodeFor(map: PropertyMap, understood: Understood, elide = false): Struct {
  return encodeStruct(adapt(map, understood, elide), { secrets: understood.secrets });
}

function adapt(map: PropertyMap, understood: Understood, elide: boolean): PropertyMap {
  return transformMap(map, (leaf) => {
    if (leaf instanceof OutputValue && !understood.outputs) return adaptOne(flattened(leaf), understood, elide);
    if (leaf instanceof ResourceReference && !understood.resources) return idOf(leaf);
    if (elide && leaf instanceof Asset) return new Asset({ hash: leaf.hash ?? "" });
    if (elide && leaf instanceof Archive) return new Archive({ hash: leaf.hash ?? "" });
    return undefined;
  });
}

function adaptOne(value: PropertyValue, understood: Understood, elide: boolean): PropertyValue {
  return adapt({ value }, understood, elide)["value"]!;
}

/** What an output value means to who knows none. */
function flattened({ value = unknown, secret }: OutputValue): PropertyValue {
  return secret ? new Secret(value) : value;
}

/** What a resource was before there were references to them: its id, or its URN when it can have none. */
function idOf(reference: ResourceReference): PropertyValue {
  const { id, urn } = reference;
  if (id === undefined || id === null) return urn;
  return id === "" ? unknown : id;
}

/** Gives echoed assets and archives the contents that were left out when they were sent. */
export function restoreContents(answered: PropertyMap, sent: PropertyMap): PropertyMap {
  const assets = new Map<string, Asset>();
  const archives = new Map<string, Archive>();
  const collect = (value: PropertyValue): void => {
    if (value instanceof Secret) collect(value.value);
    else if (value instanceof Asset && value.hash) assets.set(value.hash, value);
    else if (value instanceof Archive && value.hash) archives.set(value.hash, value);
    else if (Array.isArray(value)) value.forEach(collect);
    else if (isMap(value)) Object.values(value).forEach(collect);
  };
  collect(sent);
  if (assets.size + archives.size === 0) return answered;
  return transformMap(answered, (leaf) => {
    if (leaf instanceof Asset && leaf.text === undefined && !leaf.path && !leaf.uri) return assets.get(leaf.hash ?? "");
    if (leaf instanceof Archive && !leaf.assets && !leaf.path && !leaf.uri) return archives.get(leaf.hash ?? "");
    return undefined;
  });
}
