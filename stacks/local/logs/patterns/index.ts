/**
 * Filter patterns, all three kinds: terms (`ERROR -health ?either ?or "two words" %re.*x%`), JSON (`{ $.ms > 100 }`) and
 * space-delimited (`[ip, ..., status=4*]`). A pattern may come from anybody and messages are long: everything here takes
 * time in proportion to the message, whatever the pattern.
 */
import { invalid } from "../errors.ts";
import { fieldPattern } from "./fields.ts";
import { jsonPattern } from "./json.ts";
import { termPattern } from "./terms.ts";
import type { Pattern } from "./values.ts";

const lengthLimit = 1024;

/** Throws InvalidParameterException for what is no pattern. */
export function parsePattern(pattern: string): Pattern {
  const text = pattern.trim();
  if (text.length > lengthLimit) throw invalid(`filterPattern must have at most ${lengthLimit} characters`);
  if (text.startsWith("{")) return jsonPattern(text);
  if (text.startsWith("[")) return fieldPattern(text);
  return { matches: termPattern(text), extract: () => ({}) };
}
