/** `key ls`: the keys of an app, or of all: what each is for, and when it was last used. Never the key itself. */

import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { enterWith, iso } from "../who.ts";
import { findApp } from "./app.ts";

export interface ListedKey {
  app: string;
  id: string;
  name: string;
  routes: string[];
  verbs: string[];
  /** ISO 8601, as the others. */
  created: string;
  expires: string;
  used?: string;
}

export interface KeyListDocument {
  cloud: string;
  keys: ListedKey[];
}

export async function run(input: Input): Promise<Outcome> {
  const named = input.args.length > 0 ? await findApp(input) : undefined;
  const config = named?.config ?? (await findCloud(input.paths, text(input.flags, "cloud")));
  const { cloud, access } = await enterWith(input, config);
  const keys = (await access.listKeys(cloud, named?.app.name)).map(({ created, expires, used, ...one }) => ({
    ...one,
    created: iso(created),
    expires: iso(expires),
    ...(used === undefined ? {} : { used: iso(used) }),
  }));
  return { document: { cloud: cloud.name, keys } satisfies KeyListDocument };
}
