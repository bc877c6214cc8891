/**
 * The objects of a JSON array, one text at a time, from a stream of bytes: as much is in memory as the longest. Only where one
 * ends is found here; what is in it is read by whoever asked.
 */
import { faults } from "./faults.ts";

/** More than any item of a table. */
const longest = 8 * 1024 ** 2;

/** Throws `data-broken` on what is no array of objects, and on one that is cut off. */
export async function* elementsOf(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const scan = new Scan(what);
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw faults.broken(what, "has text that is not UTF-8", cause);
    }
  };
  for await (const chunk of chunks) yield* scan.read(decode(chunk));
  yield* scan.read(decode());
  scan.end();
}

class Scan {
  readonly #what: string;
  #state: "before" | "first" | "element" | "between" | "next" | "after" = "before";
  #depth = 0;
  #inText = false;
  #escaped = false;
  #parts = "";

  constructor(what: string) {
    this.#what = what;
  }

  *read(text: string): Generator<string> {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      if (this.#state !== "element") {
        if (!this.#outside(char)) continue;
        from = at;
      }
      if (!this.#inside(char)) continue;
      const element = this.#parts + text.slice(from, at + 1);
      this.#parts = "";
      this.#state = "between";
      yield element;
    }
    if (this.#state === "element") this.#parts += text.slice(from);
    if (this.#parts.length > longest) throw faults.broken(this.#what, "has an item that is too long to be one");
  }

  /** Whether an object begins with it. */
  #outside(char: string): boolean {
    if (char === " " || char === "\n" || char === "\r" || char === "\t") return false;
    const state = this.#state;
    if (char === "{" && (state === "first" || state === "next")) {
      this.#state = "element";
      return true;
    }
    if (char === "[" && state === "before") this.#state = "first";
    else if (char === "," && state === "between") this.#state = "next";
    else if (char === "]" && (state === "first" || state === "between")) this.#state = "after";
    else throw faults.broken(this.#what, "is no JSON array of objects");
    return false;
  }

  /** Whether the object ends with it. */
  #inside(char: string): boolean {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (char === "\\") this.#escaped = true;
      else if (char === '"') this.#inText = false;
      return false;
    }
    if (char === '"') this.#inText = true;
    else if (char === "{" || char === "[") this.#depth++;
    else if (char === "}" || char === "]") return --this.#depth === 0;
    return false;
  }

  end(): void {
    if (this.#state !== "after") throw faults.broken(this.#what, "is cut off, or no JSON array of objects");
  }
}
