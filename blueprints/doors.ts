/**
 * The owner's word on an app's routes: each may be closed, or opened with a limit, whatever the manifest says. What comes
 * out is a manifest again, so that card, reach and gate say the same. Makes up no address that leads nowhere.
 */
import { type Manifest, rate } from "./manifest.ts";

/** By a route's path, or a path below one. `limit` as in a manifest, `60 per minute` unless said. */
export type Doors = Readonly<Record<string, { public: boolean; limit?: string }>>;

type Routes = Manifest["routes"];

/** Doors that lead nowhere in this version are left out. */
export function withDoors(manifest: Manifest, doors: Doors = {}): Manifest {
  const routes: Routes = { ...manifest.routes };
  for (const [path, door] of Object.entries(doors)) {
    const to = leadsTo(manifest.routes, path);
    if (to === null) continue;
    const said = Object.hasOwn(manifest.routes, path) ? manifest.routes[path] : undefined;
    const limit = door.limit ?? (typeof said === "object" ? said.limit : undefined);
    routes[path] = door.public ? { to, public: true, ...(limit && { limit }) } : to;
  }
  return { ...manifest, routes };
}

/** `site` or a function's name; null where no route covers the path. As a gate matches: exact, longest `/x/*`, then `/`. */
export function leadsTo(routes: Routes, path: string): string | null {
  const covering = Object.keys(routes)
    .filter((route) => route === path || route === "/" || (route.endsWith("/*") && path.startsWith(route.slice(0, -1))))
    .sort((a, b) => Number(b === path) - Number(a === path) || b.length - a.length);
  const route = covering[0] === undefined ? undefined : routes[covering[0]];
  return typeof route === "object" ? route.to : (route ?? null);
}

/** Requests a day that an app may have when its owner does not say: more than people make, less than a mistake costs. */
export const usualRequests = 100_000;

/** Whether a text is a limit: `60 per minute`. */
export const isLimit = (text: string): boolean =>
  /^[1-9]\d{0,5} per (second|minute|hour|day)$/.test(text) && rate(text).count > 0;
