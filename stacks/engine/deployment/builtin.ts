/**
 * The package `pulumi` itself, which no plugin brings: stack references, read from the same backend, and stashes, which
 * keep a value. It calls no cloud; anything else of this package is refused.
 */
import { Diagnosis } from "../diagnosis.ts";
import type { CheckResult, CreateRequest, DiffResult, Provider, ProviderFactory, UpdateRequest } from "../provider.ts";
import { type PropertyMap, Secret, Unknown } from "../value.ts";
import { equal, hasSecret } from "../values/values.ts";

const stackReference = "pulumi:pulumi:StackReference";
const stash = "pulumi:index:Stash";

/** A stack's outputs by its name as a program says it, secrets wrapped; undefined: there is no such stack. */
type OutputsOf = (name: string) => Promise<PropertyMap | undefined>;

export interface OtherStacks {
  outputsOf: OutputsOf;
  /** By URN: `type`, `id` and `outputs` of every resource. */
  resourceOutputsOf: OutputsOf;
}

/** The given providers, and this one. `uuid` makes ids. */
export function withBuiltins(providers: ProviderFactory, stacks: OtherStacks, uuid: () => string): ProviderFactory {
  return (pkg, version) => (pkg === "pulumi" ? builtin(stacks, uuid) : providers(pkg, version));
}

const none: DiffResult = { changes: "none", replaces: [], stables: [], diffs: [] };
const inputOf: { readonly [type: string]: string } = { [stackReference]: "name", [stash]: "input" };

function builtin(stacks: OtherStacks, uuid: () => string): Provider {
  const outputsOf: OutputsOf = (name) => stacks.outputsOf(name);
  return {
    package: "pulumi",
    version: "",
    acceptsSecrets: true,
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => none,
    configure: async () => undefined,
    check: async ({ type, news }, context) => {
      if (type === stackReference)
        context.log(
          "warning",
          'The "pulumi:pulumi:StackReference" resource type is deprecated. Update your SDK or if already up to date raise an issue at https://github.com/pulumi/pulumi/issues.',
        );
      return check(type, news);
    },
    diff: async ({ type, oldInputs, newInputs }) => {
      const input = known(type);
      if (equal(oldInputs[input], newInputs[input])) return none;
      return { ...none, changes: "some", diffs: [input], replaces: type === stackReference ? [input] : [] };
    },
    create: async (request) => ({ id: request.preview ? "" : uuid(), outputs: await made(request, outputsOf) }),
    update: async (request) => ({ outputs: updated(request) }),
    delete: async ({ type }) => void known(type),
    read: async ({ type, id, inputs, outputs }) => {
      known(type);
      if (type === stash) {
        if (!inputs || Object.keys(inputs).length === 0) throw new Diagnosis("stash can not be imported");
        return { id, inputs, outputs: outputs ?? {} };
      }
      const name = inputs?.["name"] ?? id;
      return { id, inputs: { name }, outputs: await referred(String(name), outputsOf) };
    },
    invoke: async ({ token, args }) => {
      if (token === "pulumi:pulumi:readStackOutputs")
        return { result: await referred(String(args["name"]), outputsOf), failures: [] };
      if (token !== "pulumi:pulumi:readStackResourceOutputs")
        throw new Diagnosis(`unrecognized function name: '${token}'`);
      const name = String(args["stackName"]);
      const outputs = await stacks.resourceOutputsOf(name);
      if (!outputs) throw new Diagnosis(`unknown stack "${name}"`);
      return { result: { name, outputs }, failures: [] };
    },
    secretOutputs: () => [],
    cancel: async () => undefined,
    close: async () => undefined,
  };
}

/** The one input such a resource has. */
function known(type: string): string {
  const input = inputOf[type];
  if (input === undefined) throw new Diagnosis(`resources of type ${type} are not supported by this engine`);
  return input;
}

function check(type: string, news: PropertyMap): CheckResult {
  const input = known(type);
  const failures = Object.keys(news)
    .filter((key) => key !== input)
    .map((property) => ({ property, reason: `unknown property "${property}"` }));
  const value = news[input];
  if (value === undefined) failures.push({ property: input, reason: `missing required property "${input}"` });
  else if (type === stackReference && typeof value !== "string" && !(value instanceof Unknown))
    failures.push({ property: input, reason: `property "${input}" must be a string` });
  return { inputs: news, failures };
}

async function made({ type, inputs }: CreateRequest, outputsOf: OutputsOf): Promise<PropertyMap> {
  const value = inputs[known(type)]!;
  if (type === stash) return { input: value, output: value };
  return value instanceof Unknown ? {} : referred(String(value), outputsOf);
}

function updated({ type, newInputs, oldOutputs }: UpdateRequest): PropertyMap {
  if (type !== stash) throw new Diagnosis(`changing resources of type ${type} is not supported by this engine`);
  return { input: newInputs["input"]!, output: oldOutputs["output"] ?? null };
}

async function referred(name: string, outputsOf: OutputsOf): Promise<PropertyMap> {
  const outputs = await outputsOf(name);
  if (!outputs) throw new Diagnosis(`unknown stack "${name}"`);
  const secretOutputNames = Object.keys(outputs)
    .filter((key) => outputs[key] instanceof Secret || hasSecret(outputs[key]))
    .sort();
  return { name, outputs, secretOutputNames };
}
