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

/** One line, unless `lines`: then line breaks and tabs stay. */
export function safeText(text: string, options: { lines?: boolean; max?: number } = {}): string {
  const plain = text
    .replace(sequences, "")
    .replace(/\r\n?/g, "\n")
    .replace(controls, "\ufffd")
    .replace(invisible, "")
    .replace(towers, "$1");
  const shaped = options.lines ? plain.replaceAll("\t", "    ") : plain.replace(/[\n\t]+/g, " ");
  const max = options.max ?? Number.POSITIVE_INFINITY;
  return shaped.length > max ? `${shaped.slice(0, max - 1)}…` : shaped;
}
