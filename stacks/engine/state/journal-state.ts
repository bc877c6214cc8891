/**
 * What a checkpoint and a journal come to: the resources in their order, and what was under way. The same code folds a
 * running journal and one that a dead process left.
 */
import { isProviderType } from "../values/urn.ts";
import type { PendingOperation, ResourceState, Snapshot } from "./resource.ts";

/** Position of a state: `b3` in the checkpoint, `n5` among those made since. */
export type StateKey = string;

export class JournalState {
  readonly #base: (ResourceState | null)[];
  readonly #made: (ResourceState | null)[] = [];
  readonly #rest: Snapshot["rest"];
  readonly #keys = new Map<ResourceState, StateKey>();
  readonly #running = new Map<number, PendingOperation>();
  /** Of earlier runs; those not settled stay. */
  readonly #earlier: (PendingOperation | null)[];

  constructor(base: Snapshot) {
    this.#base = [...base.resources];
    this.#earlier = [...base.pendingOperations];
    this.#rest = base.rest;
    for (const [at, state] of base.resources.entries()) this.#keys.set(state, `b${at}`);
  }

  keyOf(state: ResourceState): StateKey | undefined {
    return this.#keys.get(state);
  }

  indexOfEarlier(operation: PendingOperation): number {
    return this.#earlier.indexOf(operation);
  }

  begin(op: number, operation: PendingOperation): void {
    this.#running.set(op, operation);
  }

  end(op: number): void {
    this.#running.delete(op);
  }

  settle(index: number): void {
    this.#earlier[index] = null;
  }

  /**
   * `resource` takes the place of `replaces`. One made in this run keeps its place, since others may already refer to
   * it; one of the checkpoint moves to the end of the new ones, since it may refer to them.
   */
  put(resource: ResourceState | null, replaces: StateKey | null): void {
    if (replaces?.startsWith("n")) {
      const at = Number(replaces.slice(1));
      this.#made[at] = resource;
      if (resource) this.#keys.set(resource, replaces);
      return;
    }
    if (replaces) this.#base[Number(replaces.slice(1))] = null;
    if (!resource) return;
    this.#keys.set(resource, `n${this.#made.length}`);
    this.#made.push(resource);
  }

  snapshot(): Snapshot {
    const present = (state: ResourceState | null): state is ResourceState => state !== null;
    return {
      resources: inOrder([...this.#made.filter(present), ...this.#base.filter(present)]),
      pendingOperations: [...this.#running.values(), ...this.#earlier.filter((operation) => operation !== null)],
      ...(this.#rest ? { rest: this.#rest } : {}),
    };
  }
}

/**
 * Stable: what is in order already stays as it is. Completion order is nearly always dependency order; a state of the
 * checkpoint that a new one refers to (a targeted update) is the exception.
 */
export function inOrder(resources: readonly ResourceState[]): ResourceState[] {
  if (isOrdered(resources)) return [...resources];
  const byName = new Map<string, ResourceState>();
  for (const state of resources)
    for (const name of namesOf(state)) if (!state.delete || !byName.has(name)) byName.set(name, state);
  const placed = new Set<ResourceState>();
  const under = new Set<ResourceState>();
  const out: ResourceState[] = [];
  for (const first of resources) {
    // By hand, since a chain may be longer than the call stack is deep.
    const path = [{ state: first, needs: referredTo(first) }];
    if (placed.has(first)) continue;
    under.add(first);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value: name, done } = top.needs.next();
      if (done) {
        placed.add(top.state);
        under.delete(top.state);
        out.push(top.state);
        path.pop();
        continue;
      }
      const to = byName.get(name);
      if (!to || placed.has(to) || under.has(to)) continue;
      under.add(to);
      path.push({ state: to, needs: referredTo(to) });
    }
  }
  return out;
}

function isOrdered(resources: readonly ResourceState[]): boolean {
  const earlier = new Set<string>();
  const all = new Set(resources.flatMap(namesOf));
  for (const state of resources) {
    for (const name of referredTo(state)) if (!earlier.has(name) && all.has(name)) return false;
    for (const name of namesOf(state)) earlier.add(name);
  }
  return true;
}

/** What others refer to it by: its URN; a provider's resources mean the one generation of it that has this id. */
function namesOf({ urn, type, id }: ResourceState): string[] {
  return isProviderType(type) ? [urn, `${urn}::${id ?? ""}`] : [urn];
}

function* referredTo(state: ResourceState): Generator<string> {
  if (state.provider) yield state.provider;
  if (state.parent) yield state.parent;
  yield* state.dependencies;
  for (const urns of Object.values(state.propertyDependencies)) yield* urns;
  if (state.deletedWith) yield state.deletedWith;
  yield* state.replaceWith ?? [];
}
