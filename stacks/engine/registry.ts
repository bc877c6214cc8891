/**
 * The providers of one deployment: instances by `URN::ID`, made by the factory, configured once, closed at the end.
 * Knows provider resources only as states; steps for them are deployment.ts's.
 */
import { Diagnosis } from "./diagnosis.ts";
import { type PluginRequest, pluginOf } from "./packages.ts";
import { withoutSecrets } from "./plugins/secrets.ts";
import type { Provider, ProviderFactory } from "./provider.ts";
import type { ResourceState } from "./state/resource.ts";
import { packageOf, parseReference } from "./urn.ts";
import type { PropertyMap } from "./value.ts";
import { hasUnknown, withoutInternal } from "./values.ts";

export interface Configured {
  provider: Provider;
  state: ResourceState;
  /** Configuration holds unknowns: nothing can be asked of it in this preview. */
  unconfigured: boolean;
}

export class ProviderRegistry {
  private readonly factory: ProviderFactory;
  private readonly instances = new Map<string, Promise<Configured>>();
  private readonly all: Provider[] = [];
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
        `no resource plugin 'pulumi-resource-${pkg}' found in the workspace${version ? ` at version v${version}` : ""} or on your $PATH; this engine downloads none: install it with the official CLI (\`pulumi plugin install resource ${pkg}\`) or put it on PATH`,
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

  /** Takes a provider resource into use under its new state. */
  async configure(reference: string, state: ResourceState, provider: Provider): Promise<Configured> {
    const unconfigured = hasUnknown(state.inputs);
    const run = (async () => {
      provider.remember?.(this.outputsUnder(state.urn));
      if (!unconfigured)
        await provider.configure(withoutInternal(state.inputs), { urn: state.urn, id: state.id ?? "" });
      return { provider, state, unconfigured };
    })();
    this.instances.set(reference, run);
    return run;
  }

  async get(reference: string): Promise<Configured> {
    const known = this.instances.get(reference);
    if (known) return known;
    const state = this.olds.get(reference);
    if (!state) throw new Diagnosis(`unknown provider '${parseReference(reference)?.urn ?? reference}'`);
    // Kept as it is asked for, so that two questions at once make one instance.
    const run = this.make(pluginOf(packageOf(state.type), state.inputs)).then((provider) =>
      this.configure(reference, state, provider),
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
