/** The options of a resource as hooks are told them: made of its state, in Pulumi's message. */
import aliasPb from "@pulumi/pulumi/proto/alias_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import type { HookBinding } from "../provider.ts";
import type { CustomTimeouts, ResourceState } from "../state/resource.ts";

export function resourceOptions(state: ResourceState): InstanceType<typeof resourcePb.ResourceOptions> {
  const options = new resourcePb.ResourceOptions();
  options.setDependsOnList(state.dependencies);
  options.setIgnoreChangesList(state.ignoreChanges ?? []);
  options.setReplaceOnChangesList(state.replaceOnChanges ?? []);
  options.setProvider(state.provider ?? "");
  options.setDeletedWith(state.deletedWith ?? "");
  options.setImport(state.importID ?? "");
  options.setHideDiffList(state.hideDiff ?? []);
  options.setReplaceWithList(state.replaceWith ?? []);
  options.setParent(state.parent ?? "");
  options.setAliasesList((state.aliases ?? []).map((urn) => new aliasPb.Alias().setUrn(urn)));
  options.setAdditionalSecretOutputsList(state.additionalSecretOutputs ?? []);
  options.setProtect(state.protect ?? false);
  options.setRetainOnDelete(state.retainOnDelete ?? false);
  if (state.customTimeouts) options.setCustomTimeouts(timeoutsOf(state.customTimeouts));
  if (state.resourceHooks) options.setHooks(bindingOf(state.resourceHooks));
  return options;
}

function timeoutsOf(timeouts: CustomTimeouts) {
  const message = new resourcePb.RegisterResourceRequest.CustomTimeouts();
  message.setCreate(goDuration(timeouts.create));
  message.setUpdate(goDuration(timeouts.update));
  message.setDelete(goDuration(timeouts.delete));
  message.setRead(goDuration(timeouts.read));
  return message;
}

function bindingOf(hooks: { [hook: string]: string[] }) {
  const binding = new resourcePb.RegisterResourceRequest.ResourceHooksBinding();
  binding.setBeforeCreateList(hooks["BeforeCreate"] ?? []);
  binding.setAfterCreateList(hooks["AfterCreate"] ?? []);
  binding.setBeforeUpdateList(hooks["BeforeUpdate"] ?? []);
  binding.setAfterUpdateList(hooks["AfterUpdate"] ?? []);
  binding.setBeforeDeleteList(hooks["BeforeDelete"] ?? []);
  binding.setAfterDeleteList(hooks["AfterDelete"] ?? []);
  binding.setOnErrorList(hooks["OnError"] ?? []);
  return binding;
}

/** The binding of a registration as state keeps it, by `BeforeCreate` and the like; undefined when it names none. */
export function hooksForState(binding: HookBinding | undefined): { [hook: string]: string[] } | undefined {
  if (!binding) return undefined;
  const named = (Object.entries(binding) as [string, string[]][])
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => [kind[0]!.toUpperCase() + kind.slice(1), names]);
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}

/** Seconds as Go prints a duration: `5m0s`, `1h0m0s`, `500ms`; nothing for none. */
export function goDuration(seconds: number | undefined): string {
  if (!seconds) return "";
  if (seconds < 1) {
    const [amount, unit] =
      seconds >= 1e-3 ? [seconds * 1e3, "ms"] : seconds >= 1e-6 ? [seconds * 1e6, "µs"] : [seconds * 1e9, "ns"];
    return `${trimmed(amount as number)}${unit}`;
  }
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${trimmed(seconds % 60)}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function trimmed(amount: number): string {
  return String(Number(amount.toFixed(9)));
}
