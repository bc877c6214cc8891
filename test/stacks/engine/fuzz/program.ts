/**
 * A program as data: its resources in the order of registration, each referring only to earlier ones; how edits change
 * it; and what each resource is called and inherits. Knows nothing of the engine.
 */
import type { Draft, Edit, Options } from "./scenario.ts";

export const stackName = "dev";
export const projectName = "proj";
export const rootUrn = `urn:pulumi:${stackName}::${projectName}::pulumi:pulumi:Stack::${projectName}-${stackName}`;

export type Kind = "custom" | "component" | "provider" | "read";

export interface Spec {
  /** Who it is, whatever it is called. */
  key: number;
  kind: Kind;
  type: string;
  name: string;
  parent?: number;
  provider?: number;
  dependsOn: number[];
  refs: { property: string; to: number; out: string }[];
  deletedWith?: number;
  replaceWith?: number;
  value: number;
  nested: number;
  force: number;
  /** Of providers: the part of their configuration that changes in place, and the one that does not. */
  region: number;
  zone: number;
  secret: boolean;
  options: Options;
  /** URNs it was known by. */
  aliases: string[];
  /** Of what is only read, or imported: what somebody else made. */
  foreign?: string;
  /** Brought under management by its id instead of made. */
  importing?: boolean;
}

export interface Program {
  specs: Spec[];
  next: number;
  /** Foreign resources taken so far. */
  foreigners: number;
}

/**
 * `Plain` is named by its provider, `Nested` has a detailed diff, `Anon` cannot be found again by any name, `Fixed` has
 * a name of its own and goes before its successor comes, `Vague`'s provider cannot say what a difference means.
 */
export const types = [
  "test:index:Plain",
  "test:index:Nested",
  "test:index:Anon",
  "test:index:Fixed",
  "test:index:Vague",
  "misc:index:Plain",
] as const;
export const outputNames = ["arn", "echo", "token"] as const;
const groupType = "test:index:Group";
const kinds: Kind[] = ["custom", "custom", "custom", "custom", "custom", "custom", "component", "component", "read"];

export const packageOf = (type: string): string =>
  type.startsWith("pulumi:providers:") ? type.slice("pulumi:providers:".length) : type.split(":")[0]!;

export function newProgram(drafts: readonly Draft[]): Program {
  const program: Program = { specs: [], next: 0, foreigners: 0 };
  for (const draft of drafts) add(program, draft, program.specs.length);
  return program;
}

export const find = (program: Program, key: number | undefined): Spec | undefined =>
  key === undefined ? undefined : program.specs.find((spec) => spec.key === key);

/** One of them; undefined when there is none to choose from. */
export function choose<T>(list: readonly T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list[pick % list.length];
}

const mayBeParent = ({ kind }: Spec): boolean => kind === "component" || kind === "custom";
const isForeign = ({ kind, importing }: Spec): boolean => kind === "read" || importing === true;

function add(program: Program, draft: Draft, at: number): void {
  const earlier = program.specs.slice(0, at);
  const key = program.next++;
  const rolled = draft.kind % (kinds.length + 2);
  const kind = rolled === kinds.length ? "provider" : (kinds[rolled] ?? "custom");
  const importing = rolled === kinds.length + 1 && kind === "custom";
  const own: string = types[draft.type % types.length]!;
  const type =
    kind === "component"
      ? groupType
      : kind === "provider"
        ? `pulumi:providers:${packageOf(own)}`
        : importing || kind === "read"
          ? types[0]
          : own;
  const spec: Spec = {
    key,
    kind,
    type,
    name: `${kind[0]}${key}`,
    dependsOn: [],
    refs: [],
    value: draft.value,
    nested: draft.value,
    force: 0,
    region: 0,
    zone: 0,
    secret: draft.secret && kind === "custom",
    options: kind === "provider" || kind === "read" ? {} : draft.options,
    aliases: [],
    ...(importing ? { importing } : {}),
  };
  if (isForeign(spec)) spec.foreign = `f${program.foreigners++}`;
  if (kind !== "provider" && !importing)
    spec.parent = draft.parent === undefined ? undefined : choose(earlier.filter(mayBeParent), draft.parent)?.key;
  if (draft.provider !== undefined) spec.provider = chooseProvider(earlier, spec, draft.provider);
  if (kind === "custom") {
    spec.dependsOn = [...new Set(draft.dependsOn.flatMap((pick) => choose(earlier, pick)?.key ?? []))];
    spec.refs = draft.refs.flatMap(({ to, out, pin }, index) => {
      const found = choose(earlier, to);
      return found
        ? [{ property: pin ? `pin${index}` : `ref${index}`, to: found.key, out: outputNames[out % 3]! }]
        : [];
    });
    if (draft.deletedWith !== undefined) spec.deletedWith = chooseOwned(earlier, draft.deletedWith)?.key;
    if (draft.replaceWith !== undefined) spec.replaceWith = chooseOwned(earlier, draft.replaceWith)?.key;
  }
  settle(spec);
  program.specs.splice(at, 0, spec);
}

