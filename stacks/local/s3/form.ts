/** multipart/form-data as a browser sends it: the fields before the file, and the file as a stream. Keeps no file in memory. */
import type { Readable } from "node:stream";
import { s3Error } from "./errors.ts";

export interface Form {
  /** Names in lower case. */
  fields: Map<string, string>;
  fileName: string;
  /** Errors when the form ends before the file does. What comes after the file is not looked at, as on AWS. */
  file: AsyncGenerator<Buffer>;
}

const maxFieldBytes = 20 * 1024;
const maxHeadBytes = 8 * 1024;

/** Throws MalformedPOSTRequest; InvalidArgument where no file is sent. */
export async function readForm(source: Readable, contentType: string): Promise<Form> {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) throw s3Error("MalformedPOSTRequest");
  const reader = new FormReader(source, `\r\n--${name}`);
  const fields = new Map<string, string>();
  await reader.value(maxHeadBytes);
  let left = maxFieldBytes;
  while (await reader.part()) {
    const head = (await reader.until("\r\n\r\n", maxHeadBytes)).toString("utf8");
    const disposition = /^content-disposition:\s*form-data(;.*)$/im.exec(head)?.[1] ?? "";
    const field = /;\s*name="([^"]*)"/i.exec(disposition)?.[1]?.toLowerCase();
    if (field === undefined) throw s3Error("MalformedPOSTRequest");
    if (field === "file") {
      const fileName = /;\s*filename="([^"]*)"/i.exec(disposition)?.[1] ?? "";
      return { fields, fileName: fileName.replace(/^.*[\\/]/, ""), file: reader.stream() };
    }
    const value = await reader.value(left);
    left -= value.length;
    if (fields.has(field)) throw s3Error("InvalidArgument", `Duplicate form field: ${field}`);
    fields.set(field, value.toString("utf8"));
  }
  throw s3Error("InvalidArgument", "POST requires exactly one file upload per request.");
}

class FormReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #delimiter: string;
  /** The first boundary has no line before it; so it is like the others. */
  #rest: Buffer = Buffer.from("\r\n");

  constructor(source: Readable, delimiter: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = delimiter;
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next();
    if (done) throw s3Error("MalformedPOSTRequest");
    this.#rest = Buffer.concat([this.#rest, value]);
  }

  /** What comes before `mark`, which is taken, too. */
  async until(mark: string, maxBytes: number): Promise<Buffer> {
    for (;;) {
      const at = this.#rest.indexOf(mark);
      if (at > maxBytes || (at === -1 && this.#rest.length > maxBytes + mark.length))
        throw s3Error("MaxPostPreDataLengthExceeded");
      if (at !== -1) {
        const before = this.#rest.subarray(0, at);
        this.#rest = this.#rest.subarray(at + mark.length);
        return before;
      }
      await this.#more();
    }
  }

  value = (maxBytes: number): Promise<Buffer> => this.until(this.#delimiter, maxBytes);

  /** Behind a boundary: true, another part follows; false, it was the last. */
  async part(): Promise<boolean> {
    while (this.#rest.length < 2) await this.#more();
    const next = this.#rest.subarray(0, 2).toString("latin1");
    this.#rest = this.#rest.subarray(2);
    if (next !== "\r\n" && next !== "--") throw s3Error("MalformedPOSTRequest");
    return next === "\r\n";
  }

  async *stream(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#rest.indexOf(this.#delimiter);
      // What might be the beginning of a boundary stays.
      const sure = at === -1 ? this.#rest.length - this.#delimiter.length + 1 : at;
      if (sure > 0) {
        yield this.#rest.subarray(0, sure);
        this.#rest = this.#rest.subarray(sure);
      }
      if (at !== -1) return;
      await this.#more();
    }
  }
}
