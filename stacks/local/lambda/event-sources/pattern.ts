/**
 * Event patterns of FilterCriteria: JSON whose leaves are lists of what a record may have there. Compiled when a mapping
 * is made; what Lambda does not know there is no pattern. Knows no record.
 */

type Test = (value: unknown) => boolean;

/** Throws PatternError. */
export function compilePattern(text: string): Test {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new PatternError("not JSON");
  }
  return objectTest(pattern, 0);
}

export class PatternError extends Error {}

const deepest = 32;

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Every name of it must fit; `$or`: one of its alternatives. */
function objectTest(pattern: unknown, depth: number): Test {
  if (!isObject(pattern) || depth > deepest) throw new PatternError("an object is expected");
  const tests = Object.entries(pattern).map(([name, inner]): Test => {
    if (name === "$or") return anyOf(alternatives(inner, depth));
    const test = Array.isArray(inner) ? leafTest(inner) : objectTest(inner, depth + 1);
    return (value) => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
  const whole: Test = (value) => tests.every((test) => test(value));
  // Of a list, one element as a whole.
  return (value) => (Array.isArray(value) ? value.some(whole) : whole(value));
}

function alternatives(inner: unknown, depth: number): Test[] {
  if (!Array.isArray(inner) || inner.length < 2) throw new PatternError("$or takes a list of alternatives");
  return inner.map((one) => objectTest(one, depth + 1));
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));

/** A list's elements are tried one by one, but what asks whether something is there sees the whole. */
function leafTest(accepted: readonly unknown[]): Test {
  if (accepted.length === 0) throw new PatternError("an empty list fits nothing");
  return anyOf(accepted.map((one) => (isObject(one) ? operatorTest(one) : each(literalTest(one)))));
}

const each =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) ? value.some(test) : test(value);

function literalTest(literal: unknown): Test {
  if (Array.isArray(literal)) throw new PatternError("a list within a list");
  return (value) => value === literal;
}

function operatorTest(given: Record<string, unknown>): Test {
  const [[name, operand] = ["", undefined], ...more] = Object.entries(given);
  const make = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!make || more.length > 0) throw new PatternError(`unknown: ${name}`);
  return make(operand);
}

const operators: Readonly<Record<string, (operand: unknown) => Test>> = {
  exists: (operand) => {
    if (typeof operand !== "boolean") throw new PatternError("exists takes true or false");
    // Only leaves are there: an object is a way to them.
    return (value) => (value !== undefined && !isObject(value)) === operand;
  },
  prefix: (operand) => textTest(operand, (value, text) => value.startsWith(text)),
  suffix: (operand) => textTest(operand, (value, text) => value.endsWith(text)),
  "equals-ignore-case": (operand) => textTest(operand, (value, text) => value.toLowerCase() === text.toLowerCase()),
  numeric: (operand) => numericTest(operand),
  "anything-but": (operand) => {
    const excluded = isObject(operand) ? operatorButTest(operand) : anyOf(literals(operand).map(literalTest));
    return each((value) => value !== undefined && !isObject(value) && !excluded(value));
  },
};

function textTest(operand: unknown, fits: (value: string, text: string) => boolean): Test {
  if (typeof operand !== "string") throw new PatternError("a text is expected");
  return each((value) => typeof value === "string" && fits(value, operand));
}

function literals(operand: unknown): unknown[] {
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0 || !list.every((one) => typeof one === "string" || typeof one === "number"))
    throw new PatternError("anything-but takes texts or numbers");
  return list;
}

function operatorButTest(operand: Record<string, unknown>): Test {
  const [name = ""] = Object.keys(operand);
  if (!["prefix", "suffix", "equals-ignore-case"].includes(name)) throw new PatternError(`unknown: ${name}`);
  return operatorTest(operand);
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** `["=", 5]`, or a range: `[">", 0, "<=", 5]`. */
function numericTest(operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4))
    throw new PatternError("numeric takes one comparison or two");
  const tests = Array.from({ length: operand.length / 2 }, (_, at): ((value: number) => boolean) => {
    const [sign, bound] = [operand[at * 2], operand[at * 2 + 1]];
    const compare = typeof sign === "string" && Object.hasOwn(comparisons, sign) ? comparisons[sign] : undefined;
    if (!compare || typeof bound !== "number") throw new PatternError("numeric takes a sign and a number");
    return (value) => compare(value, bound);
  });
  return each((value) => typeof value === "number" && tests.every((test) => test(value)));
}
