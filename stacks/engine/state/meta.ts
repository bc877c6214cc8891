/** `.pulumi/meta.yaml`: which layout a store has. Ours is version 1; anything else is refused before it is touched. */
import { parseDocument } from "yaml";
import { errors } from "./errors.ts";
import { metaKey, stackOfName, stacksFolder } from "./layout.ts";
import type { Storage } from "./storage.ts";

/** Throws when the store has another layout. Answers old stacks that lie beside the new ones, by name. */
export async function checkLayout(storage: Storage): Promise<{ present: boolean; legacy: string[] }> {
  const [meta, entries] = await Promise.all([storage.read(metaKey), storage.list(stacksFolder)]);
  const legacy = entries.flatMap(({ name, folder }) => (folder ? [] : (stackOfName(name) ?? [])));
  if (meta) {
    const version = versionOf(storage, meta.bytes.toString());
    if (version === 0) throw errors.legacyLayout(storage.show(".pulumi"));
    if (version !== 1) throw errors.layout(version);
  } else if (legacy.length > 0) throw errors.legacyLayout(storage.show(".pulumi"));
  return { present: meta !== undefined, legacy };
}

export async function writeMeta(storage: Storage): Promise<void> {
  await storage.write(metaKey, "version: 1\n");
}

function versionOf(storage: Storage, text: string): number {
  const value: unknown = parseDocument(text).toJS()?.version;
  if (typeof value !== "number") throw errors.badMeta(storage.show(metaKey));
  return value;
}
