/**
 * Checks of requests by table, with AWS's texts: every problem of a request is found, in the table's order, before
 * anything is done. Knows no operation.
 */
import { validation } from "./errors.ts";

export type Rule =
  | { at: string; required: true }
  | { at: string; pattern: string }
  | { at: string; maxLength: number; minLength?: number }
  | { at: string; min?: number; max?: number }
  | { at: string; oneOf: readonly string[] };

/** `at` is the wire's name (`MemorySize`); AWS says it with a small first letter. */
export function check(input: Record<string, unknown>, rules: readonly Rule[]): void {
  const problems: string[] = [];
  for (const rule of rules) {
    const value = input[rule.at];
    const problem = problemOf(rule, value);
    if (problem === null) continue;
    const name = rule.at[0]!.toLowerCase() + rule.at.slice(1);
    const shown = value === undefined || value === null ? "null" : `'${String(value)}'`;
    problems.push(`Value ${shown} at '${name}' failed to satisfy constraint: ${problem}`);
  }
  if (problems.length > 0) throw validation(problems);
}

function problemOf(rule: Rule, value: unknown): string | null {
  if ("required" in rule) return value === undefined || value === null ? "Member must not be null" : null;
  if (value === undefined || value === null) return null;
  if ("pattern" in rule) {
    const fits = typeof value === "string" && new RegExp(`^(?:${rule.pattern})$`).test(value);
    return fits ? null : `Member must satisfy regular expression pattern: ${rule.pattern}`;
  }
  if ("oneOf" in rule)
    return rule.oneOf.includes(String(value)) ? null : `Member must satisfy enum value set: [${rule.oneOf.join(", ")}]`;
  if ("maxLength" in rule) {
    const { length } = String(value);
    if (length < (rule.minLength ?? 0)) return `Member must have length greater than or equal to ${rule.minLength}`;
    return length > rule.maxLength ? `Member must have length less than or equal to ${rule.maxLength}` : null;
  }
  const number = typeof value === "number" && Number.isInteger(value) ? value : Number.NaN;
  if (!(number >= (rule.min ?? Number.NEGATIVE_INFINITY)))
    return `Member must have value greater than or equal to ${rule.min}`;
  return number <= (rule.max ?? Number.POSITIVE_INFINITY)
    ? null
    : `Member must have value less than or equal to ${rule.max}`;
}
