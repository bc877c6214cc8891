/**
 * `pulumi import`: resources that exist are taken into the state as they are, without a program. What a provider
 * cannot find is an error and leaves nothing; what is in the stack already, under the same id, is left alone.
 */
import { outputsFor } from "../deployment/calls.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { emptyGoal, type Goal } from "../deployment/goal.ts";
import { register } from "../deployment/register.ts";
import { identity } from "../deployment/requests.ts";
import { stateFor } from "../deployment/states.ts";
import type { Step } from "../deployment/step.ts";
import { Bail, Diagnosis } from "../diagnosis.ts";
import type { ResourceState, StackRef } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { isProviderType, makeUrn, parseUrn, rootStackType } from "../values/urn.ts";
import { markSecrets, withoutInternal } from "../values/values.ts";

/** One line of an import file, its names resolved. */
export interface PlannedImport {
  type: string;
  name: string;
  /** Absent: a component. */
  id?: string;
  parent?: string;
  /** URN. */
  provider?: string;
  version?: string;
  /** What becomes an input; all that the provider says when empty. */
  properties: string[];
  protect: boolean;
}

interface Line {
  type?: string;
  name?: string;
  logicalName?: string;
  id?: string;
  parent?: string;
  provider?: string;
  version?: string;
  properties?: string[];
  component?: boolean;
  remote?: boolean;
}

const known = new Set(
  "type name logicalName id parent provider version pluginDownloadUrl properties component remote".split(" "),
);

/** Throws with every mistake of the file at once. Parents come before their children. */
export function parseImports(file: unknown, ref: StackRef, protect: boolean): PlannedImport[] {
  const { nameTable = {}, resources = [] } = (file ?? {}) as {
    nameTable?: { [name: string]: string };
    resources?: Line[];
  };
  if (!Array.isArray(resources)) throw new Diagnosis("could not read import file: 'resources' is not a list");
  const mistakes = resources.flatMap((line, at) => mistakesOf(line, at));
  if (mistakes.length > 0) throw new Diagnosis(mistakes.join("\n"));
  const count = (name: string): number => resources.filter((line) => (line.name ?? line.logicalName) === name).length;
  const urns = new Map(Object.entries(nameTable));
  const done: PlannedImport[] = [];
  let left = resources;
  while (left.length > 0) {
    const ready = left.filter(({ parent }) => parent === undefined || urns.has(parent));
    if (ready.length === 0) {
      const { name, type, parent } = left[0]!;
      throw new Diagnosis(
        `the parent '${parent}' for resource '${name}' of type '${type}' has no entry in 'nameTable'`,
      );
    }
    for (const line of ready) {
      for (const [what, name] of [
        ["parent", line.parent],
        ["provider", line.provider],
      ] as const)
        if (name !== undefined && count(name) > 1)
          throw new Diagnosis(`resource '${line.name}' of type '${line.type}' has an ambiguous ${what}`);
      const parent = line.parent === undefined ? undefined : urns.get(line.parent);
      const name = line.logicalName ?? line.name!;
      urns.set(line.name ?? name, makeUrn(ref.stack, ref.project, parent, line.type!, name));
      done.push({
        type: line.type!,
        name,
        ...(line.component ? {} : { id: line.id! }),
        ...(parent ? { parent } : {}),
        ...(line.provider === undefined ? {} : { provider: providerUrn(line, urns) }),
        ...(line.version ? { version: line.version } : {}),
        properties: line.properties ?? [],
        protect,
      });
    }
    left = left.filter((line) => !ready.includes(line));
  }
  return done;
}

function providerUrn(line: Line, urns: ReadonlyMap<string, string>): string {
  const urn = urns.get(line.provider!);
  if (!urn)
    throw new Diagnosis(
      `the provider '${line.provider}' for resource '${line.name}' of type '${line.type}' has no entry in 'nameTable'`,
    );
  if (!isProviderType(parseUrn(urn)?.type ?? ""))
    throw new Diagnosis(
      `the provider '${line.provider}' for resource '${line.name}' of type '${line.type}' is not a provider`,
    );
  return urn;
}

function mistakesOf(line: Line, at: number): string[] {
  const shown = `resource ${line.name ? `'${line.name}'` : line.id ? `'${line.id}'` : at}${line.type ? ` of type '${line.type}'` : ""}`;
  const strange = Object.entries(line).filter(([key, value]) => value !== undefined && !known.has(key));
  return [
    ...(line.type ? [] : [`${shown} has no type`]),
    ...(line.name || line.logicalName ? [] : [`${shown} has no name`]),
    ...(line.component || line.id || isProviderType(line.type ?? "") ? [] : [`${shown} has no ID`]),
    ...(line.component && line.id ? [`${shown} has an ID, but is marked as a component`] : []),
    ...(line.remote && !line.component ? [`${shown} is marked as remote, but not as a component`] : []),
    ...(line.remote && line.component ? [`${shown} is a remote component, which this engine does not import`] : []),
    ...(isProviderType(line.type ?? "")
      ? [`${shown} is a provider, which this engine does not import; declare it in the program and run up`]
      : []),
    ...strange.map(([key]) => `${shown} has '${key}', which this engine does not know`),
  ];
}

