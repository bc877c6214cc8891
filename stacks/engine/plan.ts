/**
 * The decision what to do with one registration: a pure function of goal, old state and what the provider said.
 * Calls nobody; register.ts asks the questions and carries the answer out.
 */
import type { Goal } from "./goal.ts";
import { type ChangedPath, changedPaths, covers, formatPath, parsePath } from "./paths.ts";
import type { DiffKind, DiffResult, PropertyDiff } from "./provider.ts";
import type { ResourceState } from "./state/resource.ts";
import type { PropertyMap } from "./value.ts";
import { equal, equalMaps, topLevelChanges } from "./values.ts";

export type Decision =
  | { kind: "create" }
  | { kind: "same" }
  | { kind: "update"; diff: DiffResult }
  | { kind: "replace"; diff: DiffResult; deleteFirst: boolean }
  /** The old one is deleted already (an earlier run was cut off between). */
  | { kind: "finish-replacement" }
  | { kind: "import" };

/** Whether a registration is an import of something that is not ours yet. */
export function isImport(goal: Goal, old: ResourceState | undefined): boolean {
  if (!goal.custom || !goal.importId) return false;
  return !old || old.external === true || (old.importID ?? old.id) !== goal.importId;
}

export interface Question {
  goal: Goal;
  old: ResourceState;
  /** Checked. */
  inputs: PropertyMap;
  provider: string | undefined;
  /** From the provider; undefined for components. */
  diff?: DiffResult;
  /** The new provider cannot take over the old one's resources. */
  providerReplaced: boolean;
  /** Asked for by `--replace`. */
  forced: boolean;
  /** Something this one has to be replaced with is being replaced. */
  companionReplaced: boolean;
}

export function decide(question: Question): Decision {
  const { goal, old } = question;
  if (old.pendingReplacement) return { kind: "finish-replacement" };
  const diff = question.diff ?? inputDiff(old.inputs, question.inputs);
  if (!goal.custom)
    return equalMaps(old.inputs, question.inputs)
      ? { kind: "same" }
      : { kind: "update", diff: { ...diff, replaces: [] } };
  const whole = wholeReplacement(question);
  if (whole) return replacement(goal, { ...diff, changes: "some", replaces: [...new Set([...diff.replaces, whole])] });
  const judged = applyReplaceOnChanges(diff, old.inputs, question.inputs, goal.replaceOnChanges);
  if (judged.changes === "some" && judged.replaces.length > 0) return replacement(goal, judged);
  if (judged.changes === "some" || (old.initErrors?.length ?? 0) > 0) return { kind: "update", diff: judged };
  return { kind: "same" };
}

function wholeReplacement(question: Question): string | undefined {
  const { goal, old } = question;
  if (question.forced || question.companionReplaced || question.old.taint) return "id";
  if (question.providerReplaced) return "provider";
  if (
    goal.replacementTrigger !== undefined &&
    old.replacementTrigger !== undefined &&
    !equal(goal.replacementTrigger, old.replacementTrigger)
  )
    return "replacementTrigger";
  return undefined;
}

function replacement(goal: Goal, diff: DiffResult): Decision {
  return { kind: "replace", diff, deleteFirst: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false };
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

function applyReplaceOnChanges(diff: DiffResult, olds: PropertyMap, news: PropertyMap, patterns: string[]): DiffResult {
  if (diff.changes !== "some" || patterns.length === 0) return diff;
  const parsed = patterns.map((text) => parsePath(text) ?? []).filter((path) => path.length > 0);
  const changed: ChangedPath["path"][] = diff.detailedDiff
    ? Object.keys(diff.detailedDiff).map((text) => parsePath(text) ?? [text])
    : [...changedPaths(olds, news).map(({ path }) => path), ...diff.diffs.map((key) => [key])];
  const hit = changed.filter((path) => parsed.some((pattern) => covers(pattern, path)));
  if (hit.length === 0) return diff;
  const detailedDiff = { ...diff.detailedDiff };
  for (const path of hit.map(formatPath)) {
    const found = detailedDiff[path];
    if (found && !found.kind.endsWith("-replace"))
      detailedDiff[path] = { ...found, kind: `${found.kind}-replace` as DiffKind };
  }
  const replaces = [...new Set([...diff.replaces, ...hit.map((path) => String(path[0]))])];
  return { ...diff, replaces, ...(diff.detailedDiff ? { detailedDiff } : {}) };
}
