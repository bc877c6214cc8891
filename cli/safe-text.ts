/**
 * Text from outside, made inert for a terminal: no control bytes (C0, C1, escape sequences), no bidi overrides, no
 * invisible characters, no towers of combining marks. Everything that can be read stays readable.
 */

/** Escape sequences as a whole first, so that their printable rest does not litter the line. */
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Zero-width, bidi, line separators, soft hyphen, fillers, tags, variation selectors' supplement, unpaired surrogates. */
const invisible =
  /\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d|\u180f|[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\p{Surrogate}|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
const towers = /(\p{M}{3})\p{M}+/gu;
/** Most text is this, and nothing of it has to go: a screen asks for hundreds of texts with every key. */
const harmless = /^[\u0020-\u007e]*$/;

/** One line, unless `lines`: then line breaks and tabs stay. */
export function safeText(text: string, options: { lines?: boolean; max?: number } = {}): string {
  const shaped = harmless.test(text) ? text : cleaned(text, options.lines === true);
  const max = options.max ?? Number.POSITIVE_INFINITY;
  return shaped.length > max ? `${shaped.slice(0, max - 1)}…` : shaped;
}

function cleaned(text: string, lines: boolean): string {
  const plain = text
    .replace(sequences, "")
    .replace(/\r\n?/g, "\n")
    .replace(controls, "\ufffd")
    .replace(invisible, "")
    .replace(towers, "$1");
  return lines ? plain.replaceAll("\t", "    ") : plain.replace(/[\n\t]+/g, " ");
}

/** Fields that are read as several lines; every other one is one line, so that none can pass itself off as the next. */
const manyLines = new Set(["message", "detail", "script", "readme", "contents", "lines"]);

/** A document or event with all its texts and names made inert: what views are given. */
export function inert<T>(value: T, field = ""): T {
  if (typeof value === "string") return safeText(value, { lines: manyLines.has(field) }) as T;
  if (Array.isArray(value)) return value.map((one) => inert(one, field)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [safeText(name), inert(one, name)])) as T;
}

/** JSON says everything, but on a terminal, too, it is only text: what JSON leaves as it is is escaped. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
