/**
 * The one skeleton of every resource type: check, diff, create, read, update, delete and adopt, from a type's
 * description. Create and update end in the same place: the aspects that differ are synced, then the cloud is observed.
 */
import {
  type CheckRequest,
  type CheckResult,
  PartialFailure,
  type ReadResult,
  type UpdateRequest,
} from "../../engine/provider.ts";
import { type PropertyMap, unknown } from "../../engine/value.ts";
import { differing, same } from "./canonical.ts";
import { common } from "./errors.ts";
import { addName, isInvented } from "./naming.ts";
import { checkProperties, isEmpty, map, type Properties, text } from "./schema.ts";
import { allTags, isOurs, type Tags } from "./tags.ts";
import type { Aspect, Call, Observed, ResourceType } from "./type.ts";
import { until } from "./waiting.ts";

/** The table as a program may fill it: with tags and region where the type has them. */
export function propertiesOf(type: ResourceType): Properties {
  return {
    ...type.properties,
    ...(type.taggable ? { tags: map(text()), tagsAll: map(text()) } : {}),
    ...(type.global ? {} : { region: text({ replaces: true, computed: true }) }),
  };
}

export function check(type: ResourceType, request: CheckRequest, defaultTags: Tags): CheckResult {
  const properties = propertiesOf(type);
  const { inputs, failures } = checkProperties(properties, request.news);
  const defaults: string[] = [];
  if (type.autoname && addName(type.autoname, inputs, request)) defaults.push(type.autoname.property);
  for (const [name, property] of Object.entries(properties)) {
    if (property.default === undefined || inputs[name] !== undefined) continue;
    inputs[name] = property.default;
    defaults.push(name);
  }
  if (type.taggable) {
    const tags = inputs["tags"];
    const whole = tags === undefined || Object.getPrototypeOf(tags) === Object.prototype;
    const merged = whole ? allTags(defaultTags, tags as PropertyMap | undefined) : tags;
    if (!isEmpty(merged)) inputs["tagsAll"] = merged!;
  }
  if (failures.length === 0) failures.push(...(type.validate?.(inputs) ?? []));
  inputs["__defaults"] = defaults.sort();
  return { inputs, failures };
}

/** Names whose values differ in a way the cloud would notice; tags are compared with the defaults merged in. */
export function changedNames(type: ResourceType, olds: PropertyMap, news: PropertyMap): string[] {
  const properties = propertiesOf(type);
  // Inputs that were read, not checked, have no list of defaults.
  const imported = olds["__defaults"] === undefined;
  const silent = (map: PropertyMap, other: PropertyMap): PropertyMap => {
    const copy = { ...map };
    if (type.taggable && copy["tagsAll"] === undefined && copy["tags"] !== undefined) copy["tagsAll"] = copy["tags"];
    for (const [name, property] of Object.entries(properties))
      if ((property.computed && isEmpty(news[name])) || (property.steering && imported && isEmpty(olds[name])))
        delete copy[name];
    if (type.autoname?.prefix && isEmpty(other[type.autoname.prefix])) delete copy[type.autoname.prefix];
    return copy;
  };
  const [before, after] = [spelled(type, olds), spelled(type, news)];
  const names = differing(properties, silent(before, after), silent(after, before));
  return type.taggable ? names.filter((name) => name !== "tags") : names;
}

/** Without the spellings that mean nothing. */
export function spelled(type: ResourceType, inputs: PropertyMap): PropertyMap {
  return type.spelling?.(inputs) ?? inputs;
}

/** Inputs that are the outputs of a new resource, with the rest unknown. */
export function previewCreate(type: ResourceType, inputs: PropertyMap): PropertyMap {
  const outputs = outputsFrom(inputs, {});
  for (const name of type.outputs) outputs[name] = unknown;
  for (const [name, property] of Object.entries(propertiesOf(type)))
    if (property.computed && outputs[name] === undefined) outputs[name] = unknown;
  return outputs;
}

export function previewUpdate(type: ResourceType, request: UpdateRequest): PropertyMap {
  const outputs = { ...request.oldOutputs };
  for (const name of changedNames(type, request.oldInputs, request.newInputs)) delete outputs[name];
  for (const name of type.volatile ?? []) outputs[name] = unknown;
  return { ...outputs, ...outputsFrom(request.newInputs, {}), ...filledIn(type, request) };
}

