/** Tags of roles and policies: at most 50, keys compared without case. */
import { errors } from "./errors.ts";

/** A type, not an interface: it is kept and answered as it is, and only a type fits XmlValue. */
export type Tag = { Key: string; Value: string };

export function readTags(given: unknown): Tag[] {
  const tags = Array.isArray(given)
    ? (given as Tag[]).map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" }))
    : [];
  for (const { Key, Value } of tags)
    if (Key === "" || Key.length > 128 || Value.length > 256 || Key.toLowerCase().startsWith("aws:"))
      throw errors.unmodifiable("Tag keys have 1 to 128 characters and do not begin with aws:; values have up to 256.");
  const keys = new Set(tags.map(({ Key }) => Key.toLowerCase()));
  if (keys.size < tags.length)
    throw errors.unmodifiable("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if (tags.length > 50) throw errors.limit("The number of tags has reached the maximum limit.");
  return tags;
}

export function mergeTags(before: Tag[], after: Tag[]): Tag[] {
  const merged = new Map([...before, ...after].map((tag) => [tag.Key.toLowerCase(), tag]));
  if (merged.size > 50) throw errors.limit("The number of tags has reached the maximum limit.");
  return [...merged.values()];
}
