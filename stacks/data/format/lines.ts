/** Lines of a stream of bytes, one at a time: as much is in memory as the longest line. Refuses lines beyond a bound. */
import { faults } from "./faults.ts";

/** An item of 400 KB, all of it binary and every byte escaped, is shorter. */
const longest = 8 * 1024 ** 2;

/** Without their ends, `\n` or `\r\n`; the last needs none. Throws `data-broken` on what is not UTF-8. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      yield textOf(bytes.subarray(from, at), what);
      from = at + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > longest) throw faults.broken(what, "has a line that is too long to be one");
  }
  if (rest.length > 0) yield textOf(rest, what);
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Buffer, what: string): string {
  const end = bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
  try {
    return decoder.decode(end);
  } catch (cause) {
    throw faults.broken(what, "has a line that is not UTF-8", cause);
  }
}
