/**
 * Who refers to whom among the states of the last deployment: an index, built once and only when something asks, so
 * that a step about one resource does not look at all of them.
 */

import type { ResourceState } from "../state/resource.ts";
import { needs } from "./schedule.ts";

export class References {
  private readonly states: () => Iterable<ResourceState>;
  private byTarget: Map<string, Set<string>> | undefined;
  private readonly ranks = new Map<string, number>();

  constructor(states: () => Iterable<ResourceState>) {
    this.states = states;
  }

  private index(): Map<string, Set<string>> {
    if (this.byTarget) return this.byTarget;
    this.byTarget = new Map();
    for (const state of this.states()) {
      if (!this.ranks.has(state.urn)) this.ranks.set(state.urn, this.ranks.size);
      for (const target of needs(state)) this.add(target, state.urn);
    }
    return this.byTarget;
  }

  private add(target: string, from: string): void {
    const found = this.byTarget!.get(target);
    if (found) found.add(from);
    else this.byTarget!.set(target, new Set([from]));
  }

  /** URNs of states that refer to this one in any way, as the deployment began (some may be gone by now). */
  to(urn: string): ReadonlySet<string> {
    return this.index().get(urn) ?? none;
  }

  /** Everything that refers to one of these, directly or not, without them. */
  closure(urns: Iterable<string>): Set<string> {
    const found = new Set<string>();
    const open = [...urns];
    const roots = new Set(open);
    for (let urn = open.pop(); urn !== undefined; urn = open.pop())
      for (const from of this.to(urn))
        if (!found.has(from) && !roots.has(from)) {
          found.add(from);
          open.push(from);
        }
    return found;
  }

  /** What stands earlier needs nothing of what stands later. */
  inOrder(urns: Iterable<string>): string[] {
    this.index();
    return [...urns].sort((a, b) => (this.ranks.get(a) ?? 0) - (this.ranks.get(b) ?? 0));
  }

  /** A resource is known by another URN from now on; `references` is whom it refers to. */
  renamed(from: string, to: string, references: Iterable<string>): void {
    if (!this.byTarget) return;
    this.ranks.set(to, this.ranks.get(from) ?? this.ranks.size);
    const referring = this.byTarget.get(from);
    if (referring) this.byTarget.set(to, new Set([...(this.byTarget.get(to) ?? []), ...referring]));
    for (const target of references) this.add(target, to);
  }
}

const none: ReadonlySet<string> = new Set();