/** Inputs that AWS adds to, of which a program reads what it did not say: `type.outputs` names them, too. */
function filledIn(type: ResourceType, { oldInputs, newInputs, oldOutputs }: UpdateRequest): PropertyMap {
  const changed = changedNames(type, oldInputs, newInputs);
  const names = type.outputs.filter((name) => name in type.properties);
  return Object.fromEntries(
    names.map((name) => [name, changed.includes(name) ? unknown : (oldOutputs[name] ?? unknown)]),
  );
}

function outputsFrom(inputs: PropertyMap, observed: PropertyMap): PropertyMap {
  const { __defaults, ...said } = inputs;
  return { ...said, ...observed };
}

/** Creates, or takes over what is ours already; saves what exists when a later aspect fails. */
export async function create(type: ResourceType, call: Call): Promise<{ id: string; outputs: PropertyMap }> {
  let aspects = type.aspects.filter(
    (aspect) => aspect.afterCreate && aspect.of.some((name) => wanted(type, call, name)),
  );
  let changed = Object.keys(call.inputs);
  try {
    call.id = await type.create(call);
  } catch (error) {
    if (call.id !== "") return await settled(type, call, () => Promise.reject(error));
    const found = await takeOver(type, call, error);
    changed = found.changed;
    aspects = toSync(type, changed);
  }
  call.label = call.id;
  return await settled(type, call, async () => {
    for (const aspect of aspects) await aspect.sync(call, changed);
  });
}

/** Of one that is taken over: what differs, and what nobody can tell whether it does. */
function toSync(type: ResourceType, changed: readonly string[]): Aspect[] {
  return type.aspects.filter(({ untold, of }) => untold || of.some((name) => changed.includes(name)));
}

function wanted(type: ResourceType, call: Call, name: string): boolean {
  const property = propertiesOf(type)[name];
  return property !== undefined && !same(property, call.inputs[name], undefined);
}

/** After a failed create: ours all the same (a lost answer, a cut-off earlier run), or the error stands. */
async function takeOver(type: ResourceType, call: Call, error: unknown): Promise<{ changed: string[] }> {
  const { session } = call;
  const unreadable = session.isUnreadable(error);
  if (!unreadable && !session.hasCode(error, type.exists ?? [])) throw error;
  const id = (await type.locate?.(call)) ?? type.identity?.(call.inputs);
  if (!id) throw error;
  const attempts = { unanswered: unreadable || session.wasRepeated(error) };
  // Refused because of one that nobody sees: made a moment ago, or on its way out. A cloud takes seconds for either.
  const wait = { what: `${call.label} to be seen, or its name to be free`, seconds: 60 };
  const found = await until(call.context, wait, async () => {
    const there = await ours(type, { ...call, id }, attempts.unanswered);
    return there === "absent" ? await madeAgain(type, call, attempts) : there;
  });
  if (found === "somebody's") throw common.notOurs(call.label);
  if (found !== "made") call.id = id;
  return { changed: found === "made" ? Object.keys(call.inputs) : found };
}

/** Undefined while the cloud still says that it exists, or nobody knows what came of it: then it is to be looked for. */
async function madeAgain(
  type: ResourceType,
  call: Call,
  attempts: { unanswered: boolean },
): Promise<"made" | undefined> {
  const { session } = call;
  try {
    call.id = await type.create(call);
    return "made";
  } catch (error) {
    const unreadable = session.isUnreadable(error);
    if (call.id !== "" || !(unreadable || session.hasCode(error, type.exists ?? []))) throw error;
    attempts.unanswered ||= unreadable || session.wasRepeated(error);
    return undefined;
  }
}

/**
 * Whether what the cloud has under the id belongs to this program, and if so which inputs differ. Tags decide; without
 * identity tags an invented name, or identical content that an attempt of this very call may have made.
 */
async function ours(type: ResourceType, call: Call, ownAttempt: boolean): Promise<string[] | "absent" | "somebody's"> {
  const live = await type.observe({ ...call, importing: true });
  if (!live) return "absent";
  const changed = changedNames(type, normalised(type, live.inputs), readable(type, call.inputs));
  const tagged = type.taggable
    ? isOurs((live.inputs["tagsAll"] ?? {}) as Tags, call.inputs["tagsAll"] as PropertyMap | undefined)
    : undefined;
  const claimed = () => type.claimable?.(call) ?? Promise.resolve(false);
  if (tagged === false && !(isEmpty(live.inputs["tagsAll"]) && (await claimed()))) return "somebody's";
  if (tagged === undefined && !isInvented(type.autoname, call.inputs) && !(ownAttempt && changed.length === 0))
    return "somebody's";
  const fixed = changed.filter((name) => propertiesOf(type)[name]?.replaces);
  if (fixed.length > 0) throw common.needsReplacement(call.label, fixed);
  // What the cloud never tells again is sent again.
  return [...changed, ...writeOnlyNames(type, call.inputs)];
}

