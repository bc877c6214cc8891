/**
 * What a filter selects, said of one item here: as DynamoDB says it of the same condition, missing attributes and values of
 * other kinds included (a property test compares the two). Of files it is the only one.
 */
import { compareDecimals } from "./decimal.ts";
import { compareText, type Filter, type Operator, type Path, type Test } from "./filter.ts";
import { type Item, sameValue, type Value } from "./values.ts";

export function matches(filter: Filter, item: Item): boolean {
  if ("and" in filter) return filter.and.every((one) => matches(one, item));
  if ("or" in filter) return filter.or.some((one) => matches(one, item));
  if ("not" in filter) return !matches(filter.not, item);
  return holds(filter.test, item);
}

/** Undefined where the item has nothing there. */
export function valueAt(item: Item, path: Path): Value | undefined {
  let found: Value | undefined = { M: item };
  for (const step of path) {
    if (typeof step === "number") found = found?.L?.[step];
    else found = found?.M && Object.hasOwn(found.M, step) ? found.M[step] : undefined;
  }
  return found;
}

type Question = (found: Value, wanted: readonly Value[]) => boolean;

const questions: Record<Exclude<Operator, "!=">, Question> = {
  "=": (found, [wanted]) => sameValue(found, wanted!),
  "<": (found, [wanted]) => order(found, wanted!) < 0,
  "<=": (found, [wanted]) => order(found, wanted!) <= 0,
  ">": (found, [wanted]) => order(found, wanted!) > 0,
  ">=": (found, [wanted]) => order(found, wanted!) >= 0,
  between: (found, [low, high]) => order(found, low!) >= 0 && order(found, high!) <= 0,
  in: (found, wanted) => wanted.some((one) => sameValue(found, one)),
  begins_with: (found, [wanted]) => beginsWith(found, wanted!),
  contains: (found, [wanted]) => contains(found, wanted!),
  exists: () => true,
};

function holds({ path, op, values }: Test, item: Item): boolean {
  const found = valueAt(item, path);
  const wanted = values.map(({ value }) => value);
  // What is not there is unlike everything.
  if (op === "!=") return !found || !sameValue(found, wanted[0]!);
  return found !== undefined && questions[op](found, wanted);
}

/** As of a sort; NaN of two that have no order, and NaN is neither more nor less. */
export function order(left: Value, right: Value): number {
  if (left.N !== undefined && right.N !== undefined) return compareDecimals(left.N, right.N);
  if (left.S !== undefined && right.S !== undefined) return compareText(left.S, right.S);
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(left.B, right.B);
  return Number.NaN;
}

function beginsWith(found: Value, wanted: Value): boolean {
  if (found.S !== undefined && wanted.S !== undefined) return found.S.startsWith(wanted.S);
  if (found.B === undefined || wanted.B === undefined) return false;
  return Buffer.compare(found.B.subarray(0, wanted.B.length), wanted.B) === 0;
}

function contains(found: Value, wanted: Value): boolean {
  if (found.S !== undefined) return wanted.S !== undefined && found.S.includes(wanted.S);
  if (found.B !== undefined) return wanted.B !== undefined && Buffer.from(found.B).includes(Buffer.from(wanted.B));
  const members: Value[] | undefined =
    found.L ??
    found.SS?.map((S): Value => ({ S })) ??
    found.NS?.map((N): Value => ({ N })) ??
    found.BS?.map((B): Value => ({ B }));
  return members?.some((one) => sameValue(one, wanted)) ?? false;
}
