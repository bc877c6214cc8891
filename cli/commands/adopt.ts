/** `adopt`: takes in what exists already, asked first. With `--scan` it lists what in the account belongs to no stack. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { change } from "./add.ts";
import { enter } from "./state.ts";

export async function run(input: Input): Promise<Outcome> {
  if (input.flags["scan"] === true) return scan(input);
  const [type, id] = input.args;
  if (type === undefined || id === undefined)
    throw faults.arguments("adopt", "Name the type, and the id it has in AWS.");
  return change(input, "adopt", { type, id, name: text(input.flags, "as") ?? nameFrom(id) });
}

/** The last part of an id, as a thing may be called. */
function nameFrom(id: string): string {
  const last = id.split(/[:/]/).findLast((part) => part !== "") ?? id;
  const plain = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return plain.slice(0, 32).replace(/-+$/, "");
}

async function scan(input: Input): Promise<Outcome> {
  const { cloud, deploy } = await enter(input);
  const { shortName } = await deploy.thingWords();
  for (const { kind, id } of await (await deploy.things()).scan(cloud)) {
    const type = shortName(kind);
    input.line({ type, id }, `${type.padEnd(28)} ${id}`);
  }
  return {};
}