const chooseOwned = (earlier: Spec[], pick: number): Spec | undefined =>
  choose(
    earlier.filter((spec) => spec.kind === "custom" && !spec.importing),
    pick,
  );

function chooseProvider(earlier: Spec[], spec: Spec, pick: number): number | undefined {
  if (spec.kind === "provider" || isForeign(spec)) return undefined;
  const fitting = earlier.filter(
    (other) =>
      other.kind === "provider" && (spec.kind === "component" || packageOf(other.type) === packageOf(spec.type)),
  );
  return choose(fitting, pick)?.key;
}

/** What would be no program that ends well: a name of its own that an old one still has. */
function settle(spec: Spec): void {
  if (spec.type === "test:index:Fixed")
    spec.options = { ...spec.options, deleteBeforeReplace: true, retainOnDelete: false };
  // Made by hand and brought in: replaced, it could not be imported again.
  if (spec.importing) {
    spec.options = { protect: spec.options.protect };
    spec.refs = [];
    spec.secret = false;
    spec.deletedWith = undefined;
    spec.replaceWith = undefined;
  }
}

export function apply(program: Program, edit: Edit): void {
  if (edit.do === "add") {
    add(program, edit.draft, edit.at % (program.specs.length + 1));
    return;
  }
  if (edit.do === "forgetAliases") {
    for (const spec of program.specs) if (!spec.importing) spec.aliases = [];
    return;
  }
  const spec = choose(program.specs, edit.pick);
  if (spec) (edits[edit.do] as (program: Program, spec: Spec, edit: Edit) => void)(program, spec, edit);
}

type Of<D extends Edit["do"]> = Extract<Edit, { do: D }>;
const edits: { [D in Exclude<Edit["do"], "add" | "forgetAliases">]: (p: Program, spec: Spec, edit: Of<D>) => void } = {
  /** Who protects something takes that back first, most times. */
  remove(program, spec, { pick }) {
    if (effective(program, spec, "protect") && pick % 3 > 0) spec.options = { ...spec.options, protect: false };
    else remove(program, spec);
  },
  rename(program, spec, { alias }) {
    renamed(program, spec, alias, () => {
      spec.name = `${spec.kind[0]}${spec.key}n${program.next++}`;
    });
  },
  reparent(program, spec, { to, alias }) {
    if (spec.kind === "provider" || isForeign(spec)) return;
    const parent = choose([undefined, ...earlier(program, spec).filter(mayBeParent)], to);
    renamed(program, spec, alias, () => {
      spec.parent = parent?.key;
    });
  },
  value: (_, spec, { value }) => {
    spec.value = value;
  },
  nested: (_, spec, { value }) => {
    spec.nested = value;
  },
  force: (_, spec) => {
    if (!isForeign(spec)) spec.force++;
  },
  secret: (_, spec, { secret }) => {
    if (spec.kind === "custom" && !spec.importing) spec.secret = secret;
  },
  options(_, spec, { options }) {
    if (spec.kind === "provider" || spec.kind === "read") return;
    spec.options = options;
    settle(spec);
  },
  provider(program, spec, { to }) {
    if (spec.kind === "provider" || isForeign(spec)) return;
    spec.provider = chooseProvider(earlier(program, spec), spec, to);
  },
  configure(program, spec, { zone }) {
    const provider = spec.kind === "provider" ? spec : find(program, spec.provider);
    if (!provider) return;
    if (zone) provider.zone++;
    else provider.region++;
  },
  depend(program, spec, { to, out, how }) {
    if (spec.kind !== "custom" || spec.importing) return;
    const target = choose(earlier(program, spec), to);
    if (!target) return;
    const owned = target.kind === "custom" && !target.importing;
    const ways = ["dependsOn", "ref0", "pin1", "ref2", ...(owned ? ["deletedWith", "replaceWith"] : [])];
    const way = ways[how % ways.length]!;
    if (way === "dependsOn") spec.dependsOn = [...new Set([...spec.dependsOn, target.key])];
    else if (way === "deletedWith" || way === "replaceWith") spec[way] = target.key;
    else
      spec.refs = [
        ...spec.refs.filter(({ property }) => property !== way),
        { property: way, to: target.key, out: outputNames[out % 3]! },
      ];
  },
  independ(_, spec) {
    spec.dependsOn = [];
    spec.refs = [];
    spec.deletedWith = undefined;
    spec.replaceWith = undefined;
  },
  reorder(program, spec, { to }) {
    const others = program.specs.filter((other) => other !== spec);
    const first = Math.max(0, ...[...needs(spec)].map((key) => others.findIndex((other) => other.key === key) + 1));
    const dependent = others.findIndex((other) => needs(other).has(spec.key));
    const last = dependent < 0 ? others.length : dependent;
    others.splice(first + (to % (last - first + 1)), 0, spec);
    program.specs = others;
  },
  /** What was made is only looked at from now on, or the other way round. */
  ownership(program, spec) {
    if (spec.type !== types[0] || spec.importing) return;
    if (spec.kind === "read") {
      spec.kind = "custom";
      spec.foreign = undefined;
      return;
    }
    const referred = program.specs.some((other) => other.deletedWith === spec.key || other.replaceWith === spec.key);
    const parent = program.specs.some((other) => other.parent === spec.key);
    if (spec.kind !== "custom" || referred || parent || effective(program, spec, "protect")) return;
    spec.kind = "read";
    spec.foreign = `f${program.foreigners++}`;
    spec.options = {};
    spec.refs = [];
    spec.dependsOn = [];
    spec.deletedWith = undefined;
    spec.replaceWith = undefined;
    spec.secret = false;
  },
};

