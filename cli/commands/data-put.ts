/** `data put`: an item of JSON or a file goes in; what stood there is noted before, for `data undo`. */
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { stdin } from "node:process";
import { pipeline } from "node:stream/promises";
import type { BucketStore, TableStore } from "../../stacks/deploy.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { type EnteredData, enterStore, isTable, sureToLose } from "../stores.ts";
import { sizeWords } from "../ui/size.ts";

export interface PutDocument {
  store: string;
  /** `id=42`, or the file's name. */
  key: string;
  outcome: "made" | "replaced" | "same";
  /** Of a file. */
  size?: number;
  /** What `data undo` takes; missing where nothing was changed. */
  change?: string;
}

type Named = EnteredData & { name: string };

export async function run(input: Input): Promise<Outcome> {
  const { store, ...entered } = await enterStore(input);
  if (!isTable(store)) return { document: await putFile(input, entered, store) };
  return { document: await putItem(input, entered, store) };
}

async function putItem(input: Input, { room, cloud, name }: Named, store: TableStore): Promise<PutDocument> {
  if (input.args.length > 2)
    throw faults.arguments("data put", `${name} is a table: an item in JSON, or a file with one`);
  const wanted = room.readItem(await itemText(input), { typed: input.flags["typed"] === true });
  const key = room.keyOf(store, wanted);
  const command = room.newCommand();
  const { seen, changed } = await room.setItem(cloud, store, { key, wanted }, command);
  const outcome = !changed ? "same" : seen ? "replaced" : "made";
  return { store: name, key: room.keyWords(key), outcome, ...(changed ? { change: command.group } : {}) };
}

async function itemText(input: Input): Promise<string> {
  const [, said] = input.args;
  if (said?.trimStart().startsWith("{")) return said;
  if (said !== undefined && said !== "-") return readFileSync(fileOf(input, said).path, "utf8");
  const piped = await input.readStdin();
  if (piped === undefined) throw faults.arguments("data put", "The item is missing: as JSON, in a file, or piped in");
  return piped;
}

/** Throws `file-broken`. */
function fileOf(input: Input, said: string): { path: string; size: number } {
  const path = resolve(input.cwd, said);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) throw faults.fileBroken(path, stats ? "it is no file." : "it is not there.");
  return { path, size: stats.size };
}

async function putFile(input: Input, entered: Named, store: BucketStore): Promise<PutDocument> {
  const [, said, named] = input.args;
  if (said === undefined)
    throw faults.arguments("data put", `The file is missing: freehold data put ${entered.name} FILE [KEY]`);
  if (said !== "-") return send(input, entered, store, fileOf(input, said), named ?? basename(said));
  if (named === undefined) throw faults.arguments("data put", "What is piped in needs a name: data put STORE - KEY");
  const dir = mkdtempSync(join(tmpdir(), "freehold-put-"));
  try {
    const path = join(dir, "piped");
    await pipeline(stdin, createWriteStream(path, { mode: 0o600 }));
    return await send(input, entered, store, fileOf(input, path), named);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function send(
  input: Input,
  { room, cloud, name }: Named,
  store: BucketStore,
  source: { path: string; size: number },
  key: string,
): Promise<PutDocument> {
  const seen = await room.seeFile(cloud, store, key);
  if (seen && seen.size > room.mostKeptBytes)
    await sureToLose(
      input,
      "data put",
      `${key} is ${sizeWords(seen.size)}, more than is kept to take it back. Replace it for good?`,
    );
  const type = text(input.flags, "type") ?? room.mediaTypeOf(key);
  const command = room.newCommand();
  let told = 0;
  const onProgress = (sent: number, all: number): void => {
    const part = Math.floor((sent / all) * 4);
    if (all > room.mostKeptBytes && part > told) input.note?.(`${key}: ${sizeWords(sent)} of ${sizeWords(all)}`);
    told = Math.max(told, part);
  };
  await room.changeFile(cloud, store, { key, seen, wanted: { source, type }, onProgress }, command);
  return { store: name, key, outcome: seen ? "replaced" : "made", size: source.size, change: command.group };
}