/** All of them, as far as they go; what failed is told, and leaves nothing. */
export async function importResources(d: Deployment, imports: PlannedImport[]): Promise<ResourceState[]> {
  const root = await rootOf(d);
  const made = new Map<string, ResourceState>();
  const seen = new Set<string>();
  // Children wait for their parents; what does not depend on each other is read at once.
  const running = new Map<string, Promise<void>>();
  for (const each of imports) {
    const goal = goalOf(each, root);
    const urn = d.urnOf(goal);
    if (seen.has(urn)) throw new Diagnosis(`duplicate import '${each.name}' of type '${each.type}'`);
    seen.add(urn);
    const run = (running.get(each.parent ?? "") ?? Promise.resolve()).then(async () => {
      const state = await importOne(d, each, goal, urn, made);
      if (state) made.set(urn, state);
    });
    running.set(
      urn,
      run.catch((cause) => d.executor.fail(cause, urn)),
    );
  }
  await Promise.all(running.values());
  return imports.flatMap((each) => made.get(d.urnOf(goalOf(each, root))) ?? []);
}

/** The stack's own resource; made when this is the first thing in the stack. */
async function rootOf(d: Deployment): Promise<string> {
  const found = [...d.olds.values()].find(({ type }) => type === rootStackType);
  if (found) return found.urn;
  const name = `${d.settings.project}-${d.settings.stack}`;
  const made = await register(d, { ...emptyGoal(rootStackType, name), custom: false });
  if (!d.settings.preview) d.events.outputs({ op: "create", urn: made.urn, type: made.type, new: made, logical: true });
  return made.urn;
}

function goalOf(each: PlannedImport, root: string): Goal {
  return {
    ...emptyGoal(each.type, each.name),
    custom: each.id !== undefined,
    parent: each.parent ?? root,
    protect: each.protect,
    version: each.version,
  };
}

async function importOne(
  d: Deployment,
  each: PlannedImport,
  goal: Goal,
  urn: string,
  made: ReadonlyMap<string, ResourceState>,
): Promise<ResourceState | undefined> {
  const old = d.olds.get(urn);
  if (old && (old.importID ?? old.id) === each.id) return undefined;
  if (old) throw new Diagnosis(`resource '${urn}' already exists`, urn);
  if (each.parent && !d.olds.has(each.parent) && !made.has(each.parent))
    throw new Diagnosis(`unknown parent '${each.parent}' for resource '${urn}'`, urn);
  if (each.id === undefined) return importComponent(d, goal, urn);
  const reference = await referenceOf(d, each, goal, urn);
  const state: ResourceState = { ...stateFor(goal, urn, {}, reference), id: each.id };
  const step: Step = { op: "import", urn, type: each.type, new: state, logical: true };
  const found = await d.executor.perform(step, { intent: { type: "importing", resource: state } }, async (context) => {
    const { provider } = await d.configured(reference);
    const read = await provider.read({ ...identity(urn, goal), id: each.id! }, context);
    if (read.id === null) throw new Diagnosis(`resource '${each.id}' does not exist`, urn);
    const inputs = picked(read.inputs ?? {}, each.properties);
    const checked = await provider.check(
      { ...identity(urn, goal), olds: read.inputs ?? {}, news: withoutInternal(inputs), randomSeed: d.seedOf(urn) },
      context,
    );
    for (const { property, reason } of checked.failures)
      d.events.diagnostic({
        severity: "warning",
        message: `an imported input did not pass its check: ${property}: ${reason}; it is imported all the same, and the program's own will have to pass`,
        urn,
      });
    const at = d.now();
    const asked = { goal, urn, reference, configured: await d.configured(reference), inputs };
    return {
      resource: {
        ...state,
        id: read.id,
        inputs: checked.failures.length > 0 ? inputs : markSecrets(checked.inputs, inputs),
        outputs: outputsFor(asked, read.outputs),
        created: at,
        modified: at,
      },
      replaces: null,
    };
  });
  return found ?? undefined;
}

function picked(inputs: PropertyMap, names: readonly string[]): PropertyMap {
  if (names.length === 0) return inputs;
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => names.includes(key)));
}

async function referenceOf(d: Deployment, each: PlannedImport, goal: Goal, urn: string): Promise<string> {
  if (each.provider === undefined) return d.providerReference(goal, urn);
  const provider = d.olds.get(each.provider);
  if (!provider) throw new Diagnosis(`unknown provider '${each.provider}' for resource '${urn}'`, urn);
  return `${provider.urn}::${provider.id}`;
}

function importComponent(d: Deployment, goal: Goal, urn: string): ResourceState {
  if (d.executor.stopped) throw new Bail();
  const at = d.now();
  const state: ResourceState = { ...stateFor(goal, urn, {}, undefined), created: at, modified: at };
  const step: Step = { op: "import", urn, type: goal.type, new: state, logical: true };
  d.events.before(step);
  d.executor.note({ resource: state, replaces: null });
  d.events.after(step);
  if (!d.settings.preview) d.events.outputs(step);
  return state;
}
