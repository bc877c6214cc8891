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

const usualTypes: Readonly<Record<string, string>> = {
  bucket: "Files, private and encrypted",
  table: "Items by a key, on demand, backed up",
  parameter: "A text that apps and functions read, which is no secret",
  function: "Code that runs when it is called, with the rights it names",
};

async function types(input: Input): Promise<Outcome> {
  const { thingTypes, shortName } = await words();
  const say = (type: string, token: string | undefined, help: string | undefined): void =>
    input.line(
      { type, ...(token === undefined ? {} : { token }), ...(help === undefined ? {} : { help }) },
      `${type.padEnd(38)} ${help ?? ""}`.trimEnd(),
    );
  for (const [type, help] of Object.entries(usualTypes)) say(type, undefined, help);
  for (const { token, help } of await thingTypes()) say(shortName(token), token, help);
  return {};
}

async function inputs(input: Input, word: string): Promise<Outcome> {
  const { findThingType } = await words();
  const usual = Object.hasOwn(usualInputs, word) ? usualInputs[word] : undefined;
  const found = usual ? { type: { inputs: usual } } : await findThingType(word);
  if (!("type" in found)) throw thingFaults.unknownType(word, found.near ?? suggest(word, Object.keys(usualInputs)));
  for (const [name, field] of Object.entries(found.type.inputs)) {
    if (field.refused !== undefined || field.secret) continue;
    const { help } = field;
    input.line({ input: name, ...field }, `${name.padEnd(32)} ${fieldWords(field)}${help ? `: ${help}` : ""}`);
  }
  return {};
}

/** Of a flag of `add` and not of `--set`: what begins with dashes. */
const usualInputs: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  bucket: {},
  table: {
    "--key": { kind: "string", help: "Its key, and what it is sorted by, as id:string,at:number; id:string by itself" },
    expires: { kind: "string", help: "The attribute that says when an item is over, in seconds since 1970" },
  },
  parameter: {
    "--value": { kind: "string", required: true, help: "Its text, which is no secret" },
    description: { kind: "string", help: "What it is for" },
  },
  function: {
    "--code": { kind: "archive", required: true, help: "The folder of its code" },
    "--uses": {
      kind: "list",
      items: { kind: "string" },
      help: "Things it may read, write or call, as photos=write, with commas between",
    },
    "--route": { kind: "boolean", help: "Whether it has an address, behind the gate" },
    runtime: {
      kind: "string",
      oneOf: ["nodejs24.x", "nodejs22.x", "python3.13", "provided.al2023"],
      help: "What runs it; nodejs24.x by itself",
    },
    handler: { kind: "string", help: "File and export, as index.handler" },
    memory: { kind: "string", help: "128 MB to 10 GB, as 256 MB" },
    timeout: { kind: "string", help: "1 s to 15 min, as 10 s" },
  },
};

function fieldWords({ kind, required, oneOf, items, fields }: Field): string {
  const what = oneOf ? oneOf.join(" or ") : kind;
  const inside = items ? ` of ${fieldWords(items)}` : "";
  const names = fields ? ` {${Object.keys(fields).join(", ")}}` : "";
  return `${what}${inside}${names}${required ? ", needed" : ""}`;
}
