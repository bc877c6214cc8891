/** `key new`: a key for a program, for one app, some of its routes and verbs, until a day. Told once, and kept nowhere. */

import type { Blueprint } from "../../blueprints/load.ts";
import { routesOf } from "../../blueprints/manifest.ts";
import { accessFaults } from "../access-errors.ts";
import { type Input, list, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { installedBlueprint } from "../installed.ts";
import { verbs } from "../ui/access.ts";
import { enterWith, expiresSeconds, iso, nameFrom } from "../who.ts";
import { findApp } from "./app.ts";

export interface NewKeyDocument {
  app: string;
  id: string;
  name: string;
  routes: string[];
  verbs: string[];
  /** ISO 8601. */
  expires: string;
  /** Shown this once. */
  key: string;
  url: string;
}

const presetSeconds = 90 * 86_400;

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  if (!app.url || app.state === "kept") throw faults.notConnected(app.name);
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  if (!blueprint) throw accessFaults.noFiles(app.name);
  const said = {
    name: nameFrom(input, "key new", "key"),
    routes: routesFrom(app.name, blueprint, list(input.flags, "routes")),
    verbs: verbsFrom(text(input.flags, "verbs")),
    seconds: expiresSeconds(input, "key new", presetSeconds),
  };
  const { cloud, access } = await enterWith(input, config);
  const { key, made } = await access.newKey(cloud, { app: app.name, ...said });
  const { id, name, routes } = made;
  const document: NewKeyDocument = {
    ...{ app: app.name, id, name, routes, verbs: made.verbs, expires: iso(made.expires), key, url: app.url },
  };
  return { document };
}

/** Those of the app, and what lies below one of them. Throws `route-unknown`. */
export function routesFrom(app: string, { manifest }: Pick<Blueprint, "manifest">, said: readonly string[]): string[] {
  const known = routesOf(manifest).map(({ path }) => path);
  for (const one of said) if (!isWithin(one, known)) throw accessFaults.noRoute(app, one, known);
  return said.length === 0 ? known : [...new Set(said)];
}

/** `/api/notes` and `/api/notes/*` lie below `/api/*`. What could be read in two ways is no route. */
function isWithin(route: string, known: readonly string[]): boolean {
  if (known.includes(route)) return true;
  if (!/^\/[\w./~-]*\*?$/.test(route) || /\/\/|\/\.{1,2}(\/|$)|[^/]\*$/.test(route)) return false;
  return known.some((one) => one.endsWith("/*") && route.startsWith(one.slice(0, -1)) && route !== one.slice(0, -1));
}

function verbsFrom(said: string | undefined): string[] {
  const given = (said ?? verbs.join(","))
    .split(",")
    .map((one) => one.trim().toUpperCase())
    .filter((one) => one !== "");
  for (const one of given) if (!(verbs as readonly string[]).includes(one)) throw accessFaults.noVerb(one, verbs);
  return verbs.filter((one) => given.includes(one));
}
