/** What a pattern is, and what its values are compared by: a number, a text with `*` for anything, or a regular expression. */
import { invalid } from "../errors.ts";
import { parseRegex } from "./regex.ts";

export interface Pattern {
  matches(message: string): boolean;
  /** What a metric filter could take from a message that matches: `{ "$.ms": "120" }`, `{ "$status": "404" }`. */
  extract(message: string): Record<string, string>;
}

export type Comparison = (found: string | number | boolean) => boolean;

export const broken = (): Error => invalid("Invalid filter pattern");

/** A pattern of these kinds may hold two regular expressions. */
const mostRegexes = 2;

export class Comparisons {
  #regexes = 0;

  /** Throws InvalidParameterException for an operator or an operand that cannot be. */
  of(operator: string, operand: string): Comparison {
    const number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(operand) ? Number(operand) : Number.NaN;
    if (operator === "=" || operator === "!=") {
      const equals = this.#equals(operand, number);
      return operator === "=" ? equals : (found) => !equals(found);
    }
    if (Number.isNaN(number)) throw broken();
    const test = orders[operator];
    if (!test) throw broken();
    return (found) => {
      const value = numberOf(found);
      return value !== undefined && test(value, number);
    };
  }

  #equals(operand: string, number: number): Comparison {
    if (operand.startsWith("%")) {
      this.#regexes++;
      if (this.#regexes > mostRegexes || !/^%.+%$/.test(operand)) throw broken();
      const test = parseRegex(operand.slice(1, -1));
      return (found) => test(String(found));
    }
    if (!Number.isNaN(number)) return (found) => numberOf(found) === number;
    const like = glob(operand.startsWith('"') ? operand.slice(1, -1).replace(/\\(.)/g, "$1") : operand);
    return (found) => like(String(found));
  }
}

const orders: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

/** A number, or a text that is nothing but one. */
function numberOf(found: string | number | boolean): number | undefined {
  if (typeof found === "number") return found;
  return typeof found === "string" && found.trim() !== "" && Number.isFinite(Number(found)) ? Number(found) : undefined;
}

/** `*` stands for anything. Each part is looked for once, from the left. */
function glob(text: string): (value: string) => boolean {
  const [first = "", ...rest] = text.split("*");
  const last = rest.pop();
  if (last === undefined) return (value) => value === text;
  return (value) => {
    if (!value.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const next = value.indexOf(part, at);
      if (next === -1) return false;
      at = next + part.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}
