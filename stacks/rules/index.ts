/**
 * What is looked at before a plan is carried out. Rules see the resolved plan, never the manifest, so that no variable,
 * default or program hides anything from them. They change nothing and ask nobody: `refuse` cannot be accepted, `ask`
 * needs somebody's yes, `note` is only said. docs/using/judging.md has them as a table.
 */
import type { Finding } from "../../blueprints/card.ts";
import { headers } from "./headers.ts";
import { boundary, rights, trust } from "./iam.ts";
import { code, logs, names, recovery, unknownKinds } from "./keeping.ts";
import { environments, limits } from "./limits.ts";
import { addresses, bucketPolicies, buckets } from "./open.ts";
import type { Plan, Rule } from "./plan.ts";

export const rules: readonly Rule[] = [
  rights,
  trust,
  boundary,
  addresses,
  buckets,
  bucketPolicies,
  recovery,
  logs,
  names,
  code,
  environments,
  limits,
  headers,
  unknownKinds,
];

const severities: readonly Finding["severity"][] = ["refuse", "ask", "note"];

/** The worst first. */
export function judge(plan: Plan): Finding[] {
  return rules
    .flatMap(({ check }) => check(plan))
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
