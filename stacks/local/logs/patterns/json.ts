/** JSON patterns: `{ $.level = "err*" && ($.ms >= 100 || $.user.id NOT EXISTS) }`. Messages that are no JSON never match. */
import { parseConditions, type Test, Words } from "./conditions.ts";
import { broken, Comparisons, type Pattern } from "./values.ts";

/** `[*]` is any element. */
interface Selector {
  text: string;
  select(value: unknown): unknown[];
}

const word =
  /\s*(&&|\|\||!=|<=|>=|[=<>()]|\$(?:\.?\[(?:\d+|\*|"[^"]*"|'[^']*')\]|\.[\w-]+)+|"(?:[^"\\]|\\.)*"|%[^%]+%|[^\s()=<>!&|{}"%]+)\s*/y;

export function jsonPattern(text: string): Pattern {
  if (!text.endsWith("}")) throw broken();
  const selectors: Selector[] = [];
  const comparisons = new Comparisons();
  const test = parseConditions(new Words(wordsOf(text.slice(1, -1))), (words) => {
    const selector = selectorOf(words.take());
    selectors.push(selector);
    return condition(selector, words, comparisons);
  });
  return {
    matches: (message) => {
      const value = read(message);
      return value !== undefined && test(value);
    },
    extract: (message) => {
      const value = read(message);
      return Object.fromEntries(
        selectors.flatMap(({ text: at, select }) => {
          const [found] = select(value);
          return found === undefined ? [] : [[at, typeof found === "string" ? found : JSON.stringify(found)]];
        }),
      );
    },
  };
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  word.lastIndex = 0;
  while (word.lastIndex < text.length) {
    const found = word.exec(text);
    if (!found) throw broken();
    words.push(found[1]!);
  }
  return words;
}

function read(message: string): object | undefined {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function condition({ select }: Selector, words: Words, comparisons: Comparisons): Test<unknown> {
  if (words.takeIf("IS")) {
    const wanted = { NULL: null, TRUE: true, FALSE: false }[words.take().toUpperCase()];
    if (wanted === undefined) throw broken();
    return (value) => select(value).includes(wanted);
  }
  if (words.takeIf("NOT")) {
    if (!words.takeIf("EXISTS")) throw broken();
    return (value) => select(value).length === 0;
  }
  const compare = comparisons.of(words.take(), words.take());
  return (value) => select(value).some((found) => isPlain(found) && compare(found));
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

function selectorOf(text: string): Selector {
  if (!text.startsWith("$")) throw broken();
  const keys = [...text.matchAll(/\.([\w-]+)|\[(?:(\d+|\*)|"([^"]*)"|'([^']*)')\]/g)].map(
    ([, name, index, double, single]) => ({ key: name ?? index ?? double ?? single!, any: index === "*" }),
  );
  const step = (values: unknown[], { key, any }: { key: string; any: boolean }): unknown[] =>
    values.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (any) return Array.isArray(value) ? value : [];
      return Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : [];
    });
  return { text, select: (value) => keys.reduce(step, [value]) };
}
