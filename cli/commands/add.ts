/** `add`: what it would make is shown and asked, then made. With `--types` and `--inputs` it only says what there is. */
import { suggest } from "../../blueprints/suggest.ts";
import type { Field } from "../../stacks/deploy.ts";
import { type Input, list, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import type { ThingRequest } from "../operations/request.ts";
import { thingFaults } from "../things-errors.ts";
import { confirm, pairs, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  if (flags["types"] === true) return types(input);
  const [type, name] = args;
  if (type !== undefined && flags["inputs"] === true) return inputs(input, type);
  if (type === undefined || name === undefined)
    throw faults.arguments("add", "Name the type, and what the thing is to be called.");
  return change(input, "add", { ...thingOf(input), type, name: name.replace(/^things\//, "") });
}

/** Shown and asked, unless `--yes` was said. */
export async function change(input: Input, operation: "add" | "adopt", thing: ThingRequest): Promise<Outcome> {
  const words = pairs(list(input.flags, "set"), operation, "--set");
  const value = text(input.flags, "value");
  const begin = (of: "add" | "adopt" | "preview") =>
    start(input, { operation: of, thing }, words, value === undefined ? {} : { value });
  if (input.flags["yes"] !== true) {
    const { exitCode } = await begin("preview");
    if (exitCode !== 0) return { exitCode };
    await confirm(input, operation === "adopt" ? "Take it in?" : "Make it so?", "--yes");
  }
  return begin(operation);
}

function thingOf({ flags, args: [type = ""] }: Input): Omit<ThingRequest, "type" | "name"> {
  const of: Partial<Record<string, readonly string[]>> = {
    table: ["key", "set"],
    parameter: ["value", "set"],
    function: ["code", "uses", "route", "set"],
    bucket: [],
  };
  const taken = of[type] ?? ["set"];
  for (const flag of ["key", "value", "code", "uses", "route", "set"])
    if (flags[flag] !== undefined && !taken.includes(flag))
      throw faults.badFlag("add", `--${flag}`, `says nothing of ${type}`);
  const [key, code, uses] = [text(flags, "key"), text(flags, "code"), list(flags, "uses")];
  return {
    ...(key === undefined ? {} : { key }),
    ...(code === undefined ? {} : { code }),
    ...(uses.length > 0 ? { uses } : {}),
    ...(flags["route"] === true ? { route: true } : {}),
  };
}

async function words() {
  return (await import("../../stacks/deploy.ts")).thingWords();
}

async function types(input: Input): Promise<Outcome> {
  const { thingTypes, shortName } = await words();
  for (const shape of ["bucket", "table", "parameter", "function"]) input.line({ type: shape }, shape);
  for (const { token } of await thingTypes()) input.line({ type: shortName(token), token }, shortName(token));
  return {};
}

async function inputs(input: Input, word: string): Promise<Outcome> {
  const { findThingType } = await words();
  const usual = usualInputs[word];
  const found = usual ? { type: { inputs: usual } } : await findThingType(word);
  if (!("type" in found)) throw thingFaults.unknownType(word, found.near ?? suggest(word, Object.keys(usualInputs)));
  for (const [name, field] of Object.entries(found.type.inputs)) {
    if (field.refused !== undefined || field.secret) continue;
    input.line({ input: name, ...field }, `${name.padEnd(32)} ${fieldWords(field)}`);
  }
  return {};
}

const usualInputs: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  bucket: {},
  table: { expires: { kind: "string" } },
  parameter: { description: { kind: "string" } },
  function: {
    runtime: { kind: "string", oneOf: ["nodejs24.x", "nodejs22.x", "python3.13", "provided.al2023"] },
    handler: { kind: "string" },
    memory: { kind: "string" },
    timeout: { kind: "string" },
  },
};

function fieldWords({ kind, required, oneOf, items, fields }: Field): string {
  const what = oneOf ? oneOf.join(" or ") : kind;
  const inside = items ? ` of ${fieldWords(items)}` : "";
  const names = fields ? ` {${Object.keys(fields).join(", ")}}` : "";
  return `${what}${inside}${names}${required ? ", needed" : ""}`;
}
