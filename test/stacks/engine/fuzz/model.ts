/**
 * What must hold of a stack's state and of the cloud, whatever an engine did: the rules of Pulumi's snapshots, nothing
 * lost, nothing doubled, nothing protected harmed, no secret shown; and what one undisturbed operation has to come to.
 * Written against the specification, from JSON alone: it imports nothing of the engine.
 */
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { container, effective, find, type Program, providerOf, rootUrn, type Spec, urnOf } from "./program.ts";
import type { Operation } from "./scenario.ts";
import { opened, type Sent } from "./sdk.ts";
import { type Call, type Item, isAnonymous, outputsOf, type PlainMap, type World } from "./world.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** One resource as the checkpoint's JSON has it. */
export interface Entry {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  delete?: boolean;
  external?: boolean;
  protect?: boolean;
  retainOnDelete?: boolean;
  pendingReplacement?: boolean;
  parent?: string;
  provider?: string;
  deletedWith?: string;
  replaceWith?: string[];
  dependencies?: string[] | null;
  propertyDependencies?: { [property: string]: string[] | null } | null;
  inputs?: PlainMap;
  outputs?: PlainMap;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  customTimeouts?: PlainMap;
  [field: string]: unknown;
}

export interface Checkpoint {
  resources: Entry[];
  pending: { type: string; resource: Entry }[];
}

/** One operation, before and after. */
export interface Observed {
  operation: Operation;
  program: Program;
  targets: string[];
  excludes: string[];
  replaces: string[];
  sent: Map<string, Sent>;
  /** State as the operation found it, what a dead process left taken in. */
  before: Checkpoint;
  after: Checkpoint;
  itemsBefore: Map<string, Item>;
  world: World;
  calls: Call[];
  events: any[];
  /** What it failed with. */
  error: string | undefined;
  /** Nothing was made to go wrong. */
  quiet: boolean;
  /** The engine could not know what became of some call. */
  unclear: boolean;
}

export function parseCheckpoint(text: string): Checkpoint {
  const latest = JSON.parse(text).checkpoint?.latest;
  return { resources: latest?.resources ?? [], pending: latest?.pending_operations ?? [] };
}

const isProvider = ({ type }: { type: string }): boolean => type.startsWith("pulumi:providers:");
const providerUrn = (reference: string): string => reference.slice(0, reference.lastIndexOf("::"));

// ---- The rules of a snapshot -----------------------------------------------------------------------------------

/** Every URN an entry refers to, with the field that does. */
function references(entry: Entry): [field: string, urn: string][] {
  return [
    ...(entry.parent ? [["parent", entry.parent] as [string, string]] : []),
    ...(entry.dependencies ?? []).map((urn): [string, string] => ["dependencies", urn]),
    ...Object.entries(entry.propertyDependencies ?? {}).flatMap(([property, urns]) =>
      (urns ?? []).map((urn): [string, string] => [`propertyDependencies.${property}`, urn]),
    ),
    ...(entry.deletedWith ? [["deletedWith", entry.deletedWith] as [string, string]] : []),
    ...(entry.replaceWith ?? []).map((urn): [string, string] => ["replaceWith", urn]),
  ];
}

export function integrity({ resources }: Checkpoint): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  const live = new Set<string>();
  const providers = new Set<string>();
  for (const entry of resources) {
    const { urn } = entry;
    if (!urn || !entry.type) wrong.push(`an entry without urn or type: ${JSON.stringify(entry)}`);
    if (!entry.custom && entry.id) wrong.push(`${urn} is no custom resource and has an id`);
    if (entry.provider && !entry.pendingReplacement && !providers.has(entry.provider))
      wrong.push(`${urn} refers to a provider that does not stand before it: ${entry.provider}`);
    for (const [field, to] of references(entry))
      if (!seen.has(to)) wrong.push(`${urn}: ${field} refers to ${to}, which does not stand before it`);
    if (!entry.delete && live.has(urn)) wrong.push(`${urn} is there twice`);
    if (!entry.delete) live.add(urn);
    seen.add(urn);
    if (isProvider(entry)) providers.add(`${urn}::${entry.id ?? ""}`);
  }
  return wrong;
}

