/** `a && (b || c)` in patterns: what binds how, and how deep. Knows not what a single condition is. */
import { broken } from "./values.ts";

const depthLimit = 20;

export class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get next(): string | undefined {
    return this.#words[this.#at];
  }

  take(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw broken();
    return word;
  }

  /** True, and past it, when the word is the next. */
  takeIf(word: string): boolean {
    if (this.next?.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }
}

export type Test<T> = (value: T) => boolean;

/** All words are used, or the pattern is broken. */
export function parseConditions<T>(words: Words, single: (words: Words) => Test<T>): Test<T> {
  const test = either(words, single, 0);
  if (words.next !== undefined) throw broken();
  return test;
}

function either<T>(words: Words, single: (words: Words) => Test<T>, depth: number): Test<T> {
  const tests = [both(words, single, depth)];
  while (words.takeIf("||")) tests.push(both(words, single, depth));
  return (value) => tests.some((test) => test(value));
}

function both<T>(words: Words, single: (words: Words) => Test<T>, depth: number): Test<T> {
  const tests = [one(words, single, depth)];
  while (words.takeIf("&&")) tests.push(one(words, single, depth));
  return (value) => tests.every((test) => test(value));
}

function one<T>(words: Words, single: (words: Words) => Test<T>, depth: number): Test<T> {
  if (depth > depthLimit) throw broken();
  if (!words.takeIf("(")) return single(words);
  const test = either(words, single, depth + 1);
  if (words.take() !== ")") throw broken();
  return test;
}
