/**
 * The quick yes to an index that is written as formatIndex writes it: one expression, made of the same rules as every
 * other check, reads an entry's line as a whole, which is twice as quick as field by field. What it does not know (paths,
 * letters beyond ASCII) is parsed and checked by itself. It never says why not: that is the schema's.
 */
import { fields, fits, isEntry, type NumberRule, name, type Rule } from "./rules.ts";

type Field = keyof typeof fields;

/** What stands before the first entry. */
export const headOf = (called: string, serial: number): string =>
  JSON.stringify({ format: 1, name: called, serial, entries: [] }).slice(0, -"]}".length);
const end = "\n]}\n";

/** From one on; what has more digits than are safe is left to the other check. */
const whole = "[1-9]\\d{0,14}";
const numbers = ({ min, max }: NumberRule): string =>
  max < 10 ? `[${min}-${max}]` : min > 0 ? whole : `(?:0|${whole})`;

/** As JSON has it. */
function source(rule: Rule): string {
  if (rule.kind === "number") return numbers(rule);
  if (rule.kind === "list") return `\\[${source(rule.of)}(?:,${source(rule.of)}){0,${rule.max - 1}}\\]`;
  const { min, max, pattern } = rule;
  if (!pattern) return `"[ !#-\\[\\]-~]{${min},${max}}"`;
  // Of one length only: the pattern says it.
  const length = min === max ? "" : `(?=[^"]{${min},${max}}")`;
  return `"${length}${pattern.source.replace(/^\^|\$$/g, "")}"`;
}

const written = (field: Field): string => `"${field}":${source(fields[field].rule)}`;
/** Of all but a path, which looks ahead beyond its own end. */
const parts = (Object.keys(fields) as Field[])
  .filter((field) => field !== "path")
  .map((field) => {
    if (field === "id") return written("id");
    // The two come together.
    if (field === "repositoryId") return `(?:,${written("repositoryId")},${written("commit")})?`;
    if (field === "commit") return "";
    return "optional" in fields[field] ? `(?:,${written(field)})?` : `,${written(field)}`;
  });

const entryLine = new RegExp(`\\{${parts.join("")}\\}(?:,\\n|\\n\\]\\}\\n$)`, "y");

/** `index` is what the text says, parsed. True only when it is an index and each of its entries is one. */
export function isWrittenByUs(text: string, index: unknown): boolean {
  const { name: called, serial } = (index ?? {}) as { name?: unknown; serial?: unknown };
  if (!fits(name, called) || !Number.isSafeInteger(serial) || (serial as number) < 1) return false;
  const head = `${headOf(called as string, serial as number)}\n`;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  while (at < text.length) {
    entryLine.lastIndex = at;
    if (entryLine.test(text)) at = entryLine.lastIndex;
    else {
      const next = lineOfItsOwn(text, at);
      if (next === undefined) return false;
      at = next;
    }
  }
  return true;
}

/** Where the next one begins, when what stands at `at` is one whole entry and nothing else. */
function lineOfItsOwn(text: string, at: number): number | undefined {
  const last = text.indexOf("\n", at) === text.length - end.length;
  const to = last ? text.length - end.length : text.indexOf(",\n", at);
  if (to === -1 || (last && !text.endsWith(end))) return undefined;
  try {
    return isEntry(JSON.parse(text.slice(at, to))) ? to + (last ? end : ",\n").length : undefined;
  } catch {
    return undefined;
  }
}
