/**
 * One run of one stack: what there was, what the program has asked for so far, and the questions both sides put to
 * it. Registration is in register.ts, what follows the program in deletes.ts and refresh.ts.
 */

import { Diagnosis } from "../diagnosis.ts";
import type { PendingOperation, ResourceState, Snapshot } from "../state/resource.ts";
import { isProviderType, makeUrn, parseReference, rootStackType } from "../values/urn.ts";
import { ProviderChoice, type Wanted } from "./choose-provider.ts";
import type { Executor } from "./execute.ts";
import type { Goal } from "./goal.ts";
import { References } from "./references.ts";
import type { Configured, ProviderRegistry } from "./registry.ts";
import { needs } from "./schedule.ts";
import { withRenamed } from "./states.ts";
import type { Step } from "./step.ts";
import { Targets } from "./targets.ts";

export interface DeploymentSettings {
  stack: string;
  project: string;
  organization: string;
  preview: boolean;
  /** `aws:region` to value; plain text, secret or not. */
  config: { [key: string]: { value: string; secret: boolean } };
  /** URNs or globs; empty: everything. */
  targets: string[];
  excludes: string[];
  replaces: string[];
  targetDependents: boolean;
  excludeDependents: boolean;
  /** The folder relative assets and source positions are read against. */
  root: string;
  /** What a registration is for: to be carried out, or only to know providers and goals while the rest happens. */
  mode?: "update" | "refresh" | "destroy";
  /** Each resource is read again when the program registers it. */
  refreshAsRegistered?: boolean;
}

/** What a registration came to when it did not go well, where the operation goes on. */
export type Result = "failed" | "skipped";

export class Deployment {
  readonly settings: DeploymentSettings;
  readonly executor: Executor;
  readonly registry: ProviderRegistry;
  readonly choice: ProviderChoice;
  /** What there was and is still in force, by URN. */
  readonly olds = new Map<string, ResourceState>();
  /** Replaced in an earlier run or this one, still to be deleted. */
  readonly condemned: ResourceState[] = [];
  /** Registered by a program that is run to destroy: to be deleted when it has ended. */
  readonly toDelete: ResourceState[] = [];
  readonly references: References;
  readonly news = new Map<string, ResourceState>();
  readonly goals = new Map<string, Goal>();
  /** The step that each component came to: its outputs complete it. */
  readonly steps = new Map<string, Step>();
  /** URNs of olds a registration has claimed. */
  readonly claimed = new Set<string>();
  /** Former URN to the one it is known by now. */
  readonly renames = new Map<string, string>();
  /** The other way round. */
  readonly aliases = new Map<string, string>();
  readonly replaced = new Set<string>();
  /** Deleted ahead of their replacement, because what they depend on was. */
  readonly deletedFirst = new Map<string, string[]>();
  /** Not targeted and not there: nothing may depend on them. */
  readonly skipped = new Set<string>();
  readonly results = new Map<string, Result>();
  /** URNs that were deleted for good. */
  readonly gone = new Set<string>();
  /** Every URN of the last deployment. */
  private readonly was: ReadonlySet<string>;
  readonly pending: PendingOperation[];
  /** Providers, as `URN::ID`, by which what a create has left could not be looked for: the next run needs them. */
  readonly neededYet = new Set<string>();
  readonly seed: Uint8Array;
  /** What a resource's physical name is chosen from; an update plan has its own. */
  seedOf: (urn: string) => Uint8Array = () => this.seed;
  /** Registered and answered; awaited by whoever refers to them. */
  readonly registering = new Map<string, Promise<ResourceState>>();
  /** The root stack's outputs come last of all. */
  rootOutputs: (() => Promise<void>) | undefined;
  /** The program has got as far as its stack's outputs, which come after all it asks for. */
  heardOut = false;
  private readonly targets: Targets;
  private readonly excludes: Targets;
  private readonly replaces: Targets;
  /** Before a state got its present URN: what events show as the old one. */
  private readonly originals = new WeakMap<ResourceState, ResourceState>();
  /** Set by register.ts, which this file must not import. */
  registerProvider: (goal: Goal) => Promise<ResourceState> = () => Promise.reject(new Diagnosis("no registration yet"));

  constructor(
    settings: DeploymentSettings,
    executor: Executor,
    registry: ProviderRegistry,
    base: Snapshot,
    seed: Uint8Array,
  ) {
    this.settings = settings;
    this.executor = executor;
    this.registry = registry;
    this.seed = seed;
    this.targets = new Targets(settings.targets);
    this.excludes = new Targets(settings.excludes);
    this.replaces = new Targets(settings.replaces);
    this.was = new Set(base.resources.map((state) => state.urn));
    this.pending = [...base.pendingOperations];
    this.references = new References(() => [...this.olds.values(), ...this.condemned]);
    this.choice = new ProviderChoice({
      config: settings.config,
      goalOf: (urn) => this.goals.get(urn),
      register: (goal) => this.registerProvider(goal),
    });
    for (const state of base.resources) this.adopt(state);
    registry.outputsUnder = (urn) =>
      base.resources
        .filter(({ provider, external }) => !external && provider?.startsWith(`${urn}::`))
        .map((s) => s.outputs);
  }

