/** A stack's own tags, in the file beside its checkpoint. */
import type { Tags } from "./backend.ts";
import { parseJson } from "./checkpoint.ts";
import { errors } from "./errors.ts";
import type { Storage } from "./storage.ts";

/** `check` throws when the stack is not there. */
export function openTags(storage: Storage, key: string, stack: string, check: () => Promise<unknown>): Tags {
  const read = async (): Promise<{ [name: string]: string }> => {
    await check();
    const stored = await storage.read(key);
    if (!stored) return {};
    const { version, tags } = parseJson(storage.show(key), stored.bytes.toString());
    if (version !== 1) throw errors.version(storage.show(key), version);
    return tags ?? {};
  };
  const write = async (tags: { [name: string]: string }): Promise<void> => {
    // As the official engine: no tags, no file.
    if (Object.keys(tags).length === 0) await storage.remove(key);
    else await storage.write(key, JSON.stringify({ version: 1, tags }));
  };
  return {
    ls: read,
    async get(name) {
      const value = (await read())[name];
      if (value === undefined) throw errors.tag(name, stack);
      return value;
    },
    set: async (name, value) => write({ ...(await read()), [name]: value }),
    async rm(name) {
      const { [name]: gone, ...others } = await read();
      if (gone === undefined) throw errors.tag(name, stack);
      await write(others);
    },
  };
}
