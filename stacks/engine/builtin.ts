/**
 * The package `pulumi` itself, which no plugin brings: stack references, read from the same backend. It changes nothing
 * and knows no other resource; anything else of this package is refused.
 */
import { Diagnosis } from "./diagnosis.ts";
import type { DiffResult, Provider, ProviderFactory } from "./provider.ts";
import { type PropertyMap, Secret } from "./value.ts";

const stackReference = "pulumi:pulumi:StackReference";

/** A stack's outputs by its name as a program says it, secrets wrapped; undefined: there is no such stack. */
export type OutputsOf = (name: string) => Promise<PropertyMap | undefined>;

/** The given providers, and this one. */
export function withBuiltins(providers: ProviderFactory, outputsOf: OutputsOf): ProviderFactory {
  return (pkg, version) => (pkg === "pulumi" ? builtin(outputsOf) : providers(pkg, version));
}

function builtin(outputsOf: OutputsOf): Provider {
  const same: DiffResult = { changes: "none", replaces: [], stables: [], diffs: [] };
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Diagnosis(`${what} is not supported by this engine`);
  };
  return {
    package: "pulumi",
    version: "",
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => same,
    configure: async () => undefined,
    check: ({ type }) => refuse(`making resources of type ${type}`)(),
    diff: async () => same,
    create: ({ type }) => refuse(`making resources of type ${type}`)(),
    update: ({ type }) => refuse(`changing resources of type ${type}`)(),
    delete: async () => undefined,
    read: ({ type, id }) =>
      type === stackReference ? readReference(id, outputsOf) : refuse(`reading resources of type ${type}`)(),
    invoke: ({ token }) => refuse(token)(),
    secretOutputs: () => [],
    cancel: async () => undefined,
    close: async () => undefined,
  };
}

async function readReference(name: string, outputsOf: OutputsOf): ReturnType<Provider["read"]> {
  const outputs = await outputsOf(name);
  if (!outputs) throw new Diagnosis(`unknown stack "${name}"`);
  const secretOutputNames = Object.keys(outputs).filter((key) => outputs[key] instanceof Secret);
  return { id: name, inputs: { name }, outputs: { name, outputs, secretOutputNames } };
}
