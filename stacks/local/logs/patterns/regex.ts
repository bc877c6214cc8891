/**
 * The regular expressions of filter patterns: no groups, so they are alternatives of sequences. They are run by
 * following every possibility at once, a letter at a time: none can be made to backtrack.
 */
import { invalid } from "../errors.ts";

type LetterTest = (code: number) => boolean;

type Step =
  | { kind: "start" | "end" }
  /** `many`: may be passed over, and repeated. */
  | { kind: "one" | "optional" | "many"; test: LetterTest };

/** What AWS allows between two `%`: letters, digits, a few symbols, operators; no groups, nothing outside ASCII. */
const allowed = /^[A-Za-z0-9 _#=@/;,:^$?[\]{}|\\*+.-]+$/;
const mostSteps = 256;

/** Whether the expression is found anywhere in a text. */
export function parseRegex(source: string): (text: string) => boolean {
  if (!allowed.test(source)) throw broken();
  const alternatives = split(source).map(parseSequence);
  return (text) => alternatives.some((steps) => found(steps, text));
}

const broken = (): Error => invalid("Invalid filter pattern: the regular expression is not supported");

/** At `|`, unless it is escaped or in brackets. */
function split(source: string): string[] {
  const parts = [""];
  for (const [atom] of source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[\s\S]/g))
    if (atom === "|") parts.push("");
    else parts[parts.length - 1] += atom;
  return parts;
}

const atom = /(\\.|\[\^?(?:\\.|[^\]\\])+\]|[^\\[\]{}*+?|])(\*|\+|\?|\{(\d{1,4})(,(\d{0,4}))?\})?/y;

function parseSequence(source: string): Step[] {
  const steps: Step[] = [];
  atom.lastIndex = 0;
  while (atom.lastIndex < source.length) {
    const [, letter, quantifier, low, range, high] = atom.exec(source) ?? [];
    if (letter === undefined) throw broken();
    if (letter === "^" || letter === "$") {
      if (quantifier !== undefined) throw broken();
      steps.push({ kind: letter === "^" ? "start" : "end" });
      continue;
    }
    const least = low === undefined ? (quantifier === "*" || quantifier === "?" ? 0 : 1) : Number(low);
    const most = mostOf(quantifier, least, range, high);
    const added = most === Number.POSITIVE_INFINITY ? least + 1 : most;
    if (most < least || steps.length + added > mostSteps) throw broken();
    const test = letterTest(letter);
    for (let count = 0; count < least; count++) steps.push({ kind: "one", test });
    if (most === Number.POSITIVE_INFINITY) steps.push({ kind: "many", test });
    else for (let count = least; count < most; count++) steps.push({ kind: "optional", test });
  }
  return steps;
}

function mostOf(quantifier: string | undefined, least: number, range?: string, high?: string): number {
  if (quantifier === undefined) return 1;
  if (quantifier === "?") return 1;
  if (quantifier === "*" || quantifier === "+") return Number.POSITIVE_INFINITY;
  if (range === undefined) return least;
  return high === "" ? Number.POSITIVE_INFINITY : Number(high);
}

/** One atom is JavaScript's too, and a test of one letter cannot backtrack. */
function letterTest(letter: string): LetterTest {
  let expression: RegExp;
  try {
    expression = new RegExp(`^${letter}$`, "s");
  } catch {
    throw broken();
  }
  const ascii = Array.from({ length: 128 }, (_, code) => expression.test(String.fromCharCode(code)));
  return (code) => ascii[code] ?? expression.test(String.fromCharCode(code));
}

/** `active` holds the steps that may come next; a new match may begin at every letter. */
function found(steps: readonly Step[], text: string): boolean {
  let active: number[] = [];
  // The place where a step was last reached: no step is followed twice for one letter.
  const seen = new Int32Array(steps.length).fill(-1);
  for (let at = 0; at <= text.length; at++) {
    const reached: number[] = [];
    const enter = (from: number): boolean => reaches(steps, from, at, text.length, seen, reached);
    if (active.some(enter) || enter(0)) return true;
    if (at === text.length) return false;
    const code = text.charCodeAt(at);
    active = [];
    for (const index of reached) {
      const step = steps[index] as Step & { test: LetterTest };
      if (step.test(code)) active.push(step.kind === "many" ? index : index + 1);
    }
  }
  return false;
}

/** Adds a step and all that may stand in for it without a letter; true when the end is among them. */
function reaches(
  steps: readonly Step[],
  from: number,
  at: number,
  length: number,
  seen: Int32Array,
  reached: number[],
): boolean {
  for (let index = from; index < steps.length; index++) {
    const step = steps[index]!;
    if (step.kind === "start" || step.kind === "end") {
      if (at !== (step.kind === "start" ? 0 : length)) return false;
      continue;
    }
    if (seen[index] === at) return false;
    seen[index] = at;
    reached.push(index);
    if (step.kind === "one") return false;
  }
  return true;
}
