/**
 * A stack whose state is lost or damaged, found again: its program runs in a workspace of its own, with a provider that
 * makes and changes nothing but looks for each resource by its name. What is there becomes a state; what is not is left
 * for the next `up`. Nothing is written anywhere before the caller says so.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Deployment, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/localWorkspace.js";
import type { Cloud } from "../cloud.ts";
import { embeddedEngine } from "../engine/index.ts";
import { type PropertyMap, Unknown } from "../engine/value.ts";
import { ownProviders } from "../providers/index.ts";
import type { FindingProvider } from "../providers/kit/provider.ts";
import { faults } from "./faults.ts";
import { environmentOf, projectOf } from "./stack-state.ts";
import type { RunOptions } from "./types.ts";
import { runStack } from "./workspace.ts";

export interface FoundResource {
  urn: string;
  kind: string;
  name: string;
  id: string;
  /** Inputs in which it is not what the program says; the next `up` brings them in line. */
  differs: string[];
  /** It can carry no tags, or carries none: only its name says whose it is, of a DNS record also what it says. */
  byName: boolean;
}

export interface Rebuilt {
  found: FoundResource[];
  /** Not there: the next `up` makes it. */
  missing: { kind: string; name: string }[];
  /** There, with tags that say it is not this app's: never taken. */
  others: { kind: string; name: string; id: string }[];
  /** Pulumi's own deployment JSON, secrets in plain. */
  deployment: Deployment;
}

interface Looked {
  found: Map<string, FoundResource>;
  missing: Map<string, { kind: string; name: string }>;
  others: Map<string, { kind: string; name: string; id: string }>;
}

/** Asks, and changes nothing. Throws when anything could not be looked at: what cannot be seen is not gone. */
export async function rebuild(cloud: Cloud, name: string, program: PulumiFn, o: RunOptions): Promise<Rebuilt> {
  const scratch = await mkdtemp(join(tmpdir(), "freehold-rebuild-"));
  const looked: Looked = { found: new Map(), missing: new Map(), others: new Map() };
  const environment = environmentOf(cloud);
  const provider = ownProviders(environment);
  try {
    const stack = await LocalWorkspace.createStack(
      { stackName: cloud.name, projectName: projectOf(name), program },
      {
        workDir: scratch,
        pulumiHome: join(scratch, "pulumi"),
        pulumiCommand: embeddedEngine({
          providers: (pkg) => {
            const known = provider(pkg);
            return known && looking(known, looked);
          },
        }),
        projectSettings: { name: projectOf(name), runtime: "nodejs", main: scratch },
        envVars: {
          ...environment,
          PULUMI_BACKEND_URL: pathToFileURL(scratch).href,
          // Of this folder alone, which goes at the end; what is exported from it has nothing encrypted.
          PULUMI_CONFIG_PASSPHRASE: "scratch",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    const run = { ...o, emit: () => undefined, name, preview: false, next: "freehold state repair" };
    await runStack(run, (options) => stack.up(options));
    // As AWS has it, not as the program says: what is not there goes, with all that refers to it.
    await runStack(run, (options) => stack.refresh(options));
    const exported = await stack.exportStack();
    // All of it is in plain: what the scratch folder's passphrase would open is not in it.
    const { secrets_providers: _, ...plain } = exported.deployment;
    const deployment = { ...exported, deployment: plain };
    return {
      found: [...looked.found.values()],
      missing: [...looked.missing.values()],
      others: [...looked.others.values()],
      deployment,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The provider with its hands tied: creating is looking, and nothing else is done. */
function looking(provider: FindingProvider, { found, missing, others }: Looked): FindingProvider {
  const refuse = async (): Promise<never> => {
    throw faults.onlyLooking();
  };
  return {
    ...provider,
    create: async (request, context) => {
      if (request.preview) return provider.create(request, context);
      const { urn, type: kind, name } = request;
      const there = await provider.find(request, context);
      if (!there) missing.set(urn, { kind, name });
      else if (there.ours === false) others.set(urn, { kind, name, id: there.id });
      else {
        const { id, differs, ours } = there;
        found.set(urn, { urn, kind, name, id, differs, byName: ours === undefined });
        return { id, outputs: { ...there.inputs, ...there.outputs } };
      }
      // Dropped by the refresh; what is said of it meanwhile is what a preview would say.
      const { outputs } = await provider.create({ ...request, preview: true }, context);
      return { id: "missing", outputs: known(outputs) };
    },
    read: async (request, context) => {
      if (!found.has(request.urn)) return { id: null, outputs: {} };
      const there = await provider.find({ ...request, inputs: request.inputs ?? {}, preview: false }, context);
      return there ? { id: there.id, inputs: there.inputs, outputs: there.outputs } : { id: null, outputs: {} };
    },
    update: refuse,
    delete: refuse,
    adopt: undefined,
    intentKey: undefined,
  } as FindingProvider;
}

const known = (outputs: PropertyMap): PropertyMap =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, value instanceof Unknown ? "missing" : value]),
  );

/** The deployment in a file that a person named. Throws `deployment-unreadable`. */
export async function readDeployment(file: string): Promise<Deployment> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw faults.deploymentUnreadable(file, cause.code === "ENOENT" ? "there is no such file" : cause.message);
  });
  try {
    return JSON.parse(text) as Deployment;
  } catch {
    throw faults.deploymentUnreadable(file, "it is not JSON");
  }
}
