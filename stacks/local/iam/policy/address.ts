/** Internet addresses and CIDR blocks, version 4 and 6. */
import { isIP } from "node:net";

export interface Block {
  version: 4 | 6;
  /** Its first bits, in steps of 16. */
  words: readonly number[];
  prefix: number;
}

/** Undefined for what is neither an address nor a block; an address is a block of itself. */
export function parseBlock(text: string): Block | undefined {
  const [address = "", prefixText, ...more] = text.split("/");
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || more.length > 0 || address.includes("%")) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (!(prefix <= bits)) return undefined;
  return { version, words: version === 4 ? wordsOf4(address) : wordsOf6(address), prefix };
}

/** Whether all of `inner` lies in `outer`. */
export function contains(outer: Block, inner: Block): boolean {
  if (outer.version !== inner.version || inner.prefix < outer.prefix) return false;
  for (let bit = 0; bit < outer.prefix; bit += 16) {
    const kept = Math.min(16, outer.prefix - bit);
    const mask = (0xffff << (16 - kept)) & 0xffff;
    const word = bit / 16;
    if (((outer.words[word] ?? 0) & mask) !== ((inner.words[word] ?? 0) & mask)) return false;
  }
  return true;
}

function wordsOf4(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function wordsOf6(address: string): number[] {
  // The last two words may be written as a version 4 address.
  const tail = /[^:]*\.[^:]*$/.exec(address)?.[0];
  const text = tail
    ? address.slice(0, -tail.length) +
      wordsOf4(tail)
        .map((word) => word.toString(16))
        .join(":")
    : address;
  const [head = "", rest] = text.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const left = words(head);
  const right = rest === undefined ? [] : words(rest);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}