// ---- Nothing lost, nothing made up -----------------------------------------------------------------------------

/** Everything in the cloud is in the state or in a pending operation, or is known to be nobody's. */
export function tracked(checkpoint: Checkpoint, world: World, explained: (item: Item) => boolean): string[] {
  const ids = new Map(checkpoint.resources.filter(({ id }) => id).map((entry) => [entry.id!, entry]));
  const pending = checkpoint.pending.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  const wrong: string[] = [];
  for (const item of world.items.values()) {
    const entry = ids.get(item.id);
    if (entry) {
      world.retained.delete(item.id);
      if (item.foreign && !entry.external) world.owned.add(item.id);
      if (entry.external) world.owned.delete(item.id);
      continue;
    }
    if ((item.foreign && !world.owned.has(item.id)) || world.retained.has(item.id)) continue;
    if (pending.some((operation) => announces(operation, item))) continue;
    if (isAnonymous(item.type) && world.disowned.has(item.id)) continue;
    if (explained(item)) {
      world.retained.add(item.id);
      continue;
    }
    wrong.push(`${item.id} of ${item.urn} is in the cloud, and in neither state nor pending operations`);
  }
  return wrong;
}

/** Somebody has said that nobody needs to care for what interrupted creates left. */
export function abandon({ resources, pending }: Checkpoint, world: World): void {
  const ids = new Set(resources.map(({ id }) => id));
  for (const item of world.items.values())
    if (!ids.has(item.id) && pending.some(({ type, resource }) => type === "creating" && announces(resource, item)))
      world.retained.add(item.id);
}

function announces(operation: Entry, item: Item): boolean {
  if (operation.type !== item.type) return false;
  if (isAnonymous(item.type)) return operation.urn === item.urn;
  return operation.inputs?.["key"] === item.inputs["key"];
}

/** Left on purpose: retained, or skipped since what it lies in is to go. */
export function leftOnPurpose(o: Observed, item: Item): boolean {
  const interrupted = o.before.pending.find(({ type, resource }) => type === "creating" && announces(resource, item));
  const entry = o.before.resources.find(({ id }) => id === item.id) ?? interrupted?.resource;
  const urn = entry?.urn ?? item.urn ?? "";
  const spec = o.sent.get(urn)?.spec;
  if (entry?.retainOnDelete || (spec && effective(o.program, spec, "retainOnDelete"))) return true;
  const inside = item.inputs["inside"];
  return (
    typeof inside === "string" && entry?.deletedWith !== undefined && o.world.items.has(inside.slice("arn:".length))
  );
}

/** What state says of a resource is what the cloud last told. */
function truthful(checkpoint: Checkpoint, world: World, decrypt: Decrypt): string[] {
  const wrong: string[] = [];
  for (const entry of checkpoint.resources) {
    if (!entry.custom || isProvider(entry) || !entry.id) continue;
    if (!world.known.has(entry.id)) wrong.push(`${entry.urn} has an id that no provider gave: ${entry.id}`);
    const item = world.items.get(entry.id);
    if (!item || world.unheard.has(item.id)) continue;
    if (item.type !== entry.type) wrong.push(`${entry.urn} has the id of a ${item.type}`);
    const outputs = inClear(entry.outputs ?? {}, decrypt);
    if (!isDeepStrictEqual(outputs, outputsOf(item)))
      wrong.push(`${entry.urn} has outputs ${show(outputs)}, the cloud has ${show(outputsOf(item))}`);
    if (entry.external || world.half.has(item.id)) continue;
    const inputs = inClear(entry.inputs ?? {}, decrypt);
    if (!isDeepStrictEqual(inputs, item.inputs))
      wrong.push(`${entry.urn} has inputs ${show(inputs)}, the cloud has ${show(item.inputs)}`);
  }
  return wrong;
}

/** Ids of what state has as it is, inputs and all, and takes for well. */
export function knownWell({ resources }: Checkpoint, world: World, decrypt: Decrypt): string[] {
  return resources.flatMap((entry) => {
    const item = world.items.get(entry.id ?? "");
    const asItIs =
      item !== undefined &&
      !entry["initErrors"] &&
      isDeepStrictEqual(inClear(entry.inputs ?? {}, decrypt), item.inputs) &&
      isDeepStrictEqual(inClear(entry.outputs ?? {}, decrypt), outputsOf(item));
    return asItIs ? [item.id] : [];
  });
}

