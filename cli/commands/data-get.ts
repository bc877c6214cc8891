/**
 * `data get`: one item as JSON, one file as it is, to the output or into a file; or an address at which anybody may read the
 * file for a while. A terminal is shown a preview of a file: what is in it may be anything, and a terminal does what it is told.
 */
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BucketStore } from "../../stacks/deploy.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { duration } from "../duration.ts";
import { faults } from "../errors.ts";
import { writeAtomically } from "../files.ts";
import { safeJson, safeText } from "../safe-text.ts";
import { type EnteredData, enterStore, isTable } from "../stores.ts";
import { type InlineImage, inlineImage, isPicture } from "../ui/inline-image.ts";
import { confirm } from "./operation.ts";

export interface FileDocument {
  store: string;
  key: string;
  size: number;
  type?: string;
  /** Where it was written. */
  file?: string;
  /** With `--share`: whoever has it reads the file. */
  url?: string;
  /** ISO 8601: until when. */
  expires?: string;
  /** The credentials that signed the address end sooner than was asked. */
  sooner?: true;
  /** Text of the file's beginning; nothing of one that is no text. */
  preview?: { contents: string; whole: boolean };
  /** On a terminal that shows pictures. */
  image?: InlineImage;
  /** It is a picture: whether this terminal shows it. */
  picture?: { here: boolean };
}

export async function run(input: Input): Promise<Outcome> {
  const { store, ...entered } = await enterStore(input);
  const output = text(input.flags, "output");
  const to = output === undefined ? undefined : resolve(input.cwd, output);
  if (!isTable(store)) return getFile(input, entered, store, to);
  if (input.flags["share"] !== undefined)
    throw faults.badFlag("data get", "--share", "is of files; an item of a table has no address");
  const { room, cloud, name } = entered;
  const key = room.keyFrom(store, input.args.slice(1));
  const item = await room.getItem(cloud, store, key);
  if (!item) throw room.dataFaults.noItem(name, room.keyWords(key));
  const shown = input.flags["typed"] === true ? room.typedItem(item) : room.plainItem(item);
  if (to === undefined) input.line(shown, safeJson(shown, 2));
  else {
    await mayWrite(input, to);
    writeAtomically(to, `${JSON.stringify(shown, null, 2)}\n`);
  }
  return {};
}

const mayWrite = async (input: Input, to: string): Promise<void> => {
  if (existsSync(to)) await confirm(input, `Write over ${to}?`, "--yes");
};

type Named = EnteredData & { name: string };

async function getFile(input: Input, entered: Named, store: BucketStore, to: string | undefined): Promise<Outcome> {
  const { room, cloud, name } = entered;
  const [, said, ...more] = input.args as [string, string, ...string[]];
  const key = room.fileFrom(said);
  if (more.length > 0)
    throw faults.arguments("data get", `${more[0]} is one too many: ${name} is a bucket, and a file has one name`);
  const share = text(input.flags, "share");
  if (share !== undefined) return { document: await shared(entered, store, key, share) };
  const file = await room.seeFile(cloud, store, key);
  if (!file) throw room.dataFaults.noFile(name, key);
  const about = { store: name, key, size: file.size, ...(file.type ? { type: file.type } : {}) };
  const bytes = room.fileBytes(cloud, store, key);
  if (to !== undefined) {
    await mayWrite(input, to);
    await writeFile(to, bytes);
    return { document: { ...about, file: to } satisfies FileDocument };
  }
  if (input.flags["json"] === true) return { document: about satisfies FileDocument };
  if (!input.raw) return { document: { ...about, ...(await preview(input, bytes, file.size)) } satisfies FileDocument };
  for await (const chunk of bytes) await input.raw(chunk);
  return {};
}

/** Whole, or not there. */
async function writeFile(to: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const beside = `${to}.${createHash("sha256").update(`${process.pid} ${to}`).digest("hex").slice(0, 8)}.part`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(beside, { flags: "w", flush: true }));
    renameSync(beside, to);
  } catch (error) {
    rmSync(beside, { force: true });
    throw (error as NodeJS.ErrnoException).syscall ? faults.fileBroken(to, (error as Error).message, error) : error;
  }
}

async function shared(
  { room, cloud, name }: Named,
  store: BucketStore,
  key: string,
  said: string,
): Promise<FileDocument> {
  const seconds = Math.floor((duration(said) ?? 0) / 1000);
  if (seconds < 1 || seconds > room.longestShare)
    throw faults.badFlag("data get", "--share", "is a time up to 7 days, as 1h; AWS signs no address for longer");
  const file = await room.seeFile(cloud, store, key);
  if (!file) throw room.dataFaults.noFile(name, key);
  return { store: name, key, size: file.size, ...(await room.shareFile(cloud, store, key, seconds)) };
}

const previewBytes = 16_384;
/** A picture is shown whole or not at all. */
const pictureBytes = 2_000_000;

async function preview(
  input: Input,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): Promise<Pick<FileDocument, "preview" | "image" | "picture">> {
  const most = size <= pictureBytes ? pictureBytes : previewBytes;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  const read = Buffer.concat(chunks);
  if (isPicture(read)) {
    const image = read.length === size ? inlineImage(input.env, read) : undefined;
    // Screens of the app are given none: what is drawn there is drawn again.
    return { picture: { here: image !== undefined }, ...(image && input.note ? { image } : {}) };
  }
  const begun = read.subarray(0, previewBytes);
  const contents = textOf(begun);
  if (contents === undefined) return {};
  const whole = begun.length === size;
  return { preview: { contents: safeText(whole ? laidOut(contents) : contents, { lines: true }), whole } };
}

/** Undefined of what is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    // A character that is cut off at the end is no reason to take it for something else than text.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** JSON on a line is for programs. */
function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.trim().includes("\n")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
