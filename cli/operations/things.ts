/**
 * `add` and `adopt`: one thing more, or one that is to be otherwise, in a list that comes up as a whole. A list that did not
 * come up is not kept: what was begun is noted beside it, and the same command goes on from there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { FoundationOutputs, Thing, ThingsResult, WantedThings } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { functionsDir } from "../paths.ts";
import { filesOfThing, keepThings, pullThings, type ThingsList, thingFiles } from "../things.ts";
import { thingFaults } from "../things-errors.ts";
import { atHome } from "./home.ts";
import { tellThings } from "./home-page.ts";
import { thingWanted } from "./thing-wanted.ts";
import { type End, emitStart, ensureFoundation, enterCloud, knownFoundation, lockAll, type Work } from "./work.ts";

/** The list as it is, and what it may be written over with. */
export interface Current extends Pick<ThingsList, "things" | "begun"> {
  tag: string | undefined;
}

export const lockOfThings = "things";
/** What `destroy` keeps. */
const dataKinds = ["aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"];

export async function addThing(work: Work): Promise<End> {
  const { request } = work;
  const asked = request.thing!;
  const config = await atHome(work, await findCloud(work.paths, request.cloud));
  emitStart(work, config.name, [`things/${asked.name}`]);
  const release = await lockAll(work, config.name, [lockOfThings]);
  try {
    const cloud = await enterCloud(work, config);
    const current = await currentThings(work, cloud);
    const thing = await thingWanted(work, cloud, current.things, asked);
    const end: End = { exitCode: 0, cloud: cloud.name, apps: [] };
    const before = current.things.find(({ name }) => name === thing.name);
    if (request.operation === "preview") {
      await previewThing(work, cloud, current, thing, work.emit);
      return { ...end, apps: [{ name: `things/${thing.name}` }] };
    }
    // Asked of every change of what has data: AWS cannot change all of it in place.
    if (before?.state === "running" && dataKinds.includes(thing.kind))
      await previewThing(work, cloud, current, thing, () => undefined);
    const { url } = await bringUpThing(work, cloud, current, thing);
    return { ...end, apps: [{ name: `things/${thing.name}`, ...addressOf(thing, url) }] };
  } finally {
    release();
  }
}

/** Every function with an address has it below the one gate of things. */
export const addressOf = ({ name, inputs }: Thing, url: string | undefined): { url?: string } =>
  url !== undefined && inputs["route"] === true ? { url: new URL(`${name}/`, url).href } : {};

/** What is listed; of a list that was lost what the stack itself says of it. */
export async function currentThings({ paths, deploy }: Work, cloud: Cloud): Promise<Current> {
  const { list, tag } = await pullThings(paths, cloud, deploy);
  if (list) return { things: list.things, tag, ...(list.begun ? { begun: list.begun } : {}) };
  const listed = await (await deploy.things()).listedThings(cloud);
  return { things: listed ?? [], tag };
}

/** Throws `thing-replaced` where data would be left behind. */
export async function previewThing(
  work: Work,
  cloud: Cloud,
  { things }: Current,
  thing: Thing,
  emit: Work["emit"],
): Promise<ThingsResult> {
  const { deploy, signal } = work;
  const foundation = knownFoundation(work, cloud) ?? (await deploy.derivedFoundation(cloud));
  const wanted = wantedWith(work, cloud, things, thing);
  const result = await (await deploy.things()).deployThings(cloud, foundation, wanted, { emit, signal, preview: true });
  const replaced = result.steps.some(
    ({ name, kind, op }) => name === thing.name && dataKinds.includes(kind) && /replace/.test(op),
  );
  if (replaced) throw thingFaults.replaced(thing.name);
  return result;
}

export async function bringUpThing(work: Work, cloud: Cloud, current: Current, thing: Thing): Promise<ThingsResult> {
  const foundation = await ensureFoundation(work, cloud);
  const wanted = wantedWith(work, cloud, current.things, thing);
  return upWanted(work, cloud, foundation, current, wanted, thing);
}

