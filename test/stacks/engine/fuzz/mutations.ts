/** Mistakes an engine could have, each as a change of one text of ours. */
export interface Mutation {
  /** What it breaks. */
  breaks: string;
  /** Below stacks/engine. */
  file: string;
  /** Stands there exactly once. */
  find: string;
  replace: string;
  /** It takes the fuzz long to come upon it: only runs with more rounds wait. */
  late?: true;
  /** Of scenarios that show it soon; others do, later. */
  seed?: number;
}

export const mutations: Mutation[] = [
  {
    breaks: "the end of an intent: what failed stays pending",
    late: true,
    file: "deployment/execute.ts",
    find: "if (!cutOff && !left) await entry?.failed();",
    replace: "if (!cutOff && !left) await Promise.resolve(entry);",
  },
  {
    breaks: "the look after a failed create: what it has made all the same is forgotten",
    late: true,
    file: "deployment/execute.ts",
    find: "const left = !cutOff && (await options.mayHaveLeft?.(context).catch(() => true));",
    replace: "const left = false as boolean;",
  },
  {
    breaks: "the order of deletes: none waits for what needs it",
    file: "deployment/schedule.ts",
    find: "const before = await Promise.all(dependents.get(state)!.map(start));",
    replace: "const before: boolean[] = dependents.get(state)!.map(() => true);",
  },
  {
    breaks: "deletes after a failure: what a failed one needs goes all the same",
    late: true,
    file: "deployment/schedule.ts",
    find: "return before.every(Boolean) && (await work(state));",
    replace: "return before.length >= 0 && (await work(state));",
  },
  {
    breaks: "aliases: what was known by another name is deleted and made again",
    late: true,
    file: "deployment/aliases.ts",
    find: "for (const alias of own) found.add(alias);",
    replace: "for (const alias of own.slice(1)) found.add(alias);",
  },
  {
    breaks: "protection from deletes",
    late: true,
    file: "deployment/deletes.ts",
    find: `if (!state.protect || step.op !== "delete") return;`,
    replace: `if (!state.protect || step.op === "delete") return;`,
  },
  {
    breaks: "property dependencies: they do not reach the state",
    file: "deployment/states.ts",
    find: "propertyDependencies: goal.propertyDependencies,",
    replace: "propertyDependencies: {},",
  },
  {
    breaks: "the mark for deletion: old and new stand side by side",
    late: true,
    file: "deployment/replace.ts",
    find: "const condemned: ResourceState = { ...old, delete: true };",
    replace: "const condemned: ResourceState = { ...old, delete: undefined };",
  },
  {
    breaks: "a refresh whose read fails: the resource is taken for gone",
    late: true,
    file: "deployment/refresh.ts",
    find: `        failed = true;
        return state;`,
    replace: `        failed = true;
        return undefined;`,
  },
  {
    breaks: "taking over: an interrupted create is thought to have left nothing",
    late: true,
    file: "deployment/recover.ts",
    find: `if (type === "creating") return adopt(d, resource);`,
    replace: `if (type === "creating") return true;`,
  },
  {
    breaks: "taking over a create of a type without a name: it is thought to have left nothing",
    late: true,
    file: "deployment/recover.ts",
    find: "if (!found && intentKey === undefined) return false;",
    replace: "",
  },
  {
    breaks: "updates: the outputs of before are kept",
    file: "deployment/calls.ts",
    find: "const resource: ResourceState = { ...state, outputs: outputsFor(asked, done.outputs), modified: d.now() };",
    replace: "const resource: ResourceState = { ...state, modified: d.now() };",
  },
  {
    breaks: "a journal with a torn end: it is no longer read",
    late: true,
    file: "state/journal-records.ts",
    find: `else if (part !== "") brokenAt ??= offset;`,
    replace: `else if (part !== "") throw errors.journalDamaged(file, offset);`,
    seed: 7,
  },
  {
    breaks: "the lock: it stays when the operation is over",
    file: "state/lock.ts",
    find: "await Promise.allSettled([storage.remove(own), hold.release()]);",
    replace: "await Promise.allSettled([Promise.resolve(), hold.release()]);",
  },
  {
    breaks: "intents: the provider is called before they are on disk",
    late: true,
    file: "state/journal.ts",
    find: `      state.begin(op, { type, resource });
      await file.flush();`,
    replace: `      state.begin(op, { type, resource });`,
  },
  {
    breaks: "the journal's sync: what is written is not on disk",
    file: "state/file-storage.ts",
    find: "          await handle.datasync();",
    replace: "",
  },
  {
    breaks: "retainOnDelete",
    late: true,
    file: "deployment/deletes.ts",
    find: "const silent = old.retainOnDelete || old.external",
    replace: "const silent = old.external",
  },
  {
    breaks: "reads: what is somebody else's is deleted",
    late: true,
    file: "deployment/deletes.ts",
    find: "old.retainOnDelete || old.external ||",
    replace: "old.retainOnDelete ||",
  },
  {
    breaks: "the state's order: what others refer to comes later",
    file: "state/journal-state.ts",
    find: "if (isOrdered(resources)) return [...resources];",
    replace: "if (resources.length > 0) return [...resources];",
  },
  {
    breaks: "secrets: outputs of secret inputs are written in the clear",
    file: "values/values.ts",
    find: "return hasSecret(input) ? new Secret(plainValue(output)) : output;",
    replace: "return hasSecret(input) ? output : output;",
  },
  {
    breaks: "outputs that are always secret: they are written in the clear",
    file: "deployment/calls.ts",
    find: "  return wrapSecrets(outputs, named);",
    replace: "  return wrapSecrets(outputs, named.slice(0, 0));",
  },
  {
    breaks: "replacements: the old one stays for ever",
    file: "deployment/deletes.ts",
    find: "const doomed = [...d.toDelete, ...unclaimed, ...d.condemned].filter((state) => meant(state.urn));",
    replace: "const doomed = [...d.toDelete, ...unclaimed].filter((state) => meant(state.urn));",
  },
  {
    breaks: "custom timeouts: they do not reach the state",
    file: "deployment/states.ts",
    find: "customTimeouts: goal.customTimeouts,",
    replace: "customTimeouts: undefined,",
  },
];