const show = (value: unknown): string => JSON.stringify(value);

// ---- Secrets ---------------------------------------------------------------------------------------------------

export type Decrypt = (ciphertext: string) => string;

const keys = new Map<string, Buffer>();

/** Pulumi's passphrase secrets, by the settings file's salt. */
export function decrypter(passphrase: string, state: string): Decrypt {
  const salt = state.split(":")[1]!;
  let key = keys.get(salt);
  if (!key) {
    key = pbkdf2Sync(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
    keys.set(salt, key);
  }
  const found = key;
  const opened = new Map<string, string>();
  return (ciphertext) => {
    const known = opened.get(ciphertext);
    if (known !== undefined) return known;
    const [, nonce, body] = ciphertext.split(":");
    const bytes = Buffer.from(body!, "base64");
    const decipher = createDecipheriv("aes-256-gcm", found, Buffer.from(nonce!, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = decipher.update(bytes.subarray(0, -16), undefined, "utf8") + decipher.final("utf8");
    opened.set(ciphertext, text);
    return text;
  };
}

function inClear(value: any, decrypt: Decrypt): any {
  if (Array.isArray(value)) return value.map((item) => inClear(item, decrypt));
  if (value === null || typeof value !== "object") return value;
  if (value[signature] === secretSignature) return inClear(JSON.parse(decrypt(value.ciphertext)), decrypt);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inClear(item, decrypt)]));
}

const hidden = (value: any): boolean =>
  value !== null && typeof value === "object" && value[signature] === secretSignature;

/** Every secret of these programs begins with the same word. */
export function shown(texts: Iterable<[name: string, text: string]>): string[] {
  return [...texts].flatMap(([name, text]) => (text.includes("s3cr3t-") ? [`${name} shows a secret`] : []));
}

// ---- One operation ---------------------------------------------------------------------------------------------

export function judge(o: Observed, decrypt: Decrypt): string[] {
  const wrong = [
    ...integrity(o.after),
    ...tracked(o.after, o.world, (item) => leftOnPurpose(o, item)),
    ...truthful(o.after, o.world, decrypt),
    ...protection(o),
    ...madeOnce(o),
    ...deletionOrder(o),
    ...restraint(o),
    ...(o.unclear ? [] : closed(o)),
  ];
  if (o.operation.op === "preview") return [...wrong, ...unchanged(o)];
  if (!o.quiet) return wrong;
  if (o.error !== undefined) return [...wrong, ...reasons(o)];
  if (limited(o)) return wrong;
  if (o.operation.op === "destroy" && !o.operation.excludeProtected) return [...wrong, ...emptied(o)];
  if (o.operation.op === "up") return [...wrong, ...fulfilled(o, decrypt)];
  return wrong;
}

const limited = (o: Observed): boolean => o.targets.length > 0 || o.excludes.length > 0;
const changing = new Set<string>(["create", "update", "delete"]);
const changesOf = (o: Observed): Call[] => o.calls.filter(({ op }) => changing.has(op));

function unchanged(o: Observed): string[] {
  const wrong = changesOf(o).map(({ op, urn }) => `a preview had a provider ${op} ${urn}`);
  if (!isDeepStrictEqual(o.before, o.after)) wrong.push("a preview changed the state");
  return wrong;
}

/** A call that came to an end leaves no intent behind, unless what it was to make is there. */
function closed(o: Observed): string[] {
  const known = new Set(o.before.pending.map(({ type, resource }) => `${type} ${resource.urn}`));
  return o.after.pending
    .filter(
      ({ type, resource }) =>
        type !== "creating" || ![...o.world.items.values()].some((item) => announces(resource, item)),
    )
    .map(({ type, resource }) => `${type} ${resource.urn}`)
    .filter((what) => !known.has(what))
    .map((what) => `${what} is pending, though every call came to an end`);
}

