/**
 * `adopt`: what exists already becomes a thing as it is. It is read, and taken in only when a preview of taking in exactly that
 * changes nothing; then it is protected, and its tags stay its own.
 */
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Thing } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { thingFaults } from "../things-errors.ts";
import { atHome } from "./home.ts";
import type { ThingRequest } from "./request.ts";
import { typeNamed } from "./thing-wanted.ts";
import { bringUpThing, type Current, currentThings, lockOfThings, previewThing } from "./things.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export async function adoptThing(work: Work): Promise<End> {
  const { request } = work;
  const asked = request.thing!;
  const config = await atHome(work, await findCloud(work.paths, request.cloud));
  emitStart(work, config.name, [`things/${asked.name}`]);
  const release = await lockAll(work, config.name, [lockOfThings]);
  try {
    const cloud = await enterCloud(work, config);
    await adoptHeld(work, cloud);
    return { exitCode: 0, cloud: cloud.name, apps: [{ name: `things/${asked.name}` }] };
  } finally {
    release();
  }
}

/** The caller holds the lock of things. */
export async function adoptHeld(work: Work, cloud: Cloud): Promise<void> {
  const current = await currentThings(work, cloud);
  const thing = await adopted(work, cloud, current, work.request.thing!);
  const preview = work.request.operation === "preview";
  await prove(work, cloud, current, thing, preview ? work.emit : () => undefined);
  if (!preview) await bringUpThing(work, cloud, current, thing);
}

async function adopted(work: Work, cloud: Cloud, { things }: Current, asked: ThingRequest): Promise<Thing> {
  const { deploy, signal } = work;
  const words = await deploy.thingWords();
  const { name, id = "" } = asked;
  const problem = words.thingNameProblem(name);
  if (problem !== undefined) throw thingFaults.badName(name, problem);
  const { token: kind } = await typeNamed(words, asked.type);
  const before = things.find((one) => one.name === name);
  if (before) throw thingFaults.nameTaken(name, before.kind, before.state === "kept");
  const inputs = await (await deploy.things()).adoptable(cloud, { kind, id, name }, signal);
  const now = new Date().toISOString();
  const said = { name, kind, inputs, adopted: id };
  return { ...said, shape: "resource", state: "running", kept: [], addedAt: now, updatedAt: now };
}

/** Throws `adopt-differs` unless it comes in and nothing of it changes. */
async function prove(work: Work, cloud: Cloud, current: Current, thing: Thing, emit: Work["emit"]): Promise<void> {
  const differs = (what: string) => thingFaults.adoptDiffers(thing.adopted!, what);
  const { steps } = await previewThing(work, cloud, current, thing, emit).catch((error: unknown) => {
    if (error instanceof Fault && error.code === "deployment-failed")
      throw differs((error.detail ?? error.summary).split("\n")[0]!);
    throw error;
  });
  const own = steps.filter(({ name }) => name === thing.name);
  const other = own.find(({ op }) => op !== "import");
  if (other) throw differs(`taking it in would ${other.op} it.`);
}
