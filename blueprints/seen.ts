/**
 * Names and texts from outside: whether all of one can be seen, and how one stands in a sentence of ours without passing
 * itself off as more of it. What a terminal makes of texts is cli/safe-text.ts's.
 */

/**
 * Controls, overrides of direction, zero-width and filler characters, tags, halves of characters. The two joiners are
 * left: Persian is written with one, emoji with the other.
 */
const unseen =
  /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e0fff}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d|\u180f/u;
const everyUnseen = new RegExp(unseen.source, "gu");
const plain = /^[\x20-\x7e]*$/;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

export const canBeSeen = (text: string): boolean => plain.test(text) || !unseen.test(text);

/** On one line, with what cannot be seen written out (`\n`, `\u202e`); cut at `max` characters. */
export function spelled(text: string, max = 300): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(everyUnseen, (char) => short[char] ?? `\\u${hex(char)}`);
}

function hex(char: string): string {
  const code = char.codePointAt(0)!.toString(16).padStart(4, "0");
  return code.length > 4 ? `{${code}}` : code;
}

/** A name between quotes, where what it is has to be told from the sentence around it. */
export const quoted = (text: string, max = 200): string =>
  spelled(JSON.stringify(text.length > max ? `${text.slice(0, max)}…` : text), Number.POSITIVE_INFINITY);
