/** Tags as AWS's services have them: its own left out, changes as two lists. */
import type { PropertyMap } from "../../engine/value.ts";
import type { Tags } from "../kit/tags.ts";

export { identityTags, isOurs } from "../kit/tags.ts";
export type { Tags };

/** The `[{ Key, Value }]` form of most services. */
export function tagList(tags: PropertyMap | undefined): { Key: string; Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

/** A plain map from either form, without tags that AWS itself sets. */
export function tagMap(tags: readonly { Key?: string; Value?: string }[] | Record<string, string> | undefined): Tags {
  const pairs = Array.isArray(tags)
    ? tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""] as const)
    : Object.entries(tags ?? {});
  return Object.fromEntries(pairs.filter(([key]) => !key.startsWith("aws:")));
}

/** What to set and what to remove so that `live` becomes `wanted`. */
export function tagChanges(live: Tags, wanted: PropertyMap | undefined): { set: Tags; remove: string[] } {
  const goal = tagMap(wanted as Record<string, string> | undefined);
  return {
    set: Object.fromEntries(Object.entries(goal).filter(([key, value]) => live[key] !== value)),
    remove: Object.keys(live).filter((key) => !(key in goal)),
  };
}
