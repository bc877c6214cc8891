/**
 * State in a folder, as Pulumi's own engine lays it out under `file://DIR`. Every write is whole or not at all. The lock
 * between our processes is SQLite's exclusive one: races have one winner, and it goes with its process.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { errors } from "./errors.ts";
import { readText, removeFile, removeLeftovers, syncFolder, writeAtomically } from "./files.ts";
import {
  type Condition,
  type Entry,
  Held,
  type Hold,
  type JournalStore,
  type Storage,
  type Stored,
} from "./storage.ts";

/** `~` and relative paths have been dealt with by the caller; of a query only `no_tmp_dir` means something. */
export function fileStorage(url: string): Storage {
  const [address = "", query = ""] = url.split("?");
  for (const name of new URLSearchParams(query).keys())
    if (!["no_tmp_dir", "create_dir", "metadata"].includes(name)) throw errors.parameter(url, name);
  const path = address.slice("file://".length);
  return new FileStorage(url, path.startsWith("/") ? fileURLToPath(address) : path);
}

const missing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
};
const tagOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

class FileStorage implements Storage {
  readonly url: string;
  readonly isFar = false;
  readonly #root: string;

  constructor(url: string, root: string) {
    this.url = url;
    this.#root = root;
  }

  show = (key: string): string => join(this.#root, key);

  async read(key: string): Promise<Stored | undefined> {
    const bytes = await readFile(this.show(key)).catch(missing);
    return bytes && { bytes, tag: tagOf(bytes) };
  }

  async write(key: string, content: string | Uint8Array, condition?: Condition): Promise<string> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    // Looked at once, not held: between our processes the lock decides, and this sees what another engine did.
    if (condition) {
      const there = await this.read(key);
      const met = "absent" in condition ? there === undefined : there?.tag === condition.tag;
      if (!met) throw errors.changed(this.show(key));
    }
    await writeAtomically(this.show(key), bytes);
    return tagOf(bytes);
  }

  async copy(from: string, to: string): Promise<void> {
    await writeAtomically(this.show(to), await readFile(this.show(from)));
  }

  async remove(key: string): Promise<void> {
    await removeFile(this.show(key));
    // The official engine's driver keeps such a file beside each of its own.
    await removeFile(`${this.show(key)}.attrs`);
  }

  async list(folder: string): Promise<Entry[]> {
    const found = (await readdir(this.show(folder), { withFileTypes: true }).catch(missing)) ?? [];
    const entries = await Promise.all(
      found.map(async (entry): Promise<Entry | undefined> => {
        if (entry.name.endsWith(".attrs")) return undefined;
        if (entry.isDirectory()) return { name: entry.name, folder: true, modified: 0 };
        const its = await stat(join(this.show(folder), entry.name)).catch(missing);
        return its && { name: entry.name, folder: false, modified: its.mtimeMs };
      }),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(this.show(folder), { recursive: true, force: true });
  }

  async seeLock(): Promise<undefined> {
    // Looking costs as much as taking it.
  }

  async lock(key: string): Promise<Hold> {
    const file = this.show(key);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file);
    try {
      database.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;");
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode !== busy) throw error;
      throw new Held(`file://${dirname(file)}`, undefined);
    }
    return {
      everywhere: false,
      epoch: 0,
      superseded: [],
      // The system gives it back when the process ends and never before.
      check: async () => undefined,
      // Open, it would lock the stack for as long as this process lives.
      release: async () => database.close(),
    };
  }

  async breakLock(): Promise<void> {
    // A living process's lock cannot be taken from it, and a dead one has none.
  }

  journals(key: string): JournalStore {
    return fileJournals(this.show(key));
  }

  async tidy(folder: string, beginning = ""): Promise<void> {
    await removeLeftovers(this.show(folder), beginning);
  }
}

/** SQLITE_BUSY; anything else (a full disk, a folder that may not be written) is no other process's doing. */
const busy = 5;

function fileJournals(file: string): JournalStore {
  return {
    name: file,
    async create() {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const handle = await open(file, "w", 0o600);
      let named = false;
      return {
        async write(text) {
          await handle.appendFile(text);
          await handle.datasync();
          if (!named) await syncFolder(dirname(file));
          named = true;
        },
        close: () => handle.close(),
      };
    },
    async read() {
      await removeLeftovers(dirname(file), `${basename(file)}.`);
      const text = await readText(file);
      if (text === undefined) return undefined;
      return {
        text,
        // Written anew: what is torn at its end would make of this line damage in the middle.
        async shut(whole, line) {
          await writeAtomically(file, whole + line);
          return true;
        },
        remove: () => removeFile(file),
        async setAside(name) {
          await rename(file, `${file}.${name}`);
          await syncFolder(dirname(file));
          return `${file}.${name}`;
        },
      };
    },
    present: async () => (await stat(file).catch(missing)) !== undefined,
    async remove() {
      await removeFile(file);
      return async () => undefined;
    },
  };
}