/** What is protected goes only when the program has said in the same breath that it no longer is. */
function protection(o: Observed): string[] {
  return changesOf(o).flatMap((call) => {
    if (call.op !== "delete") return [];
    const entry = o.before.resources.find(({ id, delete: condemned }) => id === call.id && !condemned);
    if (entry?.retainOnDelete && !released(o, entry)) return [`${entry.urn} is to be retained and was deleted`];
    if (!entry?.protect) return [];
    const spec = registrationOf(o, entry.urn);
    if (o.operation.op === "up" && spec && !effective(o.program, spec, "protect")) return [];
    return [`${entry.urn} is protected and was deleted`];
  });
}

/** The program says no longer that it is to be retained. */
function released(o: Observed, entry: Entry): boolean {
  const spec = registrationOf(o, entry.urn);
  return spec !== undefined && !effective(o.program, spec, "retainOnDelete");
}

/** Who of the program stands for a resource of the state: the same URN, or one that has it as an alias. */
function registrationOf(o: Observed, urn: string): Spec | undefined {
  return (
    o.program.specs.find((spec) => urnOf(o.program, spec) === urn) ??
    o.program.specs.find(({ aliases }) => aliases.includes(urn))
  );
}

function madeOnce(o: Observed): string[] {
  const made = changesOf(o).filter(({ op, effect }) => op === "create" && effect);
  return made
    .filter((call, index) => made.findIndex(({ urn }) => urn === call.urn) !== index)
    .map(({ urn }) => `${urn} was made twice in one operation`);
}

/**
 * Nothing goes before what needs it, unless that has been replaced without needing it, and what is deleted had to make
 * way for something that goes ahead of its own successor.
 */
function deletionOrder(o: Observed): string[] {
  const wrong: string[] = [];
  const there = new Set(o.itemsBefore.keys());
  const byId = new Map(o.before.resources.filter(({ id }) => id).map((entry) => [entry.id!, entry]));
  const settled = new Set<string>();
  for (const [at, call] of o.calls.entries()) {
    if (call.op === "create" || call.op === "update") settled.add(call.urn);
    if (call.op !== "delete" || !call.id) continue;
    const entry = byId.get(call.id);
    there.delete(call.id);
    // What is deleted ahead of its successor may leave behind who does not mind.
    if (!entry || (!entry.delete && o.operation.op === "up" && registrationOf(o, entry.urn))) continue;
    for (const id of there) {
      const other = byId.get(id);
      if (!other || other === entry || other.external || other.retainOnDelete || !o.itemsBefore.has(id)) continue;
      if (o.world.items.has(id) && !other.delete) continue;
      if (other.deletedWith === entry.urn || isInside(o.itemsBefore, id, call.id)) continue;
      if (!refersTo(other, entry)) continue;
      if (!o.calls.some((later) => later.op === "delete" && later.id === id)) continue;
      if (settled.has(other.urn) && madeWay(o, at, entry)) continue;
      wrong.push(`${entry.urn} (${call.id}) was deleted before ${other.urn} (${id}), which needs it`);
    }
  }
  return wrong;
}

/** Deleted by the call at this place: something that it needs was deleted next, and made anew. */
function madeWay(o: Observed, at: number, entry: Entry): boolean {
  const later = o.calls.slice(at + 1);
  return later.some(
    ({ op, urn }, index) =>
      op === "delete" &&
      later.slice(index + 1).some((call) => call.op === "create" && call.urn === urn) &&
      closure(o, [urn]).has(entry.urn),
  );
}

/** The one generation of a resource that an entry means: what is marked for deletion means what was there with it. */
function refersTo(other: Entry, entry: Entry): boolean {
  if (!references(other).some(([, urn]) => urn === entry.urn)) return false;
  if (entry.delete && !other.delete) return false;
  return true;
}

function isInside(items: Map<string, Item>, id: string, outer: string): boolean {
  for (let at = items.get(id); at; ) {
    const inside = at.inputs["inside"];
    if (typeof inside !== "string") return false;
    if (inside === `arn:${outer}`) return true;
    at = items.get(inside.slice("arn:".length));
  }
  return false;
}

