/** Tags as a plain map: what a program said with the provider's defaults, and whether they say that a resource is ours. */
import type { PropertyMap } from "../../engine/value.ts";

export type Tags = { [key: string]: string };

/** What the program said and the provider's default tags together; the program's win. */
export function allTags(defaults: Tags, said: PropertyMap | undefined): PropertyMap {
  return { ...defaults, ...said };
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