const earlier = (program: Program, spec: Spec): Spec[] => program.specs.slice(0, program.specs.indexOf(spec));

/** With what is below it; what referred to it does so no longer. */
function remove(program: Program, spec: Spec): void {
  const gone = new Set([spec.key]);
  for (const other of program.specs) if (other.parent !== undefined && gone.has(other.parent)) gone.add(other.key);
  program.specs = program.specs.filter(({ key }) => !gone.has(key));
  for (const other of program.specs) {
    other.dependsOn = other.dependsOn.filter((key) => !gone.has(key));
    other.refs = other.refs.filter(({ to }) => !gone.has(to));
    for (const link of ["provider", "deletedWith", "replaceWith"] as const)
      if (gone.has(other[link]!)) other[link] = undefined;
  }
}

/** Keeps old URNs as aliases, of what is below it as well. Without, it is another resource from now on. */
function renamed(program: Program, spec: Spec, alias: boolean, change: () => void): void {
  const below = (other: Spec): boolean => {
    for (let at: Spec | undefined = other; at; at = find(program, at.parent)) if (at === spec) return true;
    return false;
  };
  const before = program.specs.filter(below).map((other) => ({ other, urn: urnOf(program, other) }));
  change();
  // Imported under another name while the old one is deleted, it would be gone.
  if (!alias && !spec.importing) return;
  for (const { other, urn } of before)
    if (urnOf(program, other) !== urn) other.aliases = [urn, ...other.aliases.filter((known) => known !== urn)];
}

/** Keys of what has to stand before it. */
export function needs(spec: Spec): Set<number> {
  const keys = [
    spec.parent,
    spec.provider,
    spec.deletedWith,
    spec.replaceWith,
    ...spec.dependsOn,
    ...spec.refs.map(({ to }) => to),
  ];
  return new Set(keys.filter((key) => key !== undefined));
}

export function urnOf(program: Program, spec: Spec): string {
  const chain: string[] = [];
  for (let at: Spec | undefined = spec; at; at = find(program, at.parent)) chain.unshift(at.type);
  return `urn:pulumi:${stackName}::${projectName}::${chain.join("$")}::${spec.name}`;
}

/** An option that reaches children unless they say otherwise. */
export function effective<O extends "protect" | "retainOnDelete">(program: Program, spec: Spec, option: O): boolean {
  for (let at: Spec | undefined = spec; at; at = find(program, at.parent))
    if (at.options[option] !== undefined) return at.options[option]!;
  return false;
}

/** Whom it goes with; children inherit that. */
export function container(program: Program, spec: Spec): Spec | undefined {
  for (let at: Spec | undefined = spec; at; at = find(program, at.parent))
    if (at.deletedWith !== undefined) return find(program, at.deletedWith);
  return undefined;
}

/** The explicit provider it goes to: its own, or the nearest above of its package. */
export function providerOf(program: Program, spec: Spec): Spec | undefined {
  for (let at: Spec | undefined = spec; at; at = find(program, at.parent)) {
    const provider = find(program, at.provider);
    if (provider && packageOf(provider.type) === packageOf(spec.type)) return provider;
  }
  return undefined;
}

/** Nothing is protected any more, as before a planned end. */
export function unprotect(program: Program): void {
  for (const spec of program.specs) spec.options = { ...spec.options, protect: undefined };
}
