/** A provider that answers at once and keeps nothing: what is measured with it is engine and SDK. */
import type { DiffResult, Provider } from "../../stacks/engine/provider.ts";
import { equalMaps } from "../../stacks/engine/values/values.ts";

let made = 0;

export function instantProvider(): Provider {
  const diff = (same: boolean): DiffResult => ({
    changes: same ? "none" : "some",
    replaces: [],
    stables: [],
    diffs: [],
  });
  return {
    package: "bench",
    version: "1.0.0",
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => diff(true),
    configure: async () => undefined,
    check: async ({ news }) => ({ inputs: news, failures: [] }),
    diff: async ({ oldInputs, newInputs }) => diff(equalMaps(oldInputs, newInputs)),
    create: async ({ name, inputs, preview }) => ({
      id: preview ? "" : `${name}-${made++}`,
      outputs: { ...inputs, size: "1" },
    }),
    read: async ({ id, inputs, outputs }) => ({ id, inputs, outputs: outputs ?? {} }),
    update: async ({ newInputs }) => ({ outputs: { ...newInputs, size: "1" } }),
    delete: async () => undefined,
    invoke: async () => ({ result: {}, failures: [] }),
    secretOutputs: () => [],
    cancel: async () => undefined,
    close: async () => undefined,
  };
}
