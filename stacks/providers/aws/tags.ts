/** Tags of every taggable type: defaults merged in, AWS's own left out, changes as two lists. */
import type { PropertyMap } from "../../engine/value.ts";

export type Tags = { [key: string]: string };

/** What the program said and the provider's default tags together; the program's win. */
export function allTags(defaults: Tags, said: PropertyMap | undefined): PropertyMap {
  return { ...defaults, ...said };
}

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

/** The tags that say whose a resource is: `cloud` and `app`, bare or behind a prefix such as `freehold:`. */
export function identityTags(tags: PropertyMap | Tags): [string, unknown][] {
  return Object.entries(tags).filter(([key]) => /(^|[:/.-])(cloud|app)$/i.test(key));
}

/** Whether live tags carry every identity tag that is wanted; undefined when none is wanted, so nobody can tell. */
export function isOurs(live: Tags, wanted: PropertyMap | undefined): boolean | undefined {
  const wantedIdentity = identityTags(wanted ?? {});
  if (wantedIdentity.length === 0) return undefined;
  return wantedIdentity.every(([key, value]) => live[key] === value);
}
