/**
 * The program of the stack `things`: the owner's own resources, each as its list says, and a gate where a function of them
 * has an address. It makes exactly what is listed; what came in by `adopt` is left as it was found.
 */
import { join } from "node:path";
import { Parameter } from "@pulumi/aws/ssm/parameter.js";
import { type CustomResource, type Output, output, type Resource } from "@pulumi/pulumi";
import { usualRequests } from "../blueprints/doors.ts";
import { type Manifest, manifestSchema, timeoutSeconds } from "../blueprints/manifest.ts";
import type { AppInput } from "./app.ts";
import { AppFunction } from "./components/app-function.ts";
import { AppTable } from "./components/app-table.ts";
import { type Context, nameOf, tagsOf, type Where } from "./components/context.ts";
import { Gate, type GateArgs } from "./components/gate.ts";
import { type Made, plainResource } from "./components/plain-resource.ts";
import { awsProvider } from "./components/provider.ts";
import { ThingBucket } from "./components/thing-bucket.ts";
import { secretParameter } from "./names.ts";
import { classes } from "./things/classes.ts";
import { thingsStack } from "./things/physical.ts";
import { thingTypes } from "./things/schema.ts";
import type { Thing } from "./things/thing.ts";

/** Of this program: a tag of what it makes. */
const thingsVersion = "1";

export interface ThingsInput extends Where {
  things: readonly Thing[];
  filesDir: string;
  gateDir: string;
  gateDigest: string;
  owner: readonly string[];
  foundation: AppInput["foundation"];
  attach: ReadonlyMap<string, string>;
  /** Of those that come in now, their ids by their names. */
  importing?: ReadonlyMap<string, string> | undefined;
}

export interface ThingsOutputs {
  /** The list that came up, and the id of each by its name. */
  things: Output<string>;
  ids: Output<Record<string, string>>;
  url?: Output<string>;
}

export async function thingsProgram(input: ThingsInput): Promise<ThingsOutputs> {
  const context: Context = {
    ...input,
    app: thingsStack,
    version: thingsVersion,
    provider: awsProvider(input),
    boundaryArn: input.foundation.boundaryArn,
  };
  const running = input.things.filter(({ state }) => state === "running");
  const made = new Map<string, Resource>();
  for (const thing of running) made.set(thing.name, await make(context, thing, running, input));
  const gate = gateOf(context, running, input);
  const there = output(running.map((thing) => idOf(context, thing, made.get(thing.name)!)));
  return {
    things: there.apply(() => JSON.stringify(input.things)),
    ids: there.apply((ids) => Object.fromEntries(running.map(({ name }, at) => [name, ids[at]!]))),
    ...(gate ? { url: gate.url } : {}),
  };
}

/** Of what is made of several it is the one that it is called by. */
function idOf(context: Context, { name, shape }: Thing, one: Resource): Output<string> {
  if (shape === "bucket" || shape === "table" || shape === "function")
    return one.urn.apply(() => nameOf(context, name, shape));
  return (one as CustomResource).id;
}

async function make(context: Context, thing: Thing, things: readonly Thing[], input: ThingsInput): Promise<Resource> {
  const { name, shape } = thing;
  if (shape === "bucket") return new ThingBucket(context, name);
  if (shape === "table") return new AppTable(context, name, manifestOf(things).tables[name]!);
  if (shape === "parameter") return plainParameter(context, thing);
  if (shape === "function") {
    const manifest = manifestOf(things, thing);
    const code = String(thing.inputs["code"]);
    const definition = manifest.functions[name]!;
    return new AppFunction(context, name, {
      ...{ manifest, definition, settings: {} },
      codeDir: join(input.filesDir, code),
      codeDigest: code,
    });
  }
  const type = (await thingTypes()).find(({ token }) => token === thing.kind);
  const load = classes[thing.kind];
  if (!type || !load) throw new Error(`This Freehold knows no type ${thing.kind}.`);
  const importing = input.importing?.get(name);
  return plainResource(context, thing, { type, made: (await load()) as Made, filesDir: input.filesDir, importing });
}

function plainParameter(context: Context, { name, inputs }: Thing): Parameter {
  return new Parameter(
    name,
    {
      name: secretParameter(context.cloud, thingsStack, name),
      type: "String",
      insecureValue: String(inputs["value"]),
      description: inputs["description"] === undefined ? undefined : String(inputs["description"]),
      tags: tagsOf(context, { inputs }),
    },
    { provider: context.provider },
  );
}

/**
 * Tables, buckets and functions as a blueprint has them, so that rights and environment follow from `uses` as an app's do;
 * of parameters those that the function reads, since an app's are every function's.
 */
function manifestOf(things: readonly Thing[], of?: Thing): Manifest {
  const used = Object.keys((of?.inputs["uses"] as object | undefined) ?? {});
  const named = (shape: Thing["shape"], say: (thing: Thing) => object): Record<string, object> =>
    Object.fromEntries(things.filter((thing) => thing.shape === shape).map((thing) => [thing.name, say(thing)]));
  const parameters = named("parameter", () => ({ type: "secret" }));
  return manifestSchema.parse({
    ...{ freehold: 1, name: "own", version: "1.0.0", title: "Things" },
    tables: named("table", ({ inputs }) => inputs),
    buckets: named("bucket", () => ({})),
    functions: named("function", ({ inputs: { route: _, uses, ...rest } }) => ({
      ...rest,
      uses: Object.fromEntries(Object.entries(uses as object).filter(([name]) => !Object.hasOwn(parameters, name))),
    })),
    settings: Object.fromEntries(Object.entries(parameters).filter(([name]) => used.includes(name))),
  });
}

/** One for all: `http://things--home.localhost:4780/NAME/…` is the function NAME's. */
function gateOf(context: Context, things: readonly Thing[], input: ThingsInput): Gate | undefined {
  const routed = things.filter(({ shape, inputs }) => shape === "function" && inputs["route"] === true);
  if (routed.length === 0) return undefined;
  const { signinFunction, signinArn, signinUrl, accessTable } = input.foundation;
  const args: GateArgs = {
    routes: routed.flatMap(({ name }) => [`/${name}`, `/${name}/*`].map((path) => ({ path, to: name, public: false }))),
    functions: Object.fromEntries(routed.map(({ name }) => [name, nameOf(context, name, "function")])),
    slowestSeconds: Math.max(20, ...routed.map(({ inputs }) => timeoutSeconds(String(inputs["timeout"])))),
    siteBucket: undefined,
    fallback: undefined,
    headers: {},
    budget: usualRequests,
    signin: { functionName: signinFunction, arn: signinArn, url: signinUrl, accessTable },
    codeDir: input.gateDir,
    codeDigest: input.gateDigest,
  };
  return new Gate(context, args);
}
