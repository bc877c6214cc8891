/** A stack's own tags, in the file beside its checkpoint. */
import type { Tags } from "./backend.ts";
import { parseJson } from "./checkpoint.ts";
import { errors } from "./errors.ts";
import { readText, writeAtomically } from "./files.ts";

/** `check` throws when the stack is not there. */
export function openTags(file: string, stack: string, check: () => Promise<unknown>): Tags {
  const read = async (): Promise<{ [name: string]: string }> => {
    await check();
    const text = await readText(file);
    return text === undefined ? {} : (parseJson(file, text)["tags"] ?? {});
  };
  const write = (tags: object): Promise<void> => writeAtomically(file, JSON.stringify({ version: 1, tags }));
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
