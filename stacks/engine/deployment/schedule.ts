/** How many things happen at once, and in what order deletes do. Knows no resource's meaning. */
import type { ResourceState } from "../state/resource.ts";
import { parseReference } from "../values/urn.ts";

/** At most `size` at a time, first come first served. */
export class Slots {
  private free: number;
  private waiting: (() => void)[] = [];
  private next = 0;
  constructor(size: number) {
    this.free = size;
  }
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resume) => this.waiting.push(resume));
    try {
      return await work();
    } finally {
      const next = this.waiting[this.next];
      if (next) {
        this.next++;
        if (this.next === this.waiting.length) {
          this.waiting = [];
          this.next = 0;
        }
        next();
      } else this.free++;
    }
  }
}

/** Every URN a state needs to exist. */
export function needs(state: ResourceState): Set<string> {
  const found = new Set<string>(state.dependencies);
  for (const urns of Object.values(state.propertyDependencies)) for (const urn of urns) found.add(urn);
  if (state.parent) found.add(state.parent);
  if (state.deletedWith) found.add(state.deletedWith);
  for (const urn of state.replaceWith ?? []) found.add(urn);
  const provider = state.provider ? parseReference(state.provider) : undefined;
  if (provider) found.add(provider.urn);
  return found;
}

/**
 * Runs `work` for each state once all states among them that need it are through; what a failed one needs is not
 * touched. Resolves when nothing is left to do; `work` answers whether it went well.
 */
export async function dependentsFirst(
  states: ResourceState[],
  work: (state: ResourceState) => Promise<boolean>,
): Promise<void> {
  const dependents = new Map<ResourceState, ResourceState[]>(states.map((state) => [state, []]));
  const byUrn = new Map<string, ResourceState[]>();
  for (const state of states) byUrn.set(state.urn, [...(byUrn.get(state.urn) ?? []), state]);
  for (const state of states)
    for (const urn of needs(state))
      for (const needed of byUrn.get(urn) ?? []) if (needed !== state) dependents.get(needed)!.push(state);
  const started = new Map<ResourceState, Promise<boolean>>();
  const start = (state: ResourceState): Promise<boolean> => {
    const known = started.get(state);
    if (known) return known;
    const run = Promise.resolve().then(async () => {
      const before = await Promise.all(dependents.get(state)!.map(start));
      return before.every(Boolean) && (await work(state));
    });
    started.set(state, run);
    return run;
  };
  await Promise.all([...states].reverse().map(start));
}
