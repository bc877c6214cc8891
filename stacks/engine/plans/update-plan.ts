/**
 * Update plans: what a preview says an update will do, recorded step by step, and an update held to it. A step may do
 * less than was planned, never more; unknown values in a plan accept any. Pure: update-plan-file.ts reads and writes.
 */
import type { Deployment } from "../deployment/deployment.ts";
import type { Goal } from "../deployment/goal.ts";
import type { Op, Step } from "../deployment/step.ts";
import { Diagnosis } from "../diagnosis.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, type PropertyValue, Secret, Unknown } from "../value.ts";
import { unknownText } from "../values/signatures.ts";
import { parseReference } from "../values/urn.ts";
import { equal, inBraces, isMap, toDisplay } from "../values/values.ts";

/** Top-level properties that were to change. */
export interface PlanDiff {
  adds: PropertyMap;
  deletes: string[];
  updates: PropertyMap;
}

export interface PlannedGoal {
  type: string;
  name: string;
  custom: boolean;
  inputDiff: PlanDiff;
  outputDiff: PlanDiff;
  parent?: string;
  protect: boolean;
  dependencies: string[];
  provider?: string;
  propertyDependencies: { [property: string]: string[] };
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  /** As JSON has them: only compared. */
  aliases: unknown[];
  id?: string;
  customTimeouts: { create?: number; update?: number; delete?: number; read?: number };
}

export interface ResourcePlan {
  /** Absent: to be deleted. */
  goal?: PlannedGoal;
  ops: Op[];
  outputs?: PropertyMap;
  /** What physical names are chosen from. */
  seed?: Uint8Array;
}

export type ResourcePlans = Map<string, ResourcePlan>;

/** What a constraint lets happen besides itself. */
const lesser: { readonly [op: string]: readonly Op[] } = {
  create: ["same"],
  update: ["same"],
  replace: ["same", "update"],
  "create-replacement": ["same", "update"],
  "delete-replaced": ["same", "update"],
};

const nothing: PlanDiff = { adds: {}, deletes: [], updates: {} };

/** Watches the steps of one deployment: records them, and throws at the first that `expected` does not allow. */
export class UpdatePlan {
  readonly recorded: ResourcePlans = new Map();
  private readonly expected: ResourcePlans | undefined;
  private readonly deployment: Deployment;
  private readonly there: ReadonlySet<string>;

  constructor(deployment: Deployment, expected?: ResourcePlans) {
    this.deployment = deployment;
    this.expected = expected && new Map([...expected].map(([urn, plan]) => [urn, { ...plan, ops: [...plan.ops] }]));
    this.there = new Set(deployment.olds.keys());
  }

  seedOf(urn: string): Uint8Array {
    return this.expected?.get(urn)?.seed ?? this.deployment.seed;
  }

  before(step: Step): void {
    if (step.op === "refresh") return;
    const goal = step.new && this.deployment.goals.get(step.urn);
    const first = goal && !this.recorded.get(step.urn)?.goal;
    if (this.expected) this.check(step, first ? goal : undefined);
    const planned = this.recorded.get(step.urn) ?? { ops: [] };
    if (first) {
      planned.goal = planOf(goal, step.new!, step.old?.inputs ?? {});
      planned.seed = this.seedOf(step.urn);
    }
    planned.ops.push(step.op);
    this.recorded.set(step.urn, planned);
  }

  /** With its outputs. */
  after(step: Step): void {
    const planned = this.recorded.get(step.urn);
    if (!step.new || !planned?.goal || step.op === "refresh") return;
    planned.outputs = step.new.outputs;
    if (step.new.custom) return;
    const olds = step.old?.outputs ?? {};
    planned.goal.outputDiff = diffOf(olds, step.new.outputs);
    const expected = this.expected?.get(step.urn)?.goal;
    if (!expected) return;
    const why = changesAgainst(olds, step.new.outputs, expected.outputDiff);
    if (why) throw new Diagnosis(`resource violates plan: ${why}`, step.urn);
  }