function writeOnlyNames(type: ResourceType, inputs: PropertyMap): string[] {
  return Object.entries(propertiesOf(type)).flatMap(([name, property]) =>
    property.writeOnly && !isEmpty(inputs[name]) ? [name] : [],
  );
}

function readable(type: ResourceType, inputs: PropertyMap): PropertyMap {
  const hidden = writeOnlyNames(type, inputs);
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !hidden.includes(name)));
}

/** Finds what a create that was cut off left, without changing it unless it is ours. */
export async function adopt(type: ResourceType, call: Call): Promise<{ id: string; outputs: PropertyMap } | null> {
  const id = (await type.locate?.(call)) ?? type.identity?.(call.inputs);
  if (!id) return null;
  call.id = id;
  const found = await ours(type, call, true);
  if (typeof found === "string") return null;
  return await settled(type, call, async () => {
    for (const aspect of toSync(type, found)) await aspect.sync(call, found);
  });
}

/** What the cloud has of what a program describes, found by name alone; the way back to a state that was lost. */
export interface Found {
  id: string;
  /** As the cloud has them, in the program's spelling; contents are left out that are not those of the program. */
  inputs: PropertyMap;
  outputs: PropertyMap;
  /** False: its tags say somebody else; undefined: they say nothing, or it can have none. */
  ours: boolean | undefined;
  /** Inputs in which it is not what the program says. */
  differs: string[];
}

/** Changes nothing. Null when there is no such thing. */
export async function find(type: ResourceType, call: Call, defaults: Tags): Promise<Found | null> {
  const id = (await type.locate?.(call)) ?? type.identity?.(call.inputs);
  if (!id) return null;
  call.id = id;
  call.label = id;
  const live = await read(type, call, defaults);
  if (live.id === null) return null;
  const tags = (live.outputs["tagsAll"] ?? {}) as Tags;
  const ours =
    type.taggable && !isEmpty(tags) ? isOurs(tags, call.inputs["tagsAll"] as PropertyMap | undefined) : undefined;
  const hidden = writeOnlyNames(type, call.inputs);
  const without = (inputs: PropertyMap, names: string[]): PropertyMap =>
    Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
  const olds = without(live.inputs ?? {}, hidden);
  const names = changedNames(type, olds, call.inputs);
  const changed = (await type.settle?.({ inputs: call.inputs, olds, outputs: live.outputs }, names)) ?? names;
  // What the cloud never tells is taken to be as the program says, unless a hash shows that it is not.
  const unlike = type.settle ? hidden.filter((name) => changed.includes(name)) : [];
  const differs = changed.filter((name) => !hidden.includes(name) || unlike.includes(name));
  return { id: live.id, inputs: without(live.inputs ?? {}, unlike), outputs: live.outputs, ours, differs };
}

export async function update(type: ResourceType, call: Call): Promise<{ outputs: PropertyMap }> {
  const names = changedNames(type, call.olds, call.inputs);
  // Asked to change nothing: an earlier create ended half way, and what it left undone is only to be seen there.
  const undone = names.length === 0 ? await undoneNames(type, call) : undefined;
  const changed = undone ?? (await type.settle?.(call, names)) ?? names;
  return await settled(type, call, async () => {
    for (const aspect of type.aspects)
      if (aspect.of.some((name) => changed.includes(name))) await aspect.sync(call, changed);
  });
}

async function undoneNames(type: ResourceType, call: Call): Promise<string[]> {
  const live = await type.observe({ ...call, importing: true });
  if (!live) throw common.vanished(call.label);
  const names = changedNames(type, normalised(type, live.inputs), readable(type, call.inputs));
  return [...names.filter((name) => !propertiesOf(type)[name]?.replaces), ...writeOnlyNames(type, call.inputs)];
}