  get events(): Executor["events"] {
    return this.executor.events;
  }

  get mode(): "update" | "refresh" | "destroy" {
    return this.settings.mode ?? "update";
  }

  /** Something went wrong so far. */
  get failed(): boolean {
    return this.executor.stopped !== undefined || this.events.hasErrors || this.events.hasFailures;
  }

  /** Whether the last deployment had it. */
  has(urn: string): boolean {
    return this.was.has(urn);
  }

  /** Puts a state among the olds. */
  adopt(state: ResourceState): void {
    if (isProviderType(state.type)) this.registry.remember(state);
    if (state.delete) this.condemned.push(state);
    else this.olds.set(state.urn, state);
  }

  now(): string {
    return new Date(this.executor.clock.now()).toISOString();
  }

  urnOf(goal: Goal): string {
    return makeUrn(this.settings.stack, this.settings.project, goal.parent, goal.type, goal.name);
  }

  /** The provider a custom resource goes to, as `URN::ID`. */
  providerReference(wanted: Wanted, asker: string): Promise<string> {
    return this.choice.reference(wanted, asker);
  }

  /** The provider named for it or handed down to it; undefined: the default one. */
  explicitProvider(wanted: Omit<Wanted, "version" | "plugin">): string | undefined {
    return this.choice.explicit(wanted);
  }

  configured(reference: string): Promise<Configured> {
    return this.registry.get(reference);
  }

  /** Everything that was named, for those who have to find it. */
  get named(): { targets: Targets; excludes: Targets; replaces: Targets } {
    return { targets: this.targets, excludes: this.excludes, replaces: this.replaces };
  }

  /** The operation is about a part of the stack. */
  get constrained(): boolean {
    return this.targets.constrained || this.excludes.constrained;
  }

  /**
   * Whether `--target` and `--exclude` let this one change, given what it needs. Providers and the root always may.
   * Dependents are found as they come: what they need was asked about before.
   */
  mayChange(state: ResourceState): boolean {
    return this.isIncluded(state) || isProviderType(state.type) || state.type === rootStackType;
  }

  /** Whether this state of the last deployment is one that the operation is about. */
  isIncluded(state: ResourceState): boolean {
    if (this.targets.constrained) {
      const meant = this.isMeant(state, this.targets, this.settings.targetDependents);
      if (meant) this.targets.add(state.urn);
      return meant;
    }
    if (!this.excludes.constrained) return true;
    const out = this.isMeant(state, this.excludes, this.settings.excludeDependents);
    if (out) this.excludes.add(state.urn);
    return !out;
  }

  private isMeant(state: ResourceState, by: Targets, dependents: boolean): boolean {
    return by.has(state.urn) || (dependents && [...needs(state)].some((urn) => by.has(urn)));
  }

  /** Asked for by `--replace`, or marked by a person as broken. */
  mustReplace(urn: string, old: ResourceState | undefined): boolean {
    return this.replaces.has(urn) || old?.taint === true;
  }

  /** What events show as the old state. */
  original(state: ResourceState): ResourceState {
    return this.originals.get(state) ?? state;
  }

  /**
   * A resource of the last deployment is known by another URN from now on: its own state, and those of whoever refers
   * to it and is not registered yet, are written so at once. Returns its state.
   */
  rename(old: ResourceState, to: string): ResourceState {
    const from = old.urn;
    this.renames.set(from, to);
    this.aliases.set(to, from);
    const referring = [...this.references.to(from)];
    this.references.renamed(from, to, needs(old));
    const renamed = { ...withRenamed(old, this.renames), urn: to };
    this.originals.set(renamed, this.original(old));
    this.rewrite(old, renamed);
    this.olds.delete(from);
    this.olds.set(to, renamed);
    if (isProviderType(old.type)) this.registry.remember(renamed);
    for (const urn of referring) if (!this.claimed.has(urn)) this.updateReferences(urn);
    for (const [at, state] of this.condemned.entries())
      if (needs(state).has(from)) this.condemned[at] = this.rewrite(state, withRenamed(state, this.renames));
    return renamed;
  }

  private updateReferences(urn: string): void {
    const state = this.olds.get(urn);
    if (!state || ![...needs(state)].some((needed) => this.renames.has(needed))) return;
    const next = withRenamed(state, this.renames);
    this.originals.set(next, this.original(state));
    this.olds.set(urn, this.rewrite(state, next));
  }

  private rewrite(state: ResourceState, next: ResourceState): ResourceState {
    this.executor.journal?.record({ resource: next, replaces: state });
    return next;
  }

  /** Once nothing is registered any more: what was claimed and never came through still refers to former URNs. */
  settleRenames(): void {
    if (this.renames.size === 0) return;
    for (const urn of [...this.olds.keys()]) if (!this.news.has(urn)) this.updateReferences(urn);
  }
}

/** The provider resource a state refers to. */
export function providerUrn(reference: string | undefined): string | undefined {
  return reference === undefined ? undefined : parseReference(reference)?.urn;
}
