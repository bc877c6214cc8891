/**
 * The providers of one deployment: instances by `URN::ID`, made by the factory, configured once, closed at the end.
 * Knows provider resources only as states; steps for them are deployment.ts's.
 */
import { Diagnosis } from "../diagnosis.ts";
import { type PluginRequest, pluginOf } from "../monitor/packages.ts";
import { withoutSecrets } from "../plugins/secrets.ts";
import type { Provider, ProviderFactory } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { packageOf, parseReference } from "../values/urn.ts";
import { hasUnknown, withoutInternal } from "../values/values.ts";

export interface Configured {
  provider: Provider;
  /** Of the provider resource. */
  inputs: PropertyMap;
  /** Configuration holds unknowns: nothing can be asked of it in this preview. */
  unconfigured: boolean;
}

export class ProviderRegistry {
  private readonly factory: ProviderFactory;
  private readonly instances = new Map<string, Promise<Configured>>();
  private readonly all: Provider[] = [];
  /** Registered as they were, and not asked yet. */
  private readonly waiting = new Map<string, { inputs: PropertyMap; provider: Provider }>();
  /** Provider resources of the last deployment, by reference; configured only when something asks. */
  private readonly olds = new Map<string, ResourceState>();

  /** Outputs of a provider's resources in the last deployment, by the provider's URN. */
  outputsUnder: (urn: string) => readonly PropertyMap[] = () => [];

  constructor(factory: ProviderFactory) {
    this.factory = factory;
  }

  remember(state: ResourceState): void {
    this.olds.set(`${state.urn}::${state.id}`, state);
  }

  /** A new, unconfigured instance: for CheckConfig and DiffConfig. */
  async make(plugin: PluginRequest): Promise<Provider> {
    const { name: pkg, version, parameters } = plugin;
    const found = this.factory(pkg, version);
    if (!found)
      throw new Diagnosis(
        `no resource plugin 'pulumi-resource-${pkg}' found in the workspace${version ? ` at version v${version}` : ""} or on your $PATH; this engine downloads none: install it with the official CLI, or put it on PATH`,
      );
    const provider = found.acceptsSecrets ? found : withoutSecrets(found);
    this.all.push(provider);
    if (!parameters) return provider;
    if (!provider.parameterize)
      throw new Diagnosis(
        `package '${parameters.name}' asks for parameters of the provider plugin '${pkg}', which takes none`,
      );
    await provider.parameterize(parameters);
    return provider;
  }

  /** Takes a provider into use under this reference. */
  async configure(reference: string, inputs: PropertyMap, provider: Provider): Promise<Configured> {
    const unconfigured = hasUnknown(inputs);
    const run = (async () => {
      const about = parseReference(reference);
      provider.remember?.(this.outputsUnder(about?.urn ?? ""));
      if (!unconfigured) await provider.configure(withoutInternal(inputs), about);
      return { provider, inputs, unconfigured };
    })();
    this.instances.set(reference, run);
    return run;
  }

  /** The same, once something asks for it, unless it is in use already. */
  use(reference: string, inputs: PropertyMap, provider: Provider): void {
    if (!this.instances.has(reference)) this.waiting.set(reference, { inputs, provider });
  }

  /** What a provider was configured with, or will be; undefined: no such provider. */
  async inputsOf(reference: string): Promise<PropertyMap | undefined> {
    const instance = this.instances.get(reference);
    return instance ? (await instance).inputs : (this.waiting.get(reference) ?? this.olds.get(reference))?.inputs;
  }

  async get(reference: string): Promise<Configured> {
    const known = this.instances.get(reference);
    if (known) return known;
    const waiting = this.waiting.get(reference);
    if (waiting) return this.configure(reference, waiting.inputs, waiting.provider);
    const state = this.olds.get(reference);
    if (!state) throw new Diagnosis(`unknown provider '${parseReference(reference)?.urn ?? reference}'`);
    // Kept as it is asked for, so that two questions at once make one instance.
    const run = this.make(pluginOf(packageOf(state.type), state.inputs)).then((provider) =>
      this.configure(reference, state.inputs, provider),
    );
    this.instances.set(reference, run);
    return run;
  }

  async cancel(): Promise<void> {
    await Promise.allSettled(this.all.map((provider) => provider.cancel()));
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.instances.values()]);
    await Promise.allSettled(this.all.map((provider) => provider.close()));
  }
}
