/** States made of goals, compared, and with their references rewritten. Pure: no journal, no provider. */

import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap, PropertyValue } from "../value.ts";
import { Secret } from "../value.ts";
import { equal, equalMaps, isMap } from "../values/values.ts";
import type { Goal } from "./goal.ts";

/** The new state of a goal; outputs and id come with the step. */
export function stateFor(
  goal: Goal,
  urn: string,
  inputs: PropertyMap,
  provider: string | undefined,
  old?: ResourceState,
): ResourceState {
  return {
    urn,
    type: goal.type,
    custom: goal.custom,
    inputs,
    outputs: {},
    parent: goal.parent,
    protect: goal.protect || undefined,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    provider,
    additionalSecretOutputs: goal.additionalSecretOutputs.length > 0 ? goal.additionalSecretOutputs : undefined,
    customTimeouts: goal.customTimeouts,
    importID: goal.importId,
    retainOnDelete: goal.retainOnDelete || undefined,
    deletedWith: goal.deletedWith,
    replaceWith: goal.replaceWith.length > 0 ? goal.replaceWith : undefined,
    created: old?.created,
    modified: old?.modified,
    sourcePosition: goal.sourcePosition,
    ignoreChanges: goal.ignoreChanges.length > 0 ? goal.ignoreChanges : undefined,
    hideDiff: goal.hideDiffs.length > 0 ? goal.hideDiffs : undefined,
    replaceOnChanges: goal.replaceOnChanges.length > 0 ? goal.replaceOnChanges : undefined,
    replacementTrigger: goal.replacementTrigger,
    resourceHooks: goal.resourceHooks,
    rest: old?.rest,
  };
}

/** When a state was made and changed is no difference between two. */
const loose = new Set(["modified", "created", "aliases"]);
const maps = new Set(["inputs", "outputs"]);

/** Whether writing `next` over `old` would change anything worth a write. */
export function sameState(old: ResourceState, next: ResourceState): boolean {
  if (old === next) return true;
  for (const key in old) if (!sameField(key as keyof ResourceState, old, next)) return false;
  for (const key in next) if (!(key in old) && !sameField(key as keyof ResourceState, old, next)) return false;
  return true;
}

function sameField(key: keyof ResourceState, old: ResourceState, next: ResourceState): boolean {
  const a: unknown = old[key];
  const b: unknown = next[key];
  if (a === b || loose.has(key)) return true;
  if (maps.has(key))
    return equalMaps(a as PropertyMap, b as PropertyMap) && sameSecrets(a as PropertyMap, b as PropertyMap);
  if (key === "replacementTrigger") return equal(old.replacementTrigger, next.replacementTrigger);
  if (key === "dependencies") return sameMembers(old.dependencies, next.dependencies);
  if (key === "propertyDependencies") return sameLists(old.propertyDependencies, next.propertyDependencies);
  return JSON.stringify(says(a)) === JSON.stringify(says(b));
}

/** Nothing, an empty list and an empty map are the same thing in a checkpoint. */
function says(value: unknown): unknown {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === b.length && a.every((urn, index) => urn === b[index])) return true;
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((urn) => right.has(urn));
}

function sameLists(a: { [key: string]: string[] }, b: { [key: string]: string[] }): boolean {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
    if (!sameMembers(a[key] ?? [], b[key] ?? [])) return false;
  return true;
}

/** Two equal values may still differ in what of them is secret. */
function sameSecrets(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a === b) return true;
  if (a instanceof Secret || b instanceof Secret) return a instanceof Secret && b instanceof Secret;
  if (Array.isArray(a) && Array.isArray(b)) return a.every((item, index) => sameSecrets(item, b[index]));
  if (isMap(a) && isMap(b)) return Object.keys(a).every((key) => sameSecrets(a[key], b[key]));
  return true;
}

/** With every reference to `from` made one to `to`. */
export function withRenamed(state: ResourceState, renames: ReadonlyMap<string, string>): ResourceState {
  const swap = (urn: string): string => renames.get(urn) ?? urn;
  const cut = state.provider?.lastIndexOf("::") ?? -1;
  return {
    ...state,
    parent: state.parent && swap(state.parent),
    dependencies: state.dependencies.map(swap),
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(swap)]),
    ),
    deletedWith: state.deletedWith && swap(state.deletedWith),
    replaceWith: state.replaceWith?.map(swap),
    provider: state.provider && swap(state.provider.slice(0, cut)) + state.provider.slice(cut),
  };
}

/** Without references to what is gone; its children become its parent's. `gone`: URN to the parent it had. */
export function withoutReferences(state: ResourceState, gone: ReadonlyMap<string, string | undefined>): ResourceState {
  const keep = (urn: string): boolean => !gone.has(urn);
  let parent = state.parent;
  while (parent !== undefined && gone.has(parent)) parent = gone.get(parent);
  return {
    ...state,
    parent,
    dependencies: state.dependencies.filter(keep),
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.filter(keep)]),
    ),
    deletedWith: state.deletedWith && keep(state.deletedWith) ? state.deletedWith : undefined,
    replaceWith: state.replaceWith?.filter(keep),
  };
}
