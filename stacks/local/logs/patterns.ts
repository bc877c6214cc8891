/**
 * Filter patterns: terms (`ERROR -health "two words" ?either ?or`) and JSON (`{ $.level = "error" && $.ms > 100 }`).
 * Space-delimited patterns and regular expressions are refused, not guessed.
 */
import { invalid, notServed } from "./errors.ts";

export type Matches = (message: string) => boolean;

const lengthLimit = 1024;
const depthLimit = 20;

export function parsePattern(pattern: string): Matches {
  const text = pattern.trim();
  if (text.length > lengthLimit) throw invalid(`filterPattern must have at most ${lengthLimit} characters`);
  if (text === "") return () => true;
  if (text.startsWith("{")) return jsonPattern(text);
  if (text.startsWith("[")) throw notServed("A space-delimited filter pattern");
  if (/^[-?]?%/.test(text)) throw notServed("A regular expression in a filter pattern");
  return termPattern(text);
}

function termPattern(text: string): Matches {
  const all: string[] = [];
  const none: string[] = [];
  const any: string[] = [];
  for (const [, sign, quoted, bare] of text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)) {
    const term = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, "$1");
    (sign === "-" ? none : sign === "?" ? any : all).push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    // With required terms, optional ones say nothing, as on AWS.
    (any.length === 0 || all.length > 0 || any.some((term) => message.includes(term)));
}

type Test = (value: unknown) => boolean;

const token =
  /\s*(&&|\|\||!=|<=|>=|[=<>(){}]|\$(?:\.[\w-]+|\[(?:\d+|"[^"]*"|'[^']*')\])+|"(?:[^"\\]|\\.)*"|[^\s()=<>!&|{}"]+)/y;

function jsonPattern(text: string): Matches {
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    tokens.push(match[1]!);
    if (token.lastIndex >= text.length) break;
  }
  if (token.lastIndex < text.trimEnd().length || tokens[0] !== "{" || tokens.at(-1) !== "}") throw broken();
  const parser = { tokens: tokens.slice(1, -1), at: 0 };
  const test = either(parser, 0);
  if (parser.at !== parser.tokens.length) throw broken();
  return (message) => {
    if (!message.trimStart().startsWith("{")) return false;
    try {
      return test(JSON.parse(message));
    } catch {
      return false;
    }
  };
}

function broken(): Error {
  return invalid("Invalid filter pattern");
}

interface Parser {
  tokens: string[];
  at: number;
}

function either(parser: Parser, depth: number): Test {
  const tests = [both(parser, depth)];
  while (parser.tokens[parser.at] === "||") {
    parser.at++;
    tests.push(both(parser, depth));
  }
  return (value) => tests.some((test) => test(value));
}

function both(parser: Parser, depth: number): Test {
  const tests = [single(parser, depth)];
  while (parser.tokens[parser.at] === "&&") {
    parser.at++;
    tests.push(single(parser, depth));
  }
  return (value) => tests.every((test) => test(value));
}

function single(parser: Parser, depth: number): Test {
  if (depth > depthLimit) throw broken();
  const next = parser.tokens[parser.at++];
  if (next === "(") {
    const test = either(parser, depth + 1);
    if (parser.tokens[parser.at++] !== ")") throw broken();
    return test;
  }
  if (!next?.startsWith("$")) throw broken();
  const select = selector(next);
  const operator = parser.tokens[parser.at++] ?? "";
  const operand = parser.tokens[parser.at++];
  if (operand === undefined) throw broken();
  if (operator.toUpperCase() === "IS") {
    const wanted = { NULL: null, TRUE: true, FALSE: false }[operand.toUpperCase()];
    if (wanted === undefined) throw broken();
    return (value) => select(value) === wanted;
  }
  if (operator.toUpperCase() === "NOT" && operand.toUpperCase() === "EXISTS")
    return (value) => select(value) === undefined;
  return comparison(select, operator, operand);
}

function selector(path: string): (value: any) => unknown {
  const keys = [...path.matchAll(/\.([\w-]+)|\[(?:(\d+)|"([^"]*)"|'([^']*)')\]/g)].map(
    ([, name, index, double, single]) => name ?? index ?? double ?? single!,
  );
  return (value) =>
    keys.reduce<any>(
      (at, key) => (at !== null && typeof at === "object" && Object.hasOwn(at, key) ? at[key] : undefined),
      value,
    );
}

function comparison(select: (value: any) => unknown, operator: string, operand: string): Test {
  const text = operand.startsWith('"') ? operand.slice(1, -1).replace(/\\(.)/g, "$1") : operand;
  const number = operand.startsWith('"') || operand.trim() === "" ? Number.NaN : Number(operand);
  if (operator === "=" || operator === "!=") {
    const equals = Number.isNaN(number) ? like(text) : (value: unknown) => value === number;
    return (value) => {
      const found = select(value);
      return found !== undefined && equals(found) === (operator === "=");
    };
  }
  if (Number.isNaN(number)) throw broken();
  const compare: Record<string, (value: number) => boolean> = {
    "<": (value) => value < number,
    "<=": (value) => value <= number,
    ">": (value) => value > number,
    ">=": (value) => value >= number,
  };
  const test = compare[operator];
  if (!test) throw broken();
  return (value) => {
    const found = select(value);
    return typeof found === "number" && test(found);
  };
}

/** `*` stands for anything. */
function like(text: string): (value: unknown) => boolean {
  const pattern = text.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${pattern.join(".*")}$`, "s");
  return (value) => ["string", "number", "boolean"].includes(typeof value) && expression.test(String(value));
}
