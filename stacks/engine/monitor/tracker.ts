/**
 * Whether everything beneath some resources has been made, for invokes that depend on them. A custom resource stands
 * for itself; a component for all it holds down to the first custom resource on each branch, so that what is still
 * being registered beneath it is waited for.
 */

export class Tracker {
  private readonly known = new Map<string, { custom: boolean; made: boolean }>();
  private readonly children = new Map<string, string[]>();
  private readonly underWay = new Map<string, Set<Promise<unknown>>>();

  /** A registration beneath `parent` (empty: none) that has begun. */
  begun(parent: string, registration: Promise<unknown>): void {
    const running = this.underWay.get(parent) ?? new Set();
    this.underWay.set(parent, running.add(registration));
    const over = (): void => {
      running.delete(registration);
    };
    registration.then(over, over);
  }

  settled(urn: string, parent: string, custom: boolean, made: boolean): void {
    if (!this.known.has(urn)) {
      const siblings = this.children.get(parent);
      if (siblings) siblings.push(urn);
      else this.children.set(parent, [urn]);
    }
    this.known.set(urn, { custom, made });
  }

  /** Whether any of them, or anything they hold, is not made yet. */
  async hasUnmade(urns: readonly string[]): Promise<boolean> {
    for (;;) {
      const components = this.expand(urns);
      if (components === undefined) return true;
      const waiting = components.flatMap((urn) => [...(this.underWay.get(urn) ?? [])]);
      if (waiting.length === 0) return false;
      await Promise.allSettled(waiting);
    }
  }

  /** The components reached, or undefined when a custom resource that is not made yet was. */
  private expand(urns: readonly string[]): string[] | undefined {
    const components = new Set<string>();
    const frontier = [...urns];
    for (let urn = frontier.pop(); urn !== undefined; urn = frontier.pop()) {
      const found = this.known.get(urn);
      if (found?.custom && !found.made) return undefined;
      if (!found || found.custom || components.has(urn)) continue;
      components.add(urn);
      frontier.push(...(this.children.get(urn) ?? []));
    }
    return [...components];
  }
}
