/**
 * Space-delimited patterns: `[ip, user, ..., status=4* || status=5*, bytes > 1000]`. A message is fields between spaces;
 * what stands in quotes or brackets is one. `...` stands for any number of fields.
 */
import { parseConditions, type Test, Words } from "./conditions.ts";
import { broken, Comparisons, type Pattern } from "./values.ts";

interface Field {
  name: string;
  test: Test<string>;
}

const word = /\s*(,|&&|\|\||!=|<=|>=|[=<>()]|\.\.\.|"(?:[^"\\]|\\.)*"|%[^%]+%|[^\s,()=<>!&|"%]+)\s*/y;

export function fieldPattern(text: string): Pattern {
  if (!text.endsWith("]")) throw broken();
  const comparisons = new Comparisons();
  const fields = partsOf(text.slice(1, -1)).map((words) => fieldOf(words, comparisons));
  const gap = fields.indexOf(undefined);
  if (gap !== fields.lastIndexOf(undefined)) throw broken();
  /** Each field of the pattern with its text; undefined when there are more or fewer than it says. */
  const aligned = (message: string): (string | undefined)[] | undefined => {
    const found = split(message);
    if (gap === -1) return found.length === fields.length ? found : undefined;
    const after = fields.length - gap - 1;
    if (found.length < gap + after) return undefined;
    return [...found.slice(0, gap), undefined, ...found.slice(found.length - after)];
  };
  return {
    matches: (message) =>
      aligned(message)?.every((value, at) => value === undefined || fields[at]!.test(value)) === true,
    extract: (message) => {
      const named = aligned(message)?.flatMap((value, at) =>
        value === undefined ? [] : [[`$${fields[at]!.name || at + 1}`, value]],
      );
      return Object.fromEntries(named ?? []);
    },
  };
}

function partsOf(text: string): string[][] {
  const parts: string[][] = [[]];
  word.lastIndex = 0;
  while (word.lastIndex < text.length) {
    const found = word.exec(text);
    if (!found) throw broken();
    if (found[1] === ",") parts.push([]);
    else parts.at(-1)!.push(found[1]!);
  }
  return parts;
}

/** Undefined for `...`. Every condition of a field calls it by the same name. */
function fieldOf(words: string[], comparisons: Comparisons): Field | undefined {
  if (words.length === 1 && words[0] === "...") return undefined;
  if (words.length === 0) return { name: "", test: () => true };
  const name = words.find((one) => one !== "(")!;
  if (!/^[\w-]+$/.test(name)) throw broken();
  if (words.length === 1) return { name, test: () => true };
  const test = parseConditions(new Words(words), (rest): Test<string> => {
    if (rest.take() !== name) throw broken();
    return comparisons.of(rest.take(), rest.take());
  });
  return { name, test };
}

function split(message: string): string[] {
  return [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ([, quoted, bracketed, plain]) => quoted ?? bracketed ?? plain!,
  );
}