/** Faults that may leave something half made. */
const begunBy = ["deployment-failed", "interrupted"];

/** The list comes up, and is kept when it did; what was begun is noted before anything is changed. */
async function upWanted(
  work: Work,
  cloud: Cloud,
  foundation: FoundationOutputs,
  current: Current,
  wanted: WantedThings,
  begun: Thing | undefined,
): Promise<ThingsResult> {
  const { paths, deploy, emit, signal } = work;
  const before: ThingsList = { format: 1, things: current.things };
  let tag = await keepThings(paths, cloud, deploy, { ...before, ...(begun ? { begun } : {}) }, current.tag);
  const result = await (await deploy.things())
    .deployThings(cloud, foundation, wanted, { emit, signal, refresh: work.request.refresh === true })
    .catch(async (error: unknown) => {
      // Refused before anything was changed: then nothing was begun.
      if (error instanceof Fault && !begunBy.includes(error.code)) {
        const { begun: earlier } = current;
        tag = await keepThings(paths, cloud, deploy, { ...before, ...(earlier ? { begun: earlier } : {}) }, tag);
      }
      throw error;
    });
  const things = wanted.things.map((one) => {
    const id = result.ids[one.name];
    return { ...one, ...(id === undefined ? {} : { id }), ...addressOf(one, result.url) };
  });
  await keepThings(paths, cloud, deploy, { format: 1, things }, tag);
  await tellThings(work, cloud, things);
  return result;
}

export function wantedWith(work: Work, cloud: Cloud, things: readonly Thing[], thing?: Thing): WantedThings {
  const before = thing && things.find(({ name }) => name === thing.name);
  const others = thing ? things.filter(({ name }) => name !== thing.name) : things;
  const all = [...others, ...(thing ? [thing] : [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const one of all) checkFiles(work, cloud, one);
  return {
    things: all,
    attach: before?.state === "kept" ? before.kept : [],
    ...(thing?.adopted && before?.state !== "running" ? { importing: new Map([[thing.name, thing.adopted]]) } : {}),
    filesDir: thingFiles(work.paths, cloud.name),
    functionsDir: functionsDir(),
    installed: things.some(({ state }) => state === "running"),
  };
}

/** Before anything is changed: whether what it is made of is here. Throws `thing-files-gone`. */
function checkFiles({ paths }: Work, cloud: Cloud, thing: Thing): void {
  if (thing.state !== "running") return;
  for (const file of filesOfThing(thing))
    if (!existsSync(join(thingFiles(paths, cloud.name), file))) throw thingFaults.filesGone(thing.name);
}

/** Before the gate of things has to be brought up, where there is one: whether all is here. Throws `thing-files-gone`. */
export async function checkThings(work: Work, cloud: Cloud): Promise<void> {
  const { things, begun } = await currentThings(work, cloud);
  if (haveGate(things)) wantedWith(work, cloud, things, begun);
}

/** Whether there is a gate of things, which sends people to sign-in. */
export const haveGate = (things: readonly Thing[]): boolean =>
  things.some(({ state, inputs }) => state === "running" && inputs["route"] === true);

/** The caller holds the lock of things. */
export async function bringUpThings(work: Work, cloud: Cloud, foundation: FoundationOutputs): Promise<End["apps"]> {
  const current = await currentThings(work, cloud);
  const wanted = wantedWith(work, cloud, current.things, current.begun);
  const { url } = await upWanted(work, cloud, foundation, current, wanted, current.begun);
  return wanted.things
    .filter(({ state }) => state === "running")
    .map((thing) => ({ name: `things/${thing.name}`, ...addressOf(thing, url) }));
}

/** `up` of all that is installed: what is listed, and what was begun, is brought to what it should be. */
export async function upThings(work: Work, cloud: Cloud): Promise<End["apps"]> {
  const release = await lockAll(work, cloud.name, [lockOfThings]);
  try {
    return await bringUpThings(work, cloud, await ensureFoundation(work, cloud));
  } finally {
    release();
  }
}