/** `--target` and `--exclude`. */
function restraint(o: Observed): string[] {
  if (!limited(o)) return [];
  const dependents = (of: string[]): Set<string> => closure(o, of);
  const replaced = dependents(o.targets);
  const wrong: string[] = [];
  for (const call of changesOf(o)) {
    const isTarget = o.targets.includes(call.urn) || replaced.has(call.urn);
    if (o.targets.length > 0 && !isTarget) wrong.push(`${call.op} of ${call.urn}, which is not targeted`);
    if (o.targets.length > 0 && call.op === "update" && !o.targets.includes(call.urn) && !o.operation.targetDependents)
      wrong.push(`update of ${call.urn}, which is not targeted`);
    if (o.excludes.includes(call.urn) && o.targets.length === 0)
      wrong.push(`${call.op} of ${call.urn}, which is excluded`);
  }
  return wrong;
}

/** With everything that needs them, directly or not, in state or program. */
function closure(o: Observed, urns: string[]): Set<string> {
  const found = new Set(urns);
  const edges: [string, string[]][] = [
    ...o.before.resources.map((entry): [string, string[]] => [
      entry.urn,
      [...references(entry).map(([, to]) => to), ...(entry.provider ? [providerUrn(entry.provider)] : [])],
    ]),
    ...[...o.sent].map(([urn, sent]): [string, string[]] => [
      urn,
      [...sent.dependencies, parentOf(o.program, sent.spec), ...linksOf(o.program, sent.spec)],
    ]),
  ];
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [urn, needed] of edges) if (needed.some((to) => found.has(to))) found.add(urn);
  }
  return found;
}

function parentOf(program: Program, spec: Spec): string {
  const parent = find(program, spec.parent);
  return parent ? urnOf(program, parent) : rootUrn;
}

/** Whom it refers to besides its parent and what it depends on. */
function linksOf(program: Program, spec: Spec): string[] {
  const links = [providerOf(program, spec), find(program, spec.replaceWith)].filter((other) => other !== undefined);
  return [...links.map((other) => urnOf(program, other)), containerUrn(program, spec) ?? ""];
}

function containerUrn(program: Program, spec: Spec): string | undefined {
  const inside = spec.kind === "custom" ? container(program, spec) : undefined;
  return inside && urnOf(program, inside);
}

/** An undisturbed operation fails only for a reason that lies in what it was asked to do. */
function reasons(o: Observed): string[] {
  const messages = o.events
    .filter(({ diagnosticEvent }) => diagnosticEvent?.severity === "error")
    .map(({ diagnosticEvent }) => String(diagnosticEvent.message));
  const { operation, before } = o;
  const dangling = before.resources.some(
    ({ id, custom, type }) => custom && id && !isProvider({ type }) && !o.itemsBefore.has(id),
  );
  const named = [...o.targets, ...o.excludes, ...o.replaces];
  const allowed: [boolean, RegExp][] = [
    [[before, o.after].some((state) => entriesOf(state).some(({ protect }) => protect)), /protect/],
    [dangling, /NotFound|does not exist/],
    [operation.throwsAfter !== undefined, /the program threw/],
    [limited(o), /--target|--exclude|Cannot delete parent|depends on|target/],
    [o.program.specs.some(({ importing }) => importing), /import|does not exist/],
    [true, /AlreadyExists: fixed-/],
    [named.some((urn) => !isThroughout(o, urn)), /could not be found|no resource named/],
  ];
  if (messages.length === 0 && !/not supported/.test(o.error ?? ""))
    return [`it failed without saying why: ${o.error}`];
  const told = messages.filter((message) => !/^(update|destroy|refresh) failed\s*$/.test(message));
  if (told.length === 0) return [`it failed without saying why: ${messages.join("; ")}`];
  return told
    .filter((message) => !allowed.some(([may, words]) => may && words.test(message)))
    .map((message) => `it failed without a cause: ${message.trim()}`);
}

const entriesOf = ({ resources, pending }: Checkpoint): Entry[] => [
  ...resources,
  ...pending.map(({ resource }) => resource),
];

/** In state before and after: what a dead process has deleted is taken out of it first. */
function isThroughout({ before, after }: Observed, urn: string): boolean {
  return [before, after].every(({ resources }) => resources.some((entry) => entry.urn === urn));
}

