/** How wide text stands on a terminal, and text cut or filled to a width. Knows no escape sequences: none come in here. */

/** East Asian Wide and Fullwidth, without what is emoji anyway: first and last code points, in pairs. */
const wide = [
  0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0x4dbf, 0x4e00, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff,
  0xfe30, 0xfe6f, 0xff00, 0xff60, 0xffe0, 0xffe6, 0x17000, 0x18cff, 0x1b000, 0x1b2ff, 0x20000, 0x3fffd,
];
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const nothing = /^[\p{M}\p{Cf}]*$/u;
const plainText = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** What a person sees as one character each: nothing is ever cut or deleted within one. */
export function characters(text: string): string[] {
  if (plainText.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function cells(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x300) return 1;
  if (nothing.test(character)) return 0;
  if (emoji.test(character)) return 2;
  for (let at = 0; at < wide.length; at += 2) if (point >= wide[at]! && point <= wide[at + 1]!) return 2;
  return 1;
}

/** In cells of the terminal. */
export function widthOf(text: string): number {
  if (plainText.test(text)) return text.length;
  return characters(text).reduce((sum, one) => sum + cells(one), 0);
}

/** At most `width` cells; what does not fit is replaced by `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const one of characters(text)) {
    if (used + cells(one) > width - 1) break;
    used += cells(one);
    out += one;
  }
  return width > 0 ? `${out}…` : "";
}

/** Exactly `width` cells. */
export function fill(text: string, width: number): string {
  const shown = cut(text, width);
  return shown + " ".repeat(Math.max(0, width - widthOf(shown)));
}

/** The end of it in at most `width` cells: what somebody types stays in sight. */
export function tail(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let out = "";
  let used = 1;
  for (const one of characters(text).reverse()) {
    if (used + cells(one) > width) break;
    used += cells(one);
    out = one + out;
  }
  return `…${out}`;
}

/** Words broken into lines of at most `width` cells; a word that is longer is cut apart. What begins indented stays so. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    // Two cells at least are left of the line: the widest character has room.
    const indent = (/^ */.exec(line)?.[0] ?? "").slice(0, Math.max(0, Math.min(Math.floor(width / 2), width - 2)));
    return wrapLine(line.trimStart(), Math.max(2, width - indent.length)).map((one) => indent + one);
  });
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let now = "";
  let used = 0;
  for (const word of line.split(" ")) {
    const wide = widthOf(word);
    if (now === "" ? wide <= width : used + 1 + wide <= width) {
      used = now === "" ? wide : used + 1 + wide;
      now = now === "" ? word : `${now} ${word}`;
      continue;
    }
    if (now !== "") lines.push(now);
    const parts = pieces(word, width);
    lines.push(...parts.slice(0, -1));
    now = parts.at(-1)!;
    used = widthOf(now);
  }
  return [...lines, now];
}

/** At least one; each character is looked at once, however long the word is. */
function pieces(word: string, width: number): string[] {
  const parts = [""];
  let used = 0;
  for (const one of characters(word)) {
    const wide = cells(one);
    if (used + wide > width && parts.at(-1) !== "") {
      parts.push("");
      used = 0;
    }
    parts[parts.length - 1] += one;
    used += wide;
  }
  return parts;
}
