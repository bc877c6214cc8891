/**
 * How much a YAML text says, counted before it is parsed: parsing takes time with the square of its keys, and stack with
 * its depth. Knows nothing of what the text means.
 */
import { Lexer } from "yaml";

const maxParts = 10_000;
/** A manifest of ours goes eight deep. */
const maxDepth = 32;

/** Why a text is not worth parsing, and the offset where that shows. */
export function tooMuch(text: string): { offset: number; message: string } | undefined {
  let offset = 0;
  let parts = 0;
  let open = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    const start = text.indexOf(token, offset);
    if (start >= 0) offset = start + token.length;
    if (++parts > maxParts) return { offset, message: "says more than a manifest can mean" };
    if (token === "[" || token === "{") open++;
    else if (token === "]" || token === "}") open--;
    else if (token === "-" || token === "?") inLine++;
    else if (token.includes("\n")) inLine = 0;
    if (open + inLine > maxDepth) return { offset, message: "is nested too deeply" };
  }
  return undefined;
}