function emptied(o: Observed): string[] {
  return [
    ...o.after.resources.map(({ urn }) => `${urn} is in the state after destroy`),
    ...[...o.world.items.values()]
      .filter(
        ({ id, foreign, type }) =>
          !(foreign && !o.world.owned.has(id)) && !o.world.retained.has(id) && !isAnonymous(type),
      )
      .map(({ id }) => `${id} is in the cloud after destroy`),
  ];
}

// ---- A whole, undisturbed up -----------------------------------------------------------------------------------

function fulfilled(o: Observed, decrypt: Decrypt): string[] {
  const wrong: string[] = [];
  const live = new Map(o.after.resources.filter((entry) => !entry.delete).map((entry) => [entry.urn, entry]));
  for (const entry of o.after.resources) {
    if (entry.delete) wrong.push(`${entry.urn} is still marked for deletion`);
    if (entry.pendingReplacement) wrong.push(`${entry.urn} is still waiting to be replaced`);
  }
  for (const id of o.world.interrupted)
    if (o.world.items.has(id)) wrong.push(`the update of ${id} was interrupted and is not done again`);
  for (const { type, resource } of o.after.pending)
    if (!(type === "creating" && isAnonymous(resource.type))) wrong.push(`${resource.urn} is still ${type}`);
  const expected = new Set([rootUrn, ...o.program.specs.map((spec) => urnOf(o.program, spec))]);
  for (const urn of live.keys())
    if (!expected.has(urn) && !/::pulumi:providers:\w+::default/.test(urn)) wrong.push(`${urn} is not in the program`);
  for (const spec of o.program.specs) {
    const urn = urnOf(o.program, spec);
    const entry = live.get(urn);
    const sent = o.sent.get(urn);
    if (!entry) wrong.push(`${urn} is not in the state`);
    else if (!sent) wrong.push(`${urn} was not registered`);
    else wrong.push(...asAsked(o, spec, sent, entry, live, decrypt).map((what) => `${urn}: ${what}`));
  }
  return wrong;
}

const asSet = (list: string[] | null | undefined): string[] => [...new Set(list ?? [])].sort();

function asAsked(
  o: Observed,
  spec: Spec,
  sent: Sent,
  entry: Entry,
  live: Map<string, Entry>,
  decrypt: Decrypt,
): string[] {
  const wrong: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (!isDeepStrictEqual(found, wanted)) wrong.push(`${what} is ${show(found)}, should be ${show(wanted)}`);
  };
  expect("type", entry.type, spec.type);
  expect("parent", entry.parent, parentOf(o.program, spec));
  if (spec.kind === "read") {
    expect("id", entry.id, spec.foreign);
    expect("external", entry.external, true);
    return wrong;
  }
  expect("dependencies", asSet(entry.dependencies), asSet(sent.dependencies));
  expect("property dependencies", said(entry.propertyDependencies), said(sent.propertyDependencies));
  expect("protect", entry.protect ?? false, effective(o.program, spec, "protect"));
  expect("retainOnDelete", entry.retainOnDelete ?? false, effective(o.program, spec, "retainOnDelete"));
  if (spec.kind === "component") expect("outputs", entry.outputs, { value: spec.value });
  if (spec.kind === "provider") expect("configuration", entry.inputs, sent.inputs);
  if (spec.kind !== "custom") return wrong;
  expect("ignoreChanges", asSet(entry.ignoreChanges), asSet(spec.options.ignoreChanges));
  expect("replaceOnChanges", asSet(entry.replaceOnChanges), asSet(spec.options.replaceOnChanges));
  expect("deletedWith", entry.deletedWith, containerUrn(o.program, spec));
  expect("timeouts", entry.customTimeouts, spec.options.timeouts ? { create: 300, delete: 5400 } : undefined);
  const provider = providerOf(o.program, spec);
  if (provider) {
    const found = live.get(urnOf(o.program, provider));
    expect("provider", entry.provider, `${found?.urn}::${found?.id}`);
  } else if (!/::default(_|::)/.test(entry.provider ?? ""))
    wrong.push(`provider is ${entry.provider}, should be a default one`);
  if (spec.options.secretOutputs && !hidden(entry.outputs?.["revision"]))
    wrong.push("an output said to be secret is in the clear");
  for (const [key, value] of Object.entries(sent.inputs))
    if (hidden(value) && !(hidden(entry.inputs?.[key]) && hidden(entry.outputs?.[key])))
      if (!covered(spec, key)) wrong.push(`${key} was secret and is stored in the clear`);
  const item = entry.id ? o.world.items.get(entry.id) : undefined;
  if (!item) {
    if (!wasThere(o, entry)) wrong.push(`${entry.id} is not in the cloud`);
    return wrong;
  }
  if (!o.world.half.has(item.id) && !o.world.unheard.has(item.id))
    wrong.push(...inputsAsAsked(o, spec, sent, entry, item, decrypt));
  return wrong;
}

