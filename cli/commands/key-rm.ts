/** `key rm`: a key is good for nothing any more; a gate that knew it forgets it within half a minute. */
import type { Input, Outcome } from "../command.ts";
import { enterWith, oneOf } from "../who.ts";
import { findApp } from "./app.ts";

export interface KeyRemovedDocument {
  app: string;
  removed: { id: string; name: string };
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const { cloud, access } = await enterWith(input, config);
  const keys = await access.listKeys(cloud, app.name);
  const { id, name } = oneOf(keys, input.args[1]!, "key", `freehold key ls ${app.name}`);
  await access.removeKeys(cloud, app.name, [id]);
  return { document: { app: app.name, removed: { id, name } } satisfies KeyRemovedDocument };
}
