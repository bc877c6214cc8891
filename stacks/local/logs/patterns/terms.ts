/** Patterns of terms: all of the plain ones, none of those with `-`, and one of those with `?` when there are no others. */
import { invalid } from "../errors.ts";
import { parseRegex } from "./regex.ts";

type Test = (message: string) => boolean;

const token = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"%]+))/y;

export function termPattern(text: string): Test {
  const signed: Record<string, Test[]> = { "": [], "-": [], "?": [] };
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, sign = "", quoted, expression, bare] = token.exec(text) ?? [];
    if (quoted === undefined && expression === undefined && bare === undefined) throw invalid("Invalid filter pattern");
    signed[sign]!.push(expression === undefined ? containing(quoted, bare) : parseRegex(expression));
  }
  const { "": all = [], "-": none = [], "?": any = [] } = signed;
  return (message) =>
    all.every((test) => test(message)) &&
    !none.some((test) => test(message)) &&
    // With required terms, optional ones say nothing, as on AWS.
    (any.length === 0 || all.length > 0 || any.some((test) => test(message)));
}

function containing(quoted: string | undefined, bare: string | undefined): Test {
  if (bare !== undefined && !/^[\p{L}\p{N}_]+$/u.test(bare)) throw invalid(`Invalid character(s) in term '${bare}'`);
  const term = bare ?? quoted!.replace(/\\(.)/g, "$1");
  return (message) => message.includes(term);
}