const said = (map: { [property: string]: string[] | null } | null | undefined): PlainMap =>
  Object.fromEntries(
    Object.entries(map ?? {})
      .filter(([, urns]) => urns && urns.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([property, urns]) => [property, asSet(urns)]),
  );

const covered = (spec: Spec, key: string): boolean =>
  (spec.options.ignoreChanges ?? []).some((path) => path.split(/[.[]/)[0] === key);

/** Gone before the operation began, which nobody has told the engine. */
function wasThere(o: Observed, entry: Entry): boolean {
  return (
    o.before.resources.some(({ id }) => id === entry.id) &&
    (!o.itemsBefore.has(entry.id!) || o.itemsBefore.get(entry.id!)?.inputs["inside"] !== undefined)
  );
}

/** The program's inputs, with what it says to ignore as it was. */
function inputsAsAsked(o: Observed, spec: Spec, sent: Sent, entry: Entry, item: Item, decrypt: Decrypt): string[] {
  const wanted = opened(sent.inputs) as PlainMap;
  const { key, ...found } = item.inputs;
  if (wanted["key"] === undefined) {
    if (!isAnonymous(spec.type) && typeof key !== "string") return ["it has no name"];
  } else found["key"] = key;
  const paths = spec.options.ignoreChanges ?? [];
  const names = [entry.urn, ...spec.aliases];
  const olds = o.before.resources.filter((old) => !old.delete && names.includes(old.urn));
  const interrupted = o.before.pending.some(({ resource }) => names.includes(resource.urn));
  if (paths.length > 0 && (interrupted || o.operation.refresh || olds.length !== 1)) {
    for (const path of paths) {
      const top = path.split(/[.[]/)[0]!;
      delete wanted[top];
      delete found[top];
    }
  } else if (olds[0]?.id === entry.id)
    // A replacement is made of what the program says, and of nothing that was.
    for (const path of paths)
      keep(wanted, inClear(olds[0]!.inputs ?? {}, decrypt), path.split(/[.[\]]+/).filter(Boolean));
  return isDeepStrictEqual(found, wanted) ? [] : [`the cloud has ${show(found)}, the program asks for ${show(wanted)}`];
}

function keep(to: any, from: any, [name, ...rest]: string[]): void {
  if (name === undefined || to === null || typeof to !== "object") return;
  if (rest.length > 0) {
    if (from?.[name] !== undefined && to[name] !== undefined) keep(to[name], from[name], rest);
  } else if (from?.[name] !== undefined) to[name] = structuredClone(from[name]);
  else delete to[name];
}

// ---- The same again --------------------------------------------------------------------------------------------

const byUrn = ({ resources }: Checkpoint): Map<string, Entry> =>
  new Map(resources.map((entry) => [`${entry.urn} ${entry.delete ?? ""}`, entry]));

/** A second up of the same program has nothing to do. */
export function idle(o: Observed): string[] {
  const wrong = changesOf(o).map(({ op, urn }) => `the same program again had a provider ${op} ${urn}`);
  // In another order it is the same state.
  const before = byUrn(o.before);
  const after = byUrn(o.after);
  for (const urn of new Set([...before.keys(), ...after.keys()]))
    if (!isDeepStrictEqual(before.get(urn), after.get(urn)))
      wrong.push(`the same program again changed ${urn} from ${show(before.get(urn))} to ${show(after.get(urn))}`);
  for (const { resourcePreEvent } of o.events) {
    const op = resourcePreEvent?.metadata.op;
    if (op !== undefined && op !== "same" && op !== "read")
      wrong.push(`the same program again had a step ${op} of ${resourcePreEvent.metadata.urn}`);
  }
  return wrong;
}
