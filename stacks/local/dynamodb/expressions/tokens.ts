/** Cuts an expression into tokens. Knows no grammar; what it does not know becomes a token of kind `unknown`. */

export interface Token {
  kind: "word" | "name" | "value" | "number" | "sign" | "unknown" | "end";
  text: string;
  /** Where it begins and ends in the expression, in UTF-16 units. */
  from: number;
  to: number;
}

const token = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\],.+-])|(\S))/y;
const kinds = ["word", "name", "value", "number", "sign", "unknown"] as const;

export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(expression);
    if (!match) break;
    at = token.lastIndex;
    const group = match.findIndex((text, index) => index > 0 && text !== undefined);
    const text = match[group]!;
    tokens.push({ kind: kinds[group - 1]!, text, from: at - text.length, to: at });
  }
  tokens.push({ kind: "end", text: "<EOF>", from: expression.length, to: expression.length });
  return tokens;
}
