/** One thing comes down, and the list without it stays up. What was adopted is let go of, unless its id was said, too. */
import type { Cloud } from "../../stacks/cloud.ts";
import type { Kept, Thing } from "../../stacks/deploy.ts";
import { keepThings } from "../things.ts";
import { thingFaults } from "../things-errors.ts";
import { tellThings } from "./home-page.ts";
import { currentThings, wantedWith } from "./things.ts";
import { knownFoundation, type Work } from "./work.ts";

/** Answers what is kept of it. Throws `thing-in-use`, `adopted-asked`. */
export async function destroyThing(work: Work, cloud: Cloud, name: string): Promise<Kept[]> {
  const { deploy, paths, emit, signal } = work;
  const current = await currentThings(work, cloud);
  const thing = [...current.things, ...(current.begun ? [current.begun] : [])].find((one) => one.name === name);
  if (!thing) throw thingFaults.unknown(name, undefined);
  const others = current.things.filter((one) => one !== thing);
  refuseUsed(work, name, others);
  const fate = fateOf(work, thing);
  const foundation = knownFoundation(work, cloud) ?? (await deploy.derivedFoundation(cloud));
  const left = wantedWith(work, cloud, others);
  const adopted = thing.adopted !== undefined;
  const options = { emit, signal, fate, adopted, kept: thing.kept as Kept[], left };
  const { kept } = await (await deploy.things()).removeThing(cloud, foundation, name, options);
  if (adopted && fate === "keep") {
    const message = `${thing.adopted} was there before, and stays as it is: Freehold lets go of it.`;
    emit({ type: "note", level: "info", message, stack: "things" });
  }
  const { id: _, url: __, ...rest } = thing;
  const now = new Date().toISOString();
  const things: Thing[] = kept.length > 0 ? [...others, { ...rest, state: "kept", kept, updatedAt: now }] : [...others];
  await keepThings(
    paths,
    cloud,
    deploy,
    { format: 1, things: things.sort((a, b) => (a.name < b.name ? -1 : 1)) },
    current.tag,
  );
  await tellThings(work, cloud, things);
  return kept;
}

/** Of an adopted one, deleting is asked twice; with everything else it is let go of. */
function fateOf({ request }: Work, { name, adopted }: Thing): "keep" | "delete" {
  if (request.data !== "delete") return "keep";
  if (adopted === undefined || request.adopted?.includes(adopted)) return "delete";
  if (request.all) return "keep";
  throw thingFaults.adoptedAsked(name, adopted);
}

function refuseUsed({ request }: Work, name: string, others: readonly Thing[]): void {
  const goes = (other: string): boolean => request.all === true || (request.apps ?? []).includes(`things/${other}`);
  const users = others.filter(
    ({ state, name: other, inputs }) =>
      state === "running" && Object.hasOwn((inputs["uses"] ?? {}) as object, name) && !goes(other),
  );
  if (users.length > 0)
    throw thingFaults.inUse(
      name,
      users.map((user) => user.name),
    );
}
