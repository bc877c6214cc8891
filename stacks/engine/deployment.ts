/**
 * One run of one stack: what there was, what the program has asked for so far, and the questions both sides put to
 * it. Registration is in register.ts, what follows the program in deletes.ts and refresh.ts.
 */
import { Diagnosis } from "./diagnosis.ts";
import type { Executor } from "./execute.ts";
import { emptyGoal, type Goal } from "./goal.ts";
import { defaultName, type PluginRequest, packageFor, versionFor, withPlugin } from "./packages.ts";
import { parsePath } from "./paths.ts";
import type { Configured, ProviderRegistry } from "./registry.ts";
import { needs } from "./schedule.ts";
import type { PendingOperation, ResourceState, Snapshot } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { isProviderType, makeUrn, packageOf, parseReference, providerType, rootStackType } from "./urn.ts";
import { type PropertyMap, Secret } from "./value.ts";
import { equal, equalMaps } from "./values.ts";

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
  excludeProtected: boolean;
  /** The folder relative assets and source positions are read against. */
  root: string;
}

export class Deployment {
  readonly settings: DeploymentSettings;
  readonly executor: Executor;
  readonly registry: ProviderRegistry;
  /** What there was and is still in force, by URN, in dependency order. */
  readonly olds = new Map<string, ResourceState>();
  /** Replaced in an earlier run or this one, still to be deleted. */
  readonly condemned: ResourceState[] = [];
  readonly news = new Map<string, ResourceState>();
  readonly goals = new Map<string, Goal>();
  /** URNs of olds a registration has claimed. */
  readonly claimed = new Set<string>();
  readonly replaced = new Set<string>();
  /** Not targeted and not there: nothing may depend on them. */
  readonly skipped = new Set<string>();
  readonly pending: PendingOperation[];
  readonly seed: Uint8Array;
  /** Registered and answered; awaited by whoever refers to them. */
  readonly registering = new Map<string, Promise<ResourceState>>();
  /** Components that have not told their outputs yet: what was done to them. */
  readonly unfinished = new Map<string, Step>();
  private readonly defaults = new Map<string, Promise<string>>();
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
    this.pending = [...base.pendingOperations];
    for (const state of base.resources) this.adopt(state);
    registry.outputsUnder = (urn) =>
      base.resources
        .filter(({ provider, external }) => !external && provider?.startsWith(`${urn}::`))
        .map((s) => s.outputs);
  }

  get events(): Executor["events"] {
    return this.executor.events;
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
  async providerReference(
    goal: Pick<Goal, "type" | "provider" | "providers" | "parent" | "version" | "plugin">,
  ): Promise<string> {
    if (goal.provider) return this.checkedReference(goal.provider);
    const pkg = packageOf(goal.type);
    const inherited = this.inheritedProvider(goal, pkg);
    if (inherited) return this.checkedReference(inherited);
    return this.defaultProvider(goal.plugin ?? { name: pkg, version: goal.version });
  }

  /** The provider named for it or handed down to it; undefined: the default one. */
  explicitProvider(goal: Pick<Goal, "type" | "provider" | "providers" | "parent">): string | undefined {
    return goal.provider ?? this.inheritedProvider(goal, packageOf(goal.type));
  }

  private checkedReference(reference: string): string {
    const parts = parseReference(reference);
    if (!parts || !isProviderType(parts.urn.split("::")[2]?.split("$").at(-1) ?? ""))
      throw new Diagnosis(`invalid provider reference '${reference}'`);
    return reference;
  }

  private inheritedProvider(goal: Pick<Goal, "providers" | "parent">, pkg: string): string | undefined {
    if (goal.providers[pkg]) return goal.providers[pkg];
    for (let urn = goal.parent; urn; urn = this.goals.get(urn)?.parent) {
      const parent = this.goals.get(urn);
      if (parent?.providers[pkg]) return parent.providers[pkg];
      const own = parent?.provider ?? this.news.get(urn)?.provider;
      const type = own ? parseReference(own)?.urn.split("::")[2]?.split("$").at(-1) : undefined;
      if (parent?.provider && type === providerType(pkg)) return parent.provider;
    }
    return undefined;
  }

  private async defaultProvider(plugin: PluginRequest): Promise<string> {
    const key = `${packageFor(plugin)}/${defaultName(plugin)}`;
    let found = this.defaults.get(key);
    if (!found) {
      found = this.makeDefault(plugin);
      this.defaults.set(key, found);
    }
    return found;
  }

  private async makeDefault(plugin: PluginRequest): Promise<string> {
    const pkg = packageFor(plugin);
    const denied = deniedPackages(this.settings.config["pulumi:disable-default-providers"]?.value);
    if (denied.includes(pkg) || denied.includes("*"))
      throw new Diagnosis(`Default provider for '${pkg}' disabled. '${pkg}' must use an explicit provider.`);
    const goal = {
      ...emptyGoal(providerType(pkg), defaultName(plugin)),
      inputs: withPlugin(this.packageConfig(pkg), plugin),
      version: versionFor(plugin),
    };
    const state = await this.registerProvider(goal);
    return `${state.urn}::${state.id}`;
  }

  private packageConfig(pkg: string): PropertyMap {
    const inputs: PropertyMap = {};
    for (const [key, { value, secret }] of Object.entries(this.settings.config))
      if (key.startsWith(`${pkg}:`)) inputs[key.slice(pkg.length + 1)] = secret ? new Secret(value) : value;
    return inputs;
  }

  async configured(reference: string): Promise<Configured> {
    return this.registry.get(reference);
  }

  /** Whether `--target` and `--exclude` let this one change. Providers and the root always may. */
  mayChange(urn: string, type: string): boolean {
    const { targets, excludes } = this.settings;
    if (isProviderType(type) || type === rootStackType) return true;
    if (excludes.length > 0) return !this.matches(urn, excludes, this.settings.excludeDependents);
    return targets.length === 0 || this.matches(urn, targets, this.settings.targetDependents);
  }

  private matches(urn: string, patterns: string[], dependents: boolean): boolean {
    if (patterns.some((pattern) => glob(pattern).test(urn))) return true;
    if (!dependents) return false;
    const goal = this.goals.get(urn);
    const state = this.news.get(urn) ?? this.olds.get(urn);
    const needed = goal ? [...goal.dependencies, goal.parent, goal.deletedWith] : state ? [...needs(state)] : [];
    return needed.some((other) => other !== undefined && other !== urn && this.matches(other, patterns, true));
  }

  mustReplace(urn: string): boolean {
    return this.settings.replaces.some((pattern) => glob(pattern).test(urn));
  }

  /** Rewrites references of olds not claimed yet, after one they refer to got a new URN. */
  rename(from: string, to: string): void {
    for (const [urn, state] of this.olds) {
      if (this.claimed.has(urn) || !needs(state).has(from)) continue;
      const renamed = withRenamed(state, from, to);
      this.executor.journal?.record({ resource: renamed, replaces: state });
      this.olds.set(urn, renamed);
    }
  }
}

