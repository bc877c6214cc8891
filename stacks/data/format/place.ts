/** Where an export lies, whatever that is: files by their path, each whole or not there. */

export interface Sum {
  sizeBytes: number;
  /** 64 hex digits. */
  sha256: string;
}

/** One file that is being written. Whoever began it finishes or abandons it. */
export interface Writing {
  write(chunk: string | Uint8Array): Promise<void>;
  /** On the disk, or where it belongs, under its name. */
  finish(): Promise<Sum>;
  /** Nothing of it stays. */
  abandon(): Promise<void>;
}

export interface ExportPlace {
  /** For people: a folder's path, `s3://BUCKET/PREFIX`. */
  readonly at: string;
  create(path: string): Promise<Writing>;
  /** Undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** Throws when there is none. `start` and `end`: bytes, the end not among them. */
  read(path: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  /**
   * The same of a whole file, for who looks at each chunk once: it may lie in `room`, and is good until the next one is
   * asked for. V8 lets 64 MiB of buffers lie before it looks for those that nobody has.
   */
  pass(path: string, room: Buffer): AsyncIterable<Uint8Array>;
  remove(path: string): Promise<void>;
  /** Every file, in any order. */
  list(): AsyncIterable<string>;
  /** A line at the end of a file, kept when this has returned; what was finished before it is kept, too. */
  append(path: string, line: string): Promise<void>;
  /** What was finished is kept when this has returned. */
  settle(): Promise<void>;
}

/** Undefined when there is none. */
export async function textOf(
  place: ExportPlace,
  path: string,
  mostBytes = 256 * 1024 ** 2,
): Promise<string | undefined> {
  const size = await place.size(path);
  if (size === undefined || size > mostBytes) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of place.read(path)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The whole of it at once. */
export async function put(place: ExportPlace, path: string, text: string): Promise<Sum> {
  const writing = await place.create(path);
  try {
    await writing.write(text);
    return await writing.finish();
  } catch (error) {
    await writing.abandon();
    throw error;
  }
}
