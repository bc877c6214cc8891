/**
 * The four things that need no word of AWS's: what is said of each, with what is sensible where nothing is said. What
 * they are made of is stacks/things.ts.
 */
import { suggest } from "../../blueprints/suggest.ts";
import { bucketKind, parameterKind, tableKind } from "../components/context.ts";
import type { Json, Shape, Thing } from "./thing.ts";
import type { Problem, Said } from "./words.ts";

export const functionKind = "aws:lambda/function:Function";

export const usualKinds: Readonly<Record<Exclude<Shape, "resource">, string>> = {
  bucket: bucketKind,
  table: tableKind,
  parameter: parameterKind,
  function: functionKind,
};

/** What the flags of `add` said, and its KEY=VALUE words. */
export interface UsualWords {
  key?: string | undefined;
  value?: string | undefined;
  /** From the folder in which the cloud keeps what things are made of. */
  code?: string | undefined;
  uses?: readonly string[] | undefined;
  route?: boolean | undefined;
  words: Readonly<Record<string, string>>;
}

const attributeTypes = ["string", "number", "binary"];
const runtimes = ["nodejs24.x", "nodejs22.x", "python3.13", "provided.al2023"];

/** `before`: what stands there; a function's code may be left out then. */
export function readUsual(
  shape: Exclude<Shape, "resource">,
  said: UsualWords,
  others: readonly Thing[],
  before: Thing | undefined,
): Said {
  if (shape === "bucket") return { inputs: {}, problems: known(said.words, []) };
  if (shape === "table") return readTable(said, before);
  if (shape === "parameter") return readParameter(said, before);
  return readFunction(said, others, before);
}

function known(words: Readonly<Record<string, string>>, keys: readonly string[]): Problem[] {
  return Object.keys(words).flatMap((key) => {
    if (keys.includes(key)) return [];
    const near = suggest(key, keys);
    return [{ key, why: `is nothing one says of it${near ? `; did you mean ${near}?` : ""}` }];
  });
}

/** `--key id:string,created:number`: the key, and what it is sorted by. */
function readTable({ key, words }: UsualWords, before: Thing | undefined): Said {
  const problems = known(words, ["expires"]);
  const { expires } = words;
  const more: Record<string, Json> = expires ? { expires } : {};
  if (key === undefined && before) return { inputs: { ...before.inputs, ...more }, problems };
  const parts = (key ?? "id:string")
    .split(",")
    .map((part) => /^([A-Za-z_][\w.-]{0,254})(?::(\w+))?$/.exec(part.trim()));
  const wrong = parts.length > 2 || parts.some((part) => !part || !attributeTypes.includes(part[2] ?? "string"));
  if (wrong || parts[0]?.[1] === parts[1]?.[1])
    return {
      inputs: {},
      problems: [
        ...problems,
        { key: "--key", why: "is NAME:TYPE, or NAME:TYPE,SORT:TYPE, of string, number or binary" },
      ],
    };
  const [partition, sort] = parts.map((part) => ({ [part![1]!]: part![2] ?? "string" }));
  return { inputs: { key: partition!, ...(sort ? { sort } : {}), ...more }, problems };
}

/** Standard parameters end at 4 KiB. */
const longestValue = 4096;

function readParameter({ value, words }: UsualWords, before: Thing | undefined): Said {
  const problems = known(words, ["description"]);
  const said = value ?? before?.inputs["value"];
  if (typeof said !== "string" || said === "")
    problems.push({ key: "--value", why: "is needed: a text that is no secret" });
  else if (Buffer.byteLength(said) > longestValue)
    problems.push({ key: "--value", why: `has at most ${longestValue} bytes` });
  const { description } = words;
  return { inputs: { value: said ?? "", ...(description ? { description } : {}) }, problems };
}

function readFunction({ code, uses, route, words }: UsualWords, others: readonly Thing[], before?: Thing): Said {
  const keys = ["runtime", "handler", "memory", "timeout"] as const;
  const problems = known(words, keys);
  const was = before?.inputs ?? {};
  const of = (key: (typeof keys)[number], usual: string): string =>
    words[key] ?? (was[key] as string | undefined) ?? usual;
  const inputs = {
    code: code ?? (was["code"] as string | undefined) ?? "",
    runtime: of("runtime", runtimes[0]!),
    handler: of("handler", "index.handler"),
    memory: of("memory", "256 MB"),
    timeout: of("timeout", "10 s"),
    uses: uses ? usesOf(uses, others, problems) : (was["uses"] ?? {}),
    route: route ?? was["route"] ?? false,
  };
  if (inputs.code === "") problems.push({ key: "--code", why: "is needed: the folder with its code" });
  if (!runtimes.includes(inputs.runtime)) problems.push({ key: "runtime", why: `is one of ${runtimes.join(", ")}` });
  const memory = /^(\d+) (MB|GB)$/.exec(inputs.memory);
  const megabytes = Number(memory?.[1]) * (memory?.[2] === "GB" ? 1024 : 1);
  if (!(megabytes >= 128 && megabytes <= 10_240))
    problems.push({ key: "memory", why: "is 128 MB to 10 GB, as 256 MB" });
  const time = /^(\d+) (s|min)$/.exec(inputs.timeout);
  const seconds = Number(time?.[1]) * (time?.[2] === "min" ? 60 : 1);
  if (!(seconds >= 1 && seconds <= 900)) problems.push({ key: "timeout", why: "is 1 s to 15 min, as 10 s" });
  return { inputs, problems };
}

const verbs: Partial<Record<Shape, readonly string[]>> = {
  table: ["read", "write"],
  bucket: ["read", "write"],
  parameter: ["read"],
  function: ["call"],
};

/** `notes=write`: of what is a thing of its own, and no app's. */
function usesOf(words: readonly string[], others: readonly Thing[], problems: Problem[]): Record<string, Json> {
  const uses: Record<string, Json> = {};
  for (const word of words) {
    const [name = "", verb = "read"] = word.replace(/^things\//, "").split("=");
    const key = `--uses ${name}`;
    const thing = others.find((other) => other.name === name && other.state === "running");
    const may = thing && !thing.adopted ? verbs[thing.shape] : undefined;
    if (name.includes("/"))
      problems.push({
        key,
        why: "is an app's, for its own code alone; a function of yours asks the app at its address, with a key: freehold key new APP",
      });
    else if (!thing) {
      const near = suggest(
        name,
        others.map((other) => other.name),
      );
      problems.push({ key, why: `is no thing of this cloud${near ? `; did you mean ${near}?` : ""}` });
    } else if (!may)
      problems.push({ key, why: "cannot be used so: only what add table, bucket, parameter or function made" });
    else if (!may.includes(verb)) problems.push({ key, why: `can be ${may.join(" or ")}, and not that` });
    else uses[name] = verb;
  }
  return uses;
}