  private check(step: Step, goal: Goal | undefined): void {
    const planned = this.expected!.get(step.urn);
    if (goal) {
      const why = planned ? goalViolation(planned.goal, goal, step) : unplannedViolation(goal, step);
      if (why) throw new Diagnosis(`resource ${step.urn} violates plan: ${why}`, step.urn);
    }
    const refuse = (why: string): Diagnosis => new Diagnosis(`${step.op} is not allowed by the plan: ${why}`, step.urn);
    if (!planned) {
      if (step.op !== "same") throw refuse("no steps were expected for this resource");
      return;
    }
    const constraint = planned.ops.shift();
    if (!constraint) throw refuse("no more steps were expected for this resource");
    if (step.op !== constraint && !lesser[constraint]?.includes(step.op))
      throw refuse(`this resource is constrained to ${constraint}`);
  }

  /** Planned and not done, once all is over. A deletion of what was gone already is done. */
  missing(): string[] {
    return [...(this.expected ?? [])]
      .filter(([urn, { ops }]) => ops.length > 0 && !(ops.length === 1 && ops[0] === "delete" && !this.there.has(urn)))
      .map(([urn]) => urn);
  }
}

function planOf(goal: Goal, state: ResourceState, olds: PropertyMap): PlannedGoal {
  return {
    type: goal.type,
    name: goal.name,
    custom: goal.custom,
    inputDiff: diffOf(olds, state.inputs),
    outputDiff: nothing,
    parent: goal.parent,
    protect: goal.protect ?? false,
    dependencies: goal.dependencies,
    provider: state.provider,
    propertyDependencies: goal.propertyDependencies,
    deleteBeforeReplace: goal.deleteBeforeReplace,
    ignoreChanges: goal.ignoreChanges,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    aliases: goal.aliases,
    id: goal.importId,
    customTimeouts: goal.customTimeouts ?? {},
  };
}

/** Not in the plan at all: it has to be as it was. A new one is refused by its step. */
function unplannedViolation(goal: Goal, step: Step): string | undefined {
  const { old } = step;
  if (!old) return undefined;
  const same: PlannedGoal = {
    ...planOf(goal, step.new!, {}),
    inputDiff: nothing,
    parent: old.parent,
    protect: old.protect ?? false,
    dependencies: old.dependencies,
    provider: old.provider,
    propertyDependencies: old.propertyDependencies,
    additionalSecretOutputs: old.additionalSecretOutputs ?? [],
    customTimeouts: old.customTimeouts ?? {},
  };
  return goalViolation(same, goal, step);
}

/** In the words of the official engine; the first that differs. */
function goalViolation(planned: PlannedGoal | undefined, goal: Goal, step: Step): string | undefined {
  if (!planned) return "resource unexpectedly not deleted";
  const actual = planOf(goal, step.new!, {});
  if (planned.custom !== actual.custom)
    return `resource kind changed (expected ${planned.custom ? "custom" : "component"})`;
  if (!sameProvider(planned.provider, actual.provider)) return `provider changed (expected ${planned.provider})`;
  for (const [what, key] of scalars)
    if (planned[key] !== actual[key]) return `${what} changed (expected ${planned[key] ?? "no value"})`;
  for (const op of ["create", "update", "delete", "read"] as const)
    if ((planned.customTimeouts[op] ?? 0) !== (actual.customTimeouts[op] ?? 0))
      return `${op} timeout changed (expected ${planned.customTimeouts[op] ?? 0})`;
  for (const key of ["ignoreChanges", "additionalSecretOutputs", "dependencies", "aliases"] as const) {
    const why = setChange(planned[key], actual[key]);
    if (why) return `${key} changed: ${why}`;
  }
  const properties = changesAgainst(step.old?.inputs ?? {}, step.new!.inputs, planned.inputDiff);
  if (properties) return properties;
  // A property that was unknown may be unset now, and then has no dependencies.
  for (const [key, urns] of Object.entries(planned.propertyDependencies)) {
    const why = actual.propertyDependencies[key] && setChange(urns, actual.propertyDependencies[key]);
    if (why) return `dependencies for ${key} changed: ${why}`;
  }
  return undefined;
}

