/**
 * Which provider a resource goes to: its own option, what it inherits, or the package's default provider, which is
 * registered when the first resource needs it.
 */
import { Bail, Diagnosis } from "../diagnosis.ts";
import { defaultName, type PluginRequest, packageFor, versionFor, withPlugin } from "../monitor/packages.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, Secret } from "../value.ts";
import { isProviderType, packageOf, parseReference, parseUrn, providerType } from "../values/urn.ts";
import { emptyGoal, type Goal } from "./goal.ts";

/** What is asked for a provider: a registration, a read or an invoke. */
export type Wanted = Pick<Goal, "type" | "provider" | "providers" | "parent" | "version" | "plugin">;

export interface ChoiceInit {
  /** `aws:region` to value; plain text, secret or not. */
  config: { [key: string]: { value: string; secret: boolean } };
  goalOf(urn: string): Goal | undefined;
  register(goal: Goal): Promise<ResourceState>;
}

export class ProviderChoice {
  private readonly init: ChoiceInit;
  private readonly defaults = new Map<string, Promise<string>>();

  constructor(init: ChoiceInit) {
    this.init = init;
  }

  /** As `URN::ID`. `asker`: the URN, or the token, of what needs it. */
  async reference(wanted: Wanted, asker: string): Promise<string> {
    if (wanted.provider) return checkedReference(wanted.provider);
    const explicit = this.explicit(wanted);
    if (explicit) return checkedReference(explicit);
    return this.defaultProvider(wanted.plugin ?? { name: packageOf(wanted.type), version: wanted.version }, asker);
  }

  /** The provider named for it or handed down to it; undefined: the default one. */
  explicit(wanted: Omit<Wanted, "version" | "plugin">): string | undefined {
    if (wanted.provider) return wanted.provider;
    const pkg = packageOf(wanted.type);
    if (wanted.providers[pkg]) return wanted.providers[pkg];
    for (let urn = wanted.parent; urn; urn = this.init.goalOf(urn)?.parent) {
      const parent = this.init.goalOf(urn);
      if (parent?.providers[pkg]) return parent.providers[pkg];
      if (parent?.provider && isOf(parent.provider, pkg)) return parent.provider;
    }
    return undefined;
  }

  private defaultProvider(plugin: PluginRequest, asker: string): Promise<string> {
    this.refuseDenied(packageFor(plugin), asker);
    const key = `${packageFor(plugin)}/${defaultName(plugin)}`;
    let found = this.defaults.get(key);
    if (!found) {
      found = this.makeDefault(plugin);
      this.defaults.set(key, found);
    }
    return found;
  }

  private refuseDenied(pkg: string, asker: string): void {
    const denied = deniedPackages(this.init.config["pulumi:disable-default-providers"]?.value);
    if (pkg === "pulumi" || !(denied.includes(pkg) || denied.includes("*"))) return;
    const urn = asker.startsWith("urn:") ? asker : undefined;
    throw new Diagnosis(`Default provider for '${pkg}' disabled. '${asker}' must use an explicit provider.`, urn);
  }

  private async makeDefault(plugin: PluginRequest): Promise<string> {
    const pkg = packageFor(plugin);
    const goal = {
      ...emptyGoal(providerType(pkg), defaultName(plugin)),
      inputs: withPlugin(this.packageConfig(pkg), plugin),
      version: versionFor(plugin),
    };
    const state = await this.init.register(goal);
    if (state.id === undefined) throw new Bail();
    return `${state.urn}::${state.id}`;
  }

  private packageConfig(pkg: string): PropertyMap {
    const inputs: PropertyMap = {};
    for (const [key, { value, secret }] of Object.entries(this.init.config))
      if (key.startsWith(`${pkg}:`)) inputs[key.slice(pkg.length + 1)] = secret ? new Secret(value) : value;
    return inputs;
  }
}

function isOf(reference: string, pkg: string): boolean {
  const provider = parseReference(reference);
  return provider !== undefined && parseUrn(provider.urn)?.type === providerType(pkg);
}

function checkedReference(reference: string): string {
  const parts = parseReference(reference);
  if (!parts || !isProviderType(parseUrn(parts.urn)?.type ?? ""))
    throw new Diagnosis(`invalid provider reference '${reference}'`);
  return reference;
}

/** Throws when the setting is not what it has to be: guessing would allow what was meant to be denied. */
function deniedPackages(setting: string | undefined): string[] {
  if (setting === undefined || setting === "") return [];
  try {
    const list: unknown = JSON.parse(setting);
    if (Array.isArray(list) && list.every((pkg) => typeof pkg === "string")) return list.map((pkg) => pkg.trim());
  } catch {
    // Told below, as any other text that is no list.
  }
  throw new Diagnosis("pulumi:disable-default-providers must be a JSON list of package names");
}