/** Runs the syncs, then observes; a failure in between keeps the resource in the state with its reasons. */
async function settled(
  type: ResourceType,
  call: Call,
  sync: () => Promise<void>,
): Promise<{ id: string; outputs: PropertyMap }> {
  let failure: unknown;
  try {
    await sync();
  } catch (error) {
    failure = error;
  }
  if (failure === undefined) {
    // Observing may learn the id that the cloud itself uses.
    const outputs = outputsFrom(call.inputs, await finalState(type, call));
    if (!type.global) outputs["region"] ??= call.region;
    return { id: call.id, outputs: { ...outputs, ...metaOf(type) } };
  }
  const live = await type.observe(call).catch(() => undefined);
  const known = outputsFrom(live ? {} : call.inputs, live ? { ...live.inputs, ...live.outputs } : {});
  const outputs = { ...known, ...metaOf(type) };
  throw new PartialFailure({ id: call.id, outputs, inputs: call.inputs, reasons: [reasonOf(failure)] });
}

/** Where Pulumi's own plugins keep what they know of a state. */
function metaOf({ schemaVersion }: ResourceType): PropertyMap {
  return schemaVersion === undefined ? {} : { __meta: JSON.stringify({ schema_version: String(schemaVersion) }) };
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** What the cloud made of it. Reading may lag behind writing for some seconds. */
async function finalState(type: ResourceType, call: Call): Promise<PropertyMap> {
  const wait = { what: `${call.label} to be readable`, seconds: 30 };
  const live: Observed = await until(call.context, wait, () => type.observe(call));
  const properties = propertiesOf(type);
  const computed = Object.entries(live.inputs).filter(([name]) => properties[name]?.computed);
  return { ...Object.fromEntries(computed), ...tagOutputs(type, call.inputs), ...live.outputs };
}

function tagOutputs(type: ResourceType, inputs: PropertyMap): PropertyMap {
  return type.taggable ? { tagsAll: inputs["tagsAll"] ?? {} } : {};
}

/** Without what saying nothing says. */
function normalised(type: ResourceType, inputs: PropertyMap): PropertyMap {
  const properties = propertiesOf(type);
  return Object.fromEntries(
    Object.entries(inputs).filter(([name, value]) => properties[name] && !same(properties[name], value, undefined)),
  );
}

/** As the inputs that are known have it; on an import as a program would have to say it. */
export async function read(type: ResourceType, call: Call, defaults: Tags): Promise<ReadResult> {
  const live = await type.observe(call);
  if (!live) return { id: null, outputs: {} };
  const fresh = normalised(type, live.inputs);
  if (type.taggable) {
    const tags = Object.entries((fresh["tagsAll"] ?? {}) as Tags).filter(([key, value]) => defaults[key] !== value);
    if (tags.length > 0) fresh["tags"] = Object.fromEntries(tags);
  }
  if (!type.global && call.region !== call.session.region) fresh["region"] = call.region;
  const inputs = call.importing ? fresh : refreshed(type, call.inputs, fresh);
  const kept = Object.fromEntries(writeOnlyNames(type, inputs).map((name) => [name, inputs[name]!]));
  const tags: PropertyMap = type.taggable ? { tagsAll: fresh["tagsAll"] ?? {} } : {};
  const outputs = outputsFrom({ ...inputs, ...kept }, { ...live.inputs, ...tags, ...live.outputs });
  if (!type.global) outputs["region"] = call.region;
  return { id: call.id, inputs, outputs: { ...outputs, ...metaOf(type) } };
}

/** Old inputs brought to what the cloud has, in the program's own spelling where nothing differs. */
function refreshed(type: ResourceType, olds: PropertyMap, fresh: PropertyMap): PropertyMap {
  const properties = propertiesOf(type);
  const [said, found] = [spelled(type, olds), spelled(type, fresh)];
  const result: PropertyMap = {};
  if (olds["__defaults"] !== undefined) result["__defaults"] = olds["__defaults"];
  for (const [name, property] of Object.entries(properties)) {
    const [before, now] = [olds[name], fresh[name]];
    if (property.writeOnly || same(property, said[name], found[name])) {
      if (before !== undefined) result[name] = before;
    } else if (now !== undefined && !(property.computed && before === undefined)) result[name] = now;
  }
  return result;
}

export async function remove(type: ResourceType, call: Call): Promise<void> {
  try {
    await type.remove(call);
  } catch (error) {
    // An answer that could not be read: removing again is harmless.
    if (!call.session.isUnreadable(error)) throw error;
    await type.remove(call);
  }
}

/** What an interrupted create is found again by: of what can be located its kind says enough. */
export function intentKey(type: ResourceType, inputs: PropertyMap): string | undefined {
  return type.intent?.(inputs) ?? type.identity?.(inputs) ?? (type.locate && type.token);
}
