/**
 * Puts a state's references right, as the official `state repair` does: what refers to nothing any more is dropped, and
 * what is referred to stands earlier. Resources are never dropped. Says what it did.
 */
import { makeUrn, parseUrn } from "../values/urn.ts";
import { inOrder } from "./journal-state.ts";
import type { ResourceState, Snapshot } from "./resource.ts";

export interface Mended {
  snapshot: Snapshot;
  /** One line for each resource that was changed or moved; none: it was right before. */
  says: string[];
}

export function mend(snapshot: Snapshot): Mended {
  const sorted = inOrder(snapshot.resources);
  const says: string[] = [];
  if (sorted.some((state, at) => state !== snapshot.resources[at]))
    says.push("resources stand in the order of their dependencies again");
  /** Old names to new ones: without its parent a resource has another name. */
  const seen = new Map<string, string>();
  const resources = sorted.map((state) => {
    const dropped: string[] = [];
    const next = pruned(state, seen, dropped);
    seen.set(state.urn, next.urn);
    const renamed = next.urn === state.urn ? "" : `, and is called ${next.urn} now`;
    if (dropped.length > 0 || renamed) says.push(`${state.urn} no longer refers to ${dropped.join(", ")}${renamed}`);
    return dropped.length > 0 || next.urn !== state.urn || stale(state, seen) ? next : state;
  });
  return { snapshot: { ...snapshot, resources }, says };
}

const stale = (state: ResourceState, seen: ReadonlyMap<string, string>): boolean =>
  [
    state.parent,
    ...state.dependencies,
    ...Object.values(state.propertyDependencies).flat(),
    state.deletedWith,
    ...(state.replaceWith ?? []),
  ].some((urn) => urn !== undefined && seen.get(urn) !== urn);

function pruned(state: ResourceState, seen: ReadonlyMap<string, string>, dropped: string[]): ResourceState {
  const known = (urn: string | undefined): string[] => {
    if (urn === undefined) return [];
    const now = seen.get(urn);
    if (now === undefined && !dropped.includes(urn)) dropped.push(urn);
    return now === undefined ? [] : [now];
  };
  const [parent] = known(state.parent);
  const [deletedWith] = known(state.deletedWith);
  const next: ResourceState = {
    ...state,
    urn: state.parent === undefined ? state.urn : underParent(state.urn, parent),
    dependencies: state.dependencies.flatMap(known),
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([property, urns]) => [property, urns.flatMap(known)]),
    ),
    ...(state.replaceWith ? { replaceWith: state.replaceWith.flatMap(known) } : {}),
  };
  if (parent === undefined) delete next.parent;
  else next.parent = parent;
  if (deletedWith === undefined) delete next.deletedWith;
  else next.deletedWith = deletedWith;
  return next;
}

/** A name has its parent's type in it. */
function underParent(urn: string, parent: string | undefined): string {
  const own = parseUrn(urn);
  return own ? makeUrn(own.stack, own.project, parent, own.type, own.name) : urn;
}
