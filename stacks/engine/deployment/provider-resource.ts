/**
 * Resources of type `pulumi:providers:PKG`, seen as resources of a provider: checked and compared by the provider they
 * stand for, which takes its configuration when they are made or changed. Calls no cloud.
 */

import { Diagnosis } from "../diagnosis.ts";
import { pluginOf } from "../monitor/packages.ts";
import type { DiffResult, Provider } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { unknownText } from "../values/signatures.ts";
import { packageOf } from "../values/urn.ts";
import { equalMaps, markSecrets, plain, withoutInternal } from "../values/values.ts";
import type { Asked } from "./calls.ts";
import type { Deployment } from "./deployment.ts";
import type { Goal } from "./goal.ts";

/** To register one. */
export async function ownProvider(d: Deployment, goal: Goal, urn: string): Promise<Asked["configured"]> {
  const provider = await d.registry.make(pluginOf(packageOf(goal.type), goal.inputs, goal.version));
  return { provider: standIn(d, urn, provider), unconfigured: false, behind: provider };
}

/** To compare one of the last deployment with what it would be. */
export async function ownProviderOf(d: Deployment, state: ResourceState): Promise<Provider> {
  return standIn(d, state.urn, await d.registry.make(pluginOf(packageOf(state.type), state.inputs)));
}

function standIn(d: Deployment, urn: string, provider: Provider): Provider {
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Diagnosis(`provider resources may not be ${what}`);
  };
  const configure = async (id: string, inputs: PropertyMap): Promise<{ outputs: PropertyMap }> => {
    await d.registry.configure(`${urn}::${id}`, inputs, provider);
    return { outputs: withoutInternal(inputs) };
  };
  return {
    package: provider.package,
    version: provider.version,
    acceptsSecrets: true,
    checkConfig: (request) => provider.checkConfig(request),
    diffConfig: (request) => provider.diffConfig(request),
    configure: (inputs) => provider.configure(inputs),
    check: async ({ olds, news }) => {
      const asked = { urn, olds: olds && plain(withoutInternal(olds)), news: plain(news) };
      const { inputs: answered, failures } = await provider.checkConfig(asked);
      const inputs = markSecrets(answered, news);
      const { version } = asked.news;
      if (version === undefined || failures.length > 0) return { inputs, failures };
      if ("version" in inputs && inputs["version"] !== version)
        throw new Diagnosis(
          `provider "${urn}" attempted to change version from "${version}" to "${inputs["version"]}"`,
          urn,
        );
      return { inputs: { ...inputs, version }, failures };
    },
    diff: async ({ oldInputs, newInputs }): Promise<DiffResult> => {
      const request = { urn, oldInputs: plain(withoutInternal(oldInputs)), newInputs: plain(newInputs) };
      const diff = await provider.diffConfig(request);
      if (diff.changes !== "unknown") return diff;
      return { ...diff, changes: equalMaps(request.oldInputs, request.newInputs) ? "none" : "some" };
    },
    create: async ({ inputs, preview }) => {
      const id = preview ? unknownText : d.executor.clock.uuid();
      return { id, ...(await configure(id, inputs)) };
    },
    update: ({ id, newInputs }) => configure(id, newInputs),
    delete: async () => undefined,
    read: refuse("read"),
    invoke: refuse("invoked"),
    secretOutputs: () => [],
    cancel: () => provider.cancel(),
    close: async () => undefined,
  };
}
