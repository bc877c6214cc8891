/**
 * The decision what to do with one registration: a pure function of goal, old state and what the provider said.
 * Calls nobody; register.ts asks the questions and carries the answer out.
 */

import type { DiffKind, DiffResult, PropertyDiff } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap, PropertyValue } from "../value.ts";
import { changedPaths, covers, formatPath, parsePath } from "../values/paths.ts";
import { equal, hasUnknown, topLevelChanges } from "../values/values.ts";
import type { Goal } from "./goal.ts";

export type Decision =
  | { kind: "same" }
  | { kind: "update"; diff: DiffResult }
  | { kind: "replace"; diff: DiffResult; deleteFirst: boolean };

/** Whether a registration is an import of something that is not ours yet. */
export function isImport(goal: Goal, old: ResourceState | undefined): boolean {
  if (!goal.custom || !goal.importId) return false;
  return !old || old.external === true || (old.importID ?? old.id) !== goal.importId;
}

/** What makes a resource be replaced without asking its provider for differences. */
export interface Compulsion {
  /** Asked for by `--replace`, or tainted. */
  forced: boolean;
  /** A resource it is to be replaced with is being replaced. */
  replaceWith: boolean;
  /** What it is deleted together with is being replaced. */
  deletedWith: boolean;
  /** Its new provider cannot take over the old one's resources. */
  provider: boolean;
  trigger: boolean;
}

const reasons: [keyof Compulsion, string | undefined][] = [
  ["trigger", undefined],
  ["forced", "id"],
  ["replaceWith", "replaceWith"],
  ["deletedWith", "deletedWith"],
  ["provider", "provider"],
];

/** The difference that stands for it; undefined: the provider has to be asked. */
export function compelled(by: Compulsion): DiffResult | undefined {
  const reason = reasons.find(([name]) => by[name]);
  if (!reason) return undefined;
  return { changes: "some", replaces: reason[1] === undefined ? [] : [reason[1]], stables: [], diffs: [] };
}

/** Null and absent triggers never replace; one that is not known yet always does. */
export function triggerReplaces(next: PropertyValue | undefined, old: PropertyValue | undefined): boolean {
  if (hasUnknown(next) || hasUnknown(old)) return true;
  if (next === undefined || next === null || old === undefined || old === null) return false;
  return !equal(next, old);
}

export function decide(question: {
  goal: Goal;
  old: ResourceState;
  /** Checked. */
  inputs: PropertyMap;
  diff: DiffResult;
  /** Replaced even if nothing of it differs. */
  compelled: boolean;
}): Decision {
  const { goal, old } = question;
  const broken = (old.initErrors?.length ?? 0) > 0;
  const diff = applyReplaceOnChanges(question.diff, goal.replaceOnChanges, broken, [old.inputs, question.inputs]);
  const replaces = question.compelled || old.pendingReplacement || (diff.changes === "some" && isReplacement(diff));
  if (replaces)
    return { kind: "replace", diff, deleteFirst: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false };
  if (diff.changes === "some" || broken) return { kind: "update", diff };
  return { kind: "same" };
}

/** By the properties it names, or by the kind of a change alone. */
export function isReplacement(diff: DiffResult): boolean {
  if (diff.replaces.length > 0) return true;
  return Object.values(diff.detailedDiff ?? {}).some(({ kind }) => kind.endsWith("-replace"));
}

/** The engine's own comparison: for components, and where a provider cannot say. */
export function inputDiff(olds: PropertyMap, news: PropertyMap): DiffResult {
  const diffs = topLevelChanges(olds, news);
  const detailedDiff = Object.fromEntries(
    changedPaths(olds, news).map(({ path, kind }): [string, PropertyDiff] => [
      formatPath(path),
      { kind, inputDiff: true },
    ]),
  );
  return {
    changes: diffs.length > 0 ? "some" : "none",
    replaces: [],
    stables: [],
    diffs,
    ...(diffs.length > 0 ? { detailedDiff } : {}),
  };
}

/** Stands for the failed initialisation of a resource, as if it were a property. */
const initErrorKey = "#initerror";

/**
 * Makes changes at these paths replacements; changes that are none of a resource that is well are left alone. Where the
 * provider names no paths, those of the inputs count.
 */
export function applyReplaceOnChanges(
  diff: DiffResult,
  patterns: string[],
  broken: boolean,
  [olds, news]: [olds: PropertyMap, news: PropertyMap],
): DiffResult {
  if (patterns.length === 0 || (diff.changes !== "some" && !broken)) return diff;
  const parsed = patterns.map((text) => parsePath(text) ?? []).filter((path) => path.length > 0);
  const hit = (text: string): boolean => {
    const path = parsePath(text) ?? [text];
    return parsed.some((pattern) => covers(pattern, path));
  };
  const detailedDiff = diff.detailedDiff && { ...diff.detailedDiff };
  for (const [path, change] of Object.entries(detailedDiff ?? {}))
    if (hit(path) && !change.kind.endsWith("-replace"))
      detailedDiff![path] = { ...change, kind: `${change.kind}-replace` as DiffKind };
  const paths = diff.detailedDiff
    ? Object.keys(diff.detailedDiff)
    : changedPaths(olds, news).map(({ path }) => formatPath(path));
  const detailed = paths.filter(hit).map((path) => String(parsePath(path)?.[0] ?? path));
  const replaces = new Set([...diff.replaces, ...detailed, ...diff.diffs.filter(hit)]);
  if (!broken || !parsed.some((pattern) => covers(pattern, [initErrorKey])))
    return { ...diff, replaces: [...replaces], ...(detailedDiff ? { detailedDiff } : {}) };
  if (detailedDiff) detailedDiff[initErrorKey] = { kind: "update-replace", inputDiff: false };
  replaces.add(initErrorKey);
  return { ...diff, changes: "some", replaces: [...replaces], ...(detailedDiff ? { detailedDiff } : {}) };
}

const inverse: { [kind in DiffKind]: DiffKind } = {
  add: "delete",
  "add-replace": "delete-replace",
  delete: "add",
  "delete-replace": "add-replace",
  update: "update",
  "update-replace": "update-replace",
};

/** What would undo it. */
export function inverted(diff: DiffResult): DiffResult {
  if (!diff.detailedDiff) return diff;
  const entries = Object.entries(diff.detailedDiff).map(([path, { kind, inputDiff }]): [string, PropertyDiff] => [
    path,
    { kind: inverse[kind], inputDiff },
  ]);
  return { ...diff, detailedDiff: Object.fromEntries(entries) };
}