/** Throws when the setting is not what it has to be: guessing would allow what was meant to be denied. */
function deniedPackages(setting: string | undefined): string[] {
  if (setting === undefined || setting === "") return [];
  try {
    const list: unknown = JSON.parse(setting);
    if (Array.isArray(list) && list.every((pkg) => typeof pkg === "string")) return list;
  } catch {
    // Told below, as any other text that is no list.
  }
  throw new Diagnosis("pulumi:disable-default-providers must be a JSON list of package names");
}

const globs = new Map<string, RegExp>();
function glob(pattern: string): RegExp {
  let found = globs.get(pattern);
  if (!found) {
    const source = pattern
      .split("**")
      .map((part) =>
        part
          .split("*")
          .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
          .join("[^:]*"),
      )
      .join(".*");
    found = new RegExp(`^${source}$`);
    globs.set(pattern, found);
  }
  return found;
}

function withRenamed(state: ResourceState, from: string, to: string): ResourceState {
  const swap = (urn: string): string => (urn === from ? to : urn);
  return {
    ...state,
    parent: state.parent && swap(state.parent),
    dependencies: state.dependencies.map(swap),
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(swap)]),
    ),
    deletedWith: state.deletedWith && swap(state.deletedWith),
    replaceWith: state.replaceWith?.map(swap),
    provider: state.provider?.startsWith(`${from}::`) ? to + state.provider.slice(from.length) : state.provider,
  };
}

/** Without references to what is gone. */
export function withoutReferences(state: ResourceState, gone: ReadonlySet<string>): ResourceState {
  const keep = (urn: string): boolean => !gone.has(urn);
  return {
    ...state,
    parent: state.parent && keep(state.parent) ? state.parent : undefined,
    dependencies: state.dependencies.filter(keep),
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.filter(keep)]),
    ),
    deletedWith: state.deletedWith && keep(state.deletedWith) ? state.deletedWith : undefined,
    replaceWith: state.replaceWith?.filter(keep),
  };
}

/** The new state of a goal; outputs and id come with the step. */
export function stateFor(
  goal: Goal,
  urn: string,
  inputs: PropertyMap,
  provider: string | undefined,
  old?: ResourceState,
): ResourceState {
  const aliases = goal.aliases.length > 0 && old && old.urn !== urn ? [old.urn] : undefined;
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
    aliases,
    customTimeouts: goal.custom ? goal.customTimeouts : undefined,
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

const valueFields = new Set(["inputs", "outputs", "replacementTrigger"]);
const looseFields = new Set(["modified", "created"]);

/** Whether writing `next` over `old` would change anything worth a write. */
export function sameState(old: ResourceState, next: ResourceState): boolean {
  const keys = new Set([...Object.keys(old), ...Object.keys(next)]) as Set<keyof ResourceState>;
  for (const key of keys) {
    if (looseFields.has(key)) continue;
    if (key === "inputs" || key === "outputs") {
      if (!equalMaps(old[key], next[key]) || secretShape(old[key]) !== secretShape(next[key])) return false;
    } else if (
      valueFields.has(key)
        ? !equal(old.replacementTrigger, next.replacementTrigger)
        : JSON.stringify(old[key]) !== JSON.stringify(next[key])
    )
      return false;
  }
  return true;
}

function secretShape(map: PropertyMap): string {
  return JSON.stringify(
    Object.entries(map)
      .filter(([, value]) => value instanceof Secret)
      .map(([key]) => key)
      .sort(),
  );
}

/** `ignoreChanges` that are no paths. */
export function badPaths(paths: string[]): string[] {
  return paths.filter((path) => parsePath(path) === undefined);
}
