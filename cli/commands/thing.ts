/** The thing a command names as `things/NAME`: listed in the cloud it names, or begun there. */
import { suggest } from "../../blueprints/suggest.ts";
import type { Kept, Measured, Thing } from "../../stacks/deploy.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, text } from "../command.ts";
import { readThings } from "../things.ts";
import { thingFaults } from "../things-errors.ts";

export const isThing = (word: string): boolean => word.startsWith("things/");

export interface FoundThing {
  config: CloudConfig;
  thing: Thing;
  partial: boolean;
}

/** Throws `cloud-missing`, `cloud-unknown`, `thing-unknown` (exit code 4). */
export async function findThing({ paths, flags, args }: Pick<Input, "paths" | "flags" | "args">): Promise<FoundThing> {
  const config = await findCloud(paths, text(flags, "cloud"));
  const name = args[0]!.replace(/^things\//, "");
  const { things = [], begun } = readThings(paths, config.name) ?? {};
  if (begun?.name === name) return { config, thing: begun, partial: true };
  const thing = things.find((one) => one.name === name);
  if (thing) return { config, thing, partial: false };
  const names = things.map((one) => one.name);
  throw thingFaults.unknown(name, suggest(name, names));
}

const dataKinds = ["aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"];

/** How much data it has, counted in the cloud; of what has none, nothing. */
export async function measureThing(
  { paths }: Pick<Input, "paths">,
  { config, thing }: FoundThing,
): Promise<Measured[]> {
  const { id, kind, name } = thing;
  const own = id !== undefined && dataKinds.includes(kind) ? [{ kind, name, id }] : [];
  const data = thing.kept.length > 0 ? (thing.kept as Kept[]) : own;
  if (data.length === 0) return [];
  const [{ enterCloud }, { measureData }] = await Promise.all([
    import("../access.ts"),
    import("../../stacks/deploy.ts"),
  ]);
  return measureData(await enterCloud(paths, config), "things", data);
}
