/**
 * The schema of `catalog.json`: the definition of the format, and what says where an index does not fit. It is loaded
 * when the quick check has found that something does not; it takes too long to be the one that says yes.
 */
import * as z from "zod";
import { canBeSeen } from "../../blueprints/seen.ts";
import { fields, limits, name, type Rule } from "./rules.ts";

function schemaOf(rule: Rule): z.ZodType {
  if (rule.kind === "number") return z.int().min(rule.min).max(rule.max);
  if (rule.kind === "list") return z.array(schemaOf(rule.of)).max(rule.max);
  const text = z.string().min(rule.min, rule.says).max(rule.max, rule.says);
  if (rule.pattern) return text.regex(rule.pattern, rule.says);
  return text.refine(canBeSeen, rule.says);
}

const entry = z
  .strictObject(
    Object.fromEntries(
      Object.entries(fields).map(([field, one]) => [
        field,
        "optional" in one ? schemaOf(one.rule).optional() : schemaOf(one.rule),
      ]),
    ),
  )
  .refine(
    (value) => (value["repositoryId"] === undefined) === (value["commit"] === undefined),
    "repositoryId and commit come together",
  );

export const indexSchema = z.strictObject({
  format: z.literal(1),
  name: schemaOf(name),
  serial: z.int().min(1),
  entries: z.array(entry).max(limits.entries, `may have ${limits.entries} entries`),
});

/** The first thing that does not fit, with its place: `entries[17].title`; undefined when all does. */
export function misfit(value: unknown): { at: string; message: string } | undefined {
  const checked = indexSchema.safeParse(value);
  const issue = checked.error?.issues[0];
  if (!issue) return undefined;
  const at = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return { at: at.replace(/^\./, ""), message: issue.message.replace(/^Invalid (input|option): /, "") };
}
