/** `show things/NAME`: what is known of one thing, from its list. */
import type { Measured, Thing } from "../../stacks/deploy.ts";
import type { Input, Outcome } from "../command.ts";
import { findThing, measureThing } from "./thing.ts";

export type ThingDocument = Omit<Thing, "name" | "state"> & {
  cloud: string;
  thing: string;
  state: Thing["state"] | "partial";
  /** With `--data`: how much there is, counted in the cloud. */
  measured?: Measured[];
};

export async function showThing(input: Input): Promise<Outcome> {
  const found = await findThing(input);
  const { config, thing, partial } = found;
  const { name, state, ...rest } = thing;
  const measured = input.flags["data"] === true ? await measureThing(input, found) : undefined;
  const document: ThingDocument = {
    cloud: config.name,
    thing: `things/${name}`,
    state: partial ? "partial" : state,
    ...rest,
    ...(measured ? { measured } : {}),
  };
  return { document };
}
