/**
 * What each field of an entry in `catalog.json` may be, as data: the schema is made of it, and so is the quick check
 * that spares the schema on ten thousand entries.
 */
import { canBeSeen } from "../../blueprints/seen.ts";

/**
 * The largest index that is read. Ten thousand entries take 3.3 MB, so this is five times what search and screens are
 * measured with. A larger catalog is several catalogs.
 */
export const limits = { bytes: 16 * 1024 ** 2, entries: 50_000 };

export interface TextRule {
  kind: "text";
  min: number;
  max: number;
  pattern?: RegExp;
  /** Read by people: no characters that cannot be seen. */
  shown?: true;
  says: string;
}

export interface NumberRule {
  kind: "number";
  min: number;
  max: number;
}

export interface ListRule {
  kind: "list";
  max: number;
  of: TextRule;
}

export type Rule = TextRule | NumberRule | ListRule;

const shown = (min: number, max: number): TextRule => ({
  kind: "text",
  min,
  max,
  shown: true,
  says: `has ${min} to ${max} characters, all of which can be seen`,
});
const shaped = (max: number, pattern: RegExp, says: string, min = 1): TextRule => ({
  kind: "text",
  min,
  max,
  pattern,
  says,
});

/** Written out: a count is walked through step by step, and takes three times as long. */
const hex = (digits: number): string => "[0-9a-f]".repeat(digits);
const fixed = (before: string, digits: number, says: string): TextRule =>
  shaped(before.length + digits, new RegExp(`^${before}${hex(digits)}$`), says, before.length + digits);

/** Of catalogs and of blueprints: what stands before and after the slash of CATALOG/NAME. */
export const name = shaped(
  32,
  /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/,
  "has 2 to 32 of a-z, 0-9 and single hyphens, and begins with a letter",
  2,
);

/** In the order in which an entry is written. */
export const fields = {
  id: { rule: name },
  version: {
    rule: shaped(64, /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, "is a semantic version, as 1.0.0"),
  },
  title: { rule: shown(1, 60) },
  tagline: { rule: shown(0, 120), optional: true },
  tags: { rule: { kind: "list", max: 12, of: shown(1, 32) }, optional: true },
  license: { rule: shown(0, 80), optional: true },
  repositoryId: { rule: { kind: "number", min: 1, max: Number.MAX_SAFE_INTEGER }, optional: true },
  commit: { rule: fixed("", 40, "has 40 hex digits"), optional: true },
  path: {
    rule: shaped(
      255,
      /^(?!\/)(?!.*\/$)(?!.*(^|\/)\.{0,2}\/)(?!.*(^|\/)\.{1,2}$)[^\\\p{C}]*$/u,
      "is a folder in the repository, with `/`",
      0,
    ),
    optional: true,
  },
  digest: { rule: fixed("sha256:", 64, "is sha256: and 64 hex digits") },
  reach: {
    rule: {
      kind: "list",
      max: 52,
      of: shaped(
        253,
        /^(?:public|secret|(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})$/,
        "is public, secret or a host",
      ),
    },
    optional: true,
  },
  level: { rule: { kind: "number", min: 0, max: 8 }, optional: true },
  runtimes: {
    rule: { kind: "list", max: 16, of: shaped(32, /^[a-z][a-z0-9.]*$/, "is a runtime, as nodejs24.x") },
    optional: true,
  },
  size: { rule: { kind: "number", min: 0, max: Number.MAX_SAFE_INTEGER } },
} as const satisfies Record<string, { rule: Rule; optional?: true }>;

export function fits(rule: Rule, value: unknown): boolean {
  if (rule.kind === "number")
    return typeof value === "number" && Number.isSafeInteger(value) && value >= rule.min && value <= rule.max;
  if (rule.kind === "list") {
    if (!Array.isArray(value) || value.length > rule.max) return false;
    for (const one of value) if (!fits(rule.of, one)) return false;
    return true;
  }
  if (typeof value !== "string" || value.length < rule.min || value.length > rule.max) return false;
  if (rule.pattern) return rule.pattern.test(value);
  return canBeSeen(value);
}

const rules = new Map<string, Rule>(Object.entries(fields).map(([field, { rule }]) => [field, rule]));
const needed = Object.entries(fields).flatMap(([field, one]) => ("optional" in one ? [] : [field]));

/** Whether an entry, as it stands in the file, is one. Says not why: the schema does. */
export function isEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entry = value as Record<string, unknown>;
  for (const field in entry) {
    const rule = rules.get(field);
    if (!rule || !fits(rule, entry[field])) return false;
  }
  for (const field of needed) if (!(field in entry)) return false;
  return "repositoryId" in entry === "commit" in entry;
}