const scalars = [
  ["parent", "parent"],
  ["protect", "protect"],
  ["deleteBeforeReplace", "deleteBeforeReplace"],
  ["importID", "id"],
] as const;

/** A provider that was still to be made has an id now. */
function sameProvider(planned: string | undefined, actual: string | undefined): boolean {
  if ((planned ?? "") === (actual ?? "")) return true;
  const [before, after] = [planned, actual].map((reference) => reference && parseReference(reference));
  return Boolean(before && after && before.urn === after.urn && planned?.endsWith(`::${unknownText}`));
}

function setChange(planned: readonly unknown[], actual: readonly unknown[]): string | undefined {
  const text = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
  const [before, after] = [new Set(planned.map(text)), new Set(actual.map(text))];
  const adds = [...after].filter((item) => !before.has(item)).sort();
  const deletes = [...before].filter((item) => !after.has(item)).sort();
  const parts = [
    ...(adds.length > 0 ? [`added ${adds.join(", ")}`] : []),
    ...(deletes.length > 0 ? [`deleted ${deletes.join(", ")}`] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

export function diffOf(olds: PropertyMap, news: PropertyMap): PlanDiff {
  const diff: PlanDiff = { adds: {}, deletes: [], updates: {} };
  for (const [key, value] of Object.entries(news)) {
    if (olds[key] === undefined) diff.adds[key] = value;
    else if (!equal(olds[key], value)) diff.updates[key] = value;
  }
  diff.deletes = Object.keys(olds).filter((key) => news[key] === undefined);
  return diff;
}

type Change = "+" | "~" | "-" | "=";

/** Compares what happens with what was planned, property by property; undefined when the plan is kept. */
function changesAgainst(olds: PropertyMap, news: PropertyMap, planned: PlanDiff): string | undefined {
  const actual = diffOf(olds, news);
  const changes: string[] = [];
  for (const key of new Set([...keysOf(actual), ...keysOf(planned)])) {
    const [was, is] = [changeOf(planned, key), changeOf(actual, key)];
    const wanted = planned.adds[key] ?? planned.updates[key];
    if (!allowed(was, is, wanted, news[key]))
      changes.push(`${was}${is === "=" && news[key] === undefined ? "-" : is}${key}${shown(wanted, news[key])}`);
  }
  return changes.length > 0 ? `properties changed: ${changes.sort().join(", ")}` : undefined;
}

function keysOf(diff: PlanDiff): string[] {
  return [...Object.keys(diff.adds), ...Object.keys(diff.updates), ...diff.deletes];
}

function changeOf(diff: PlanDiff, key: string): Change {
  if (key in diff.adds) return "+";
  if (key in diff.updates) return "~";
  return diff.deletes.includes(key) ? "-" : "=";
}

function allowed(
  was: Change,
  is: Change,
  wanted: PropertyValue | undefined,
  value: PropertyValue | undefined,
): boolean {
  if (was === "=") return is === "=";
  // Not there any more, whoever removed it.
  if (was === "-") return is === "-" || (is === "=" && value === undefined);
  // What was unknown may have come to nothing.
  if (value === undefined) return bare(wanted) instanceof Unknown;
  if (was === "~" && is === "+") return false;
  return accepts(wanted, value);
}

function bare(value: PropertyValue | undefined): PropertyValue | undefined {
  return value instanceof Secret ? value.value : value;
}

/** Equal, where the plan knew. */
function accepts(wanted: PropertyValue | undefined, value: PropertyValue | undefined): boolean {
  const [a, b] = [bare(wanted), bare(value)];
  if (a instanceof Unknown) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => accepts(item, b[index]));
  if (isMap(a) && isMap(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((k) => accepts(a[k], b[k]));
  return equal(a, b);
}

function shown(wanted: PropertyValue | undefined, value: PropertyValue | undefined): string {
  const text = (each: PropertyValue): string => inBraces(toDisplay(each, "computed", "[secret]"));
  const parts = [wanted, value].filter((each) => each !== undefined).map(text);
  return parts.length > 0 ? `[${parts.join("!=")}]` : "";
}
