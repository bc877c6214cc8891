/**
 * Which route a path is. A path that could be read in two ways (dots, doubled slashes, encoded separators) is nobody's:
 * what the gate decides about has to be what the function behind it sees.
 */
import type { GateRoute } from "./config.ts";

/** The decoded path, or null when it is ambiguous. */
export function plainPath(rawPath: string): string | null {
  if (!rawPath.startsWith("/") || /%2f|%5c|%00/i.test(rawPath)) return null;
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    return null;
  }
  // What is still encoded after one decoding becomes a path for whoever decodes twice.
  if (/[\\\u0000-\u001f\u007f]|\/\/|%(25|2e|2f|5c|00)/i.test(path)) return null;
  if (path.split("/").some((part) => /^\.{1,2}(;.*)?$/.test(part))) return null;
  return path;
}

/** The longest match: exact, then `/x/*` (which is everything below /x/), then `/`. Null: no route at all. */
export function routeOf(routes: readonly GateRoute[], path: string): GateRoute | null {
  let best: GateRoute | null = null;
  let length = -1;
  for (const route of routes) {
    const matched = matchLength(route.path, path);
    if (matched > length) {
      best = route;
      length = matched;
    }
  }
  return best;
}

/** Of a key: whether one of its patterns is this path's. */
export function covers(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => matchLength(pattern, path) >= 0);
}

function matchLength(pattern: string, path: string): number {
  if (pattern === path && pattern !== "/") return Number.MAX_SAFE_INTEGER;
  if (pattern === "/") return 0;
  if (pattern.endsWith("/*") && path.startsWith(pattern.slice(0, -1))) return pattern.length;
  return -1;
}
