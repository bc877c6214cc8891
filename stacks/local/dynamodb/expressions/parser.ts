/**
 * What the parsers of all expressions share: the cursor over tokens, limits, names and values with the record of which
 * were used, paths, and problems in the order of AWS's judgement rather than of the text. Knows no single grammar.
 */
import { validation } from "../errors.ts";
import { type AttributeValue, checkValue, type Item } from "../value.ts";
import { isReserved } from "./reserved.ts";
import { type Token, tokenize } from "./tokens.ts";
import { type Path, pathText } from "./tree.ts";

const maxBytes = 4096;
const maxOperators = 300;

/** ExpressionAttributeNames and -Values of one request, and what of them no expression has used yet. */
export class Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
  readonly unusedNames: Set<string>;
  readonly unusedValues: Set<string>;

  constructor(names: Record<string, string> | undefined, values: Item | undefined) {
    if (names && Object.keys(names).length === 0) throw validation("ExpressionAttributeNames must not be empty");
    for (const key in names) checkBindingKey("ExpressionAttributeNames", key, /^#[0-9a-zA-Z_]+$/);
    if (values && Object.keys(values).length === 0) throw validation("ExpressionAttributeValues must not be empty");
    for (const key in values) checkBindingKey("ExpressionAttributeValues", key, /^:[0-9a-zA-Z_]+$/);
    for (const key in values) checkBoundValue(key, values[key]!);
    this.names = names ?? {};
    this.values = values ?? {};
    this.unusedNames = new Set(Object.keys(this.names));
    this.unusedValues = new Set(Object.keys(this.values));
  }

  /** After all expressions of the request were parsed. */
  checkUsed(): void {
    for (const [unused, parameter] of [
      [this.unusedNames, "ExpressionAttributeNames"],
      [this.unusedValues, "ExpressionAttributeValues"],
    ] as const)
      if (unused.size > 0)
        throw validation(`Value provided in ${parameter} unused in expressions: keys: {${[...unused].join(", ")}}`);
  }
}

function checkBindingKey(parameter: string, key: string, pattern: RegExp): void {
  if (!pattern.test(key) || key.length > 255)
    throw validation(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
}

function checkBoundValue(key: string, value: AttributeValue): void {
  try {
    checkValue(value);
  } catch (error) {
    throw validation(
      `ExpressionAttributeValues contains invalid value: ${error instanceof Error ? error.message : ""} for key ${key}`,
    );
  }
}

/** Thrown by parsers; the expression's own name is put before it. */
export class ExpressionError extends Error {}

export type ProblemKind =
  | "parens"
  | "unknownFunction"
  | "misusedFunction"
  | "reserved"
  | "section"
  | "names"
  | "values"
  | "overlap"
  | "conflict"
  | "operands"
  | "distinct"
  | "operandType";

export class Cursor {
  readonly text: string;
  readonly bindings: Bindings;
  private readonly tokens: Token[];
  private at = 0;
  private operators = 0;
  private readonly problems = new Map<ProblemKind, string>();
  private readonly order: readonly ProblemKind[];

  constructor(text: string, bindings: Bindings, order: readonly ProblemKind[]) {
    if (text === "") throw new ExpressionError("The expression can not be empty;");
    const size = Buffer.byteLength(text);
    if (size > maxBytes)
      throw new ExpressionError(`Expression size has exceeded the maximum allowed size; expression size: ${size}`);
    this.text = text;
    this.bindings = bindings;
    this.order = order;
    this.tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.at++;
    return token;
  }

  takeSign(sign: string): boolean {
    const token = this.peek();
    if (token.kind !== "sign" || token.text !== sign) return false;
    this.at++;
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.syntaxError();
  }

  isKeyword(word: string): boolean {
    const token = this.peek();
    return token.kind === "word" && token.text.length === word.length && token.text.toUpperCase() === word;
  }

  takeKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false;
    this.at++;
    return true;
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") throw this.syntaxError();
  }

  countOperator(): void {
    if (++this.operators > maxOperators)
      throw new ExpressionError("The expression contains too many operators; the maximum is 300");
  }

  /** At the token that cannot stand here, with its neighbours, as AWS shows it. */
  syntaxError(): ExpressionError {
    const token = this.peek();
    const from = this.at > 0 ? this.tokens[this.at - 1]!.from : token.from;
    const to = this.peek(1).to;
    return new ExpressionError(`Syntax error; token: "${token.text}", near: "${this.text.slice(from, to)}"`);
  }

  /** The first of each kind counts. */
  note(kind: ProblemKind, message: string): void {
    if (!this.problems.has(kind)) this.problems.set(kind, message);
  }

  throwProblems(): void {
    for (const kind of this.order) {
      const message = this.problems.get(kind);
      if (message !== undefined) throw new ExpressionError(message);
    }
  }

  value(): AttributeValue {
    const { text } = this.next();
    const value = Object.hasOwn(this.bindings.values, text) ? this.bindings.values[text] : undefined;
    if (value) this.bindings.unusedValues.delete(text);
    else
      this.note("values", `An expression attribute value used in expression is not defined; attribute value: ${text}`);
    return value ?? { NULL: true };
  }

  path(): Path {
    const path: Path = [this.pathName()];
    for (;;) {
      if (this.takeSign(".")) path.push(this.pathName());
      else if (this.takeSign("[")) {
        const token = this.peek();
        if (token.kind !== "number") throw this.syntaxError();
        path.push(Number(this.next().text));
        this.expectSign("]");
      } else break;
    }
    if (path.length > 33)
      throw new ExpressionError(`The document path has too many nesting elements; nesting levels: ${path.length}`);
    return path;
  }

  private pathName(): string {
    const token = this.peek();
    if (token.kind === "word") {
      if (isReserved(token.text))
        this.note("reserved", `Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
      return this.next().text;
    }
    if (token.kind !== "name") throw this.syntaxError();
    const { text } = this.next();
    if (!Object.hasOwn(this.bindings.names, text)) {
      this.note(
        "names",
        `An expression attribute name used in the document path is not defined; attribute name: ${text}`,
      );
      return text;
    }
    this.bindings.unusedNames.delete(text);
    return this.bindings.names[text]!;
  }

  /** Notes when `path` says twice, or in two ways, what one of `paths` says; adds it. */
  distinctPath(paths: Path[], path: Path): void {
    for (const other of paths) this.checkPaths(other, path);
    paths.push(path);
  }

  private checkPaths(one: Path, two: Path): void {
    const both = `must remove or rewrite one of these paths; path one: ${pathText(one)}, path two: ${pathText(two)}`;
    for (let i = 0; i < one.length && i < two.length; i++) {
      if (typeof one[i] !== typeof two[i]) {
        this.note("conflict", `Two document paths conflict with each other; ${both}`);
        return;
      }
      if (one[i] !== two[i]) return;
    }
    this.note("overlap", `Two document paths overlap with each other; ${both}`);
  }
}

/** Runs a parser; its error gets the expression's parameter name. */
export function parsing<T>(parameter: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ExpressionError) throw validation(`Invalid ${parameter}: ${error.message}`);
    throw error;
  }
}
