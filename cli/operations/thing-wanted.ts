/** From what was asked of one thing to what is to be listed: its type, its inputs, its files. Changes nothing but copies. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Shape, Thing, ThingType } from "../../stacks/deploy.ts";
import { keepFile } from "../things.ts";
import { thingFaults } from "../things-errors.ts";
import type { ThingRequest } from "./request.ts";
import type { Work } from "./work.ts";

/** The type of a word. Throws `type-unknown`. */
export async function typeNamed(words: Words, word: string): Promise<ThingType> {
  const found = await words.findThingType(words.usualKinds[word as "bucket"] ?? word);
  if (!("type" in found)) throw thingFaults.unknownType(word, found.near);
  return found.type;
}

type Words = Awaited<ReturnType<Work["deploy"]["thingWords"]>>;
type Inputs = Thing["inputs"];

const usual: readonly string[] = ["bucket", "table", "parameter", "function"];

/** Throws `thing-name-invalid`, `type-unknown`, `thing-wrong`, `thing-name-taken`, `file-missing`. */
export async function thingWanted(
  work: Work,
  cloud: Cloud,
  things: readonly Thing[],
  asked: ThingRequest,
): Promise<Thing> {
  const words = await work.deploy.thingWords();
  const { name } = asked;
  const problem = words.thingNameProblem(name);
  if (problem !== undefined) throw thingFaults.badName(name, problem);
  const before = things.find((one) => one.name === name);
  const { shape, kind, inputs } = usual.includes(asked.type)
    ? await usualThing(work, cloud, words, things, asked, before)
    : await plainThing(work, cloud, words, asked);
  if (before && (before.kind !== kind || (before.state === "running" && before.shape !== shape)))
    throw thingFaults.nameTaken(name, before.kind, before.state === "kept");
  const now = new Date().toISOString();
  return {
    ...{ name, shape, kind, inputs },
    ...(before?.adopted === undefined ? {} : { adopted: before.adopted }),
    ...{ state: "running", kept: [], addedAt: before?.addedAt ?? now, updatedAt: now },
  };
}

type Wanted = Pick<Thing, "shape" | "kind" | "inputs">;

async function usualThing(
  { request, answers, paths }: Work,
  cloud: Cloud,
  words: Words,
  things: readonly Thing[],
  { type, name, key, code, uses, route }: ThingRequest,
  before: Thing | undefined,
): Promise<Wanted> {
  const shape = type as Exclude<Shape, "resource">;
  const others = things.filter((one) => one.name !== name);
  const was = before?.shape === shape ? before : undefined;
  const said = { key, uses, route, value: answers.value, words: answers.settings };
  const folder = code === undefined ? undefined : resolve(request.cwd, code);
  // Before anything is copied.
  const { problems, inputs: first } = words.readUsual(shape, { ...said, code: folder }, others, was);
  if (problems.length > 0) throw thingFaults.wrong(type, problems);
  if (folder === undefined) return { shape, kind: words.usualKinds[shape], inputs: first };
  checkHandler(folder, String(first["runtime"]), String(first["handler"]));
  const kept = await keepFile(paths, cloud.name, folder);
  const { inputs } = words.readUsual(shape, { ...said, code: kept }, others, was);
  return { shape, kind: words.usualKinds[shape], inputs };
}

/** Throws `file-missing`, `handler-missing`. */
function checkHandler(folder: string, runtime: string, handler: string): void {
  if (!existsSync(folder)) throw thingFaults.noFile(folder);
  const module = handler.replace(/\.[^./]*$/, "");
  const endings = runtime.startsWith("python") ? [".py"] : [".mjs", ".js", ".cjs"];
  const files = runtime.startsWith("provided") ? ["bootstrap"] : endings.map((ending) => `${module}${ending}`);
  if (!files.some((file) => existsSync(join(folder, file)))) throw thingFaults.noHandler(folder, files);
}

async function plainThing(
  { request, answers, paths }: Work,
  cloud: Cloud,
  words: Words,
  { type: word }: ThingRequest,
): Promise<Wanted> {
  const type = await typeNamed(words, word);
  const { inputs, problems } = words.readWords(type, answers.settings);
  problems.push(...ofCloud(cloud, type, inputs));
  if (problems.length > 0) throw thingFaults.wrong(words.shortName(type.token), problems);
  const kept: Record<string, Inputs[string]> = {};
  for (const [key, value] of Object.entries(inputs))
    kept[key] = words.isFile(value)
      ? { [words.fileKey]: await keepFile(paths, cloud.name, resolve(request.cwd, value["freehold:file"])) }
      : value;
  return { shape: "resource", kind: type.token, inputs: kept };
}

/** What is the cloud's to say, and nobody's beside it: the boundary, its own tags, and names of apps. */
export function ofCloud(cloud: Cloud, { named }: ThingType, inputs: Inputs): { key: string; why: string }[] {
  const tags = Object.keys((inputs["tags"] ?? {}) as object).filter((tag) => tag.startsWith("freehold:"));
  const name = named ? inputs[named.input] : undefined;
  const ofApp =
    typeof name === "string" && name.startsWith(`${cloud.name}--`) && !name.startsWith(`${cloud.name}--things--`);
  return [
    ...("permissionsBoundary" in inputs
      ? [{ key: "permissionsBoundary", why: "is the cloud's own: every role and user of it has that" }]
      : []),
    ...tags.map((tag) => ({ key: `tags.${tag}`, why: "is Freehold's own to say" })),
    ...(ofApp ? [{ key: named!.input, why: `begins as names of this cloud's apps do, ${cloud.name}--` }] : []),
  ];
}
