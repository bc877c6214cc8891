/**
 * The options of a registration: as requests carry them, as transforms see and change them, and as components of
 * another process are given them. Three forms of the same list; this file knows all of them.
 */
import type { Alias } from "@pulumi/pulumi/proto/alias_pb.js";
import aliasPb from "@pulumi/pulumi/proto/alias_pb.js";
import type { RegisterResourceRequest, TransformResourceOptions } from "@pulumi/pulumi/proto/resource_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import type { AliasSpec, HookBinding, TimeoutTexts } from "../provider.ts";
import type { PropertyValue } from "../value.ts";
import { decodeValue, encodeValue } from "../values/wire.ts";
import type { Caller } from "./services.ts";

export interface RegisterOptions {
  dependsOn: string[];
  protect?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  version?: string;
  aliases: AliasSpec[];
  provider?: string;
  providers: { [pkg: string]: string };
  timeouts?: TimeoutTexts;
  pluginDownloadURL?: string;
  /** Hex. */
  pluginChecksums: { [platform: string]: string };
  retainOnDelete?: boolean;
  deletedWith?: string;
  deleteBeforeReplace?: boolean;
  additionalSecretOutputs: string[];
  hooks?: HookBinding;
  importId?: string;
  hideDiffs: string[];
  replaceWith: string[];
  replacementTrigger?: PropertyValue;
}

/** What both messages call by the same getters. */
type Common = RegisterResourceRequest | TransformResourceOptions;

function common(message: Common) {
  return {
    protect: message.hasProtect() ? message.getProtect() : undefined,
    version: message.getVersion() || undefined,
    provider: message.getProvider() || undefined,
    providers: toRecord(message.getProvidersMap()),
    hooks: hooksOf(message.getHooks()),
    replaceWith: message.getReplaceWithList(),
    replacementTrigger: message.hasReplacementTrigger() ? decodeValue(message.getReplacementTrigger()!) : undefined,
  };
}

export function optionsOfRequest(request: RegisterResourceRequest, caller: Caller | undefined): RegisterOptions {
  const misspelt = !request.getAliasspecs() && caller?.nodejs === true;
  const aliases = request.getAliasesList().map(aliasOf);
  // Go's SDK does not say that it is defined.
  const deletesFirst = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
  return {
    ...common(request),
    dependsOn: request.getDependenciesList(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    aliases: [
      ...request.getAliasurnsList().map((urn): AliasSpec => ({ kind: "urn", urn })),
      ...(misspelt ? aliases.map(oldNodeAlias) : aliases),
    ],
    timeouts: timeoutsOf(request.getCustomtimeouts()),
    pluginDownloadURL: request.getPlugindownloadurl() || undefined,
    pluginChecksums: checksumsOf(request.getPluginchecksumsMap()),
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    deleteBeforeReplace: deletesFirst ? request.getDeletebeforereplace() : undefined,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    importId: request.getImportid() || undefined,
    hideDiffs: request.getHidediffsList(),
  };
}

export function optionsOfTransform(options: TransformResourceOptions): RegisterOptions {
  return {
    ...common(options),
    dependsOn: options.getDependsOnList(),
    ignoreChanges: options.getIgnoreChangesList(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    aliases: options.getAliasesList().map(aliasOf),
    timeouts: timeoutsOf(options.getCustomTimeouts()),
    pluginDownloadURL: options.getPluginDownloadUrl() || undefined,
    pluginChecksums: checksumsOf(options.getPluginChecksumsMap()),
    retainOnDelete: options.hasRetainOnDelete() ? options.getRetainOnDelete() : undefined,
    deletedWith: options.getDeletedWith() || undefined,
    deleteBeforeReplace: options.hasDeleteBeforeReplace() ? options.getDeleteBeforeReplace() : undefined,
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
    importId: options.getImport() || undefined,
    hideDiffs: options.getHideDiffList(),
  };
}

export function optionsForTransform(options: RegisterOptions): TransformResourceOptions {
  const message = new resourcePb.TransformResourceOptions();
  message.setDependsOnList(options.dependsOn);
  if (options.protect !== undefined) message.setProtect(options.protect);
  message.setIgnoreChangesList(options.ignoreChanges);
  message.setReplaceOnChangesList(options.replaceOnChanges);
  message.setVersion(options.version ?? "");
  message.setAliasesList(options.aliases.map(aliasMessage));
  message.setProvider(options.provider ?? "");
  for (const [pkg, reference] of Object.entries(options.providers)) message.getProvidersMap().set(pkg, reference);
  if (options.timeouts) message.setCustomTimeouts(timeoutsMessage(options.timeouts));
  message.setPluginDownloadUrl(options.pluginDownloadURL ?? "");
  for (const [platform, sum] of Object.entries(options.pluginChecksums))
    message.getPluginChecksumsMap().set(platform, Buffer.from(sum, "hex"));
  if (options.retainOnDelete !== undefined) message.setRetainOnDelete(options.retainOnDelete);
  message.setDeletedWith(options.deletedWith ?? "");
  if (options.deleteBeforeReplace !== undefined) message.setDeleteBeforeReplace(options.deleteBeforeReplace);
  message.setAdditionalSecretOutputsList(options.additionalSecretOutputs);
  if (options.hooks) message.setHooks(hooksMessage(options.hooks));
  message.setImport(options.importId ?? "");
  message.setHideDiffList(options.hideDiffs);
  message.setReplaceWithList(options.replaceWith);
  if (options.replacementTrigger !== undefined)
    message.setReplacementTrigger(encodeValue(options.replacementTrigger, { secrets: true }));
  return message;
}

function toRecord(map: { forEach(visit: (value: string, key: string) => void): void }): { [key: string]: string } {
  const result: { [key: string]: string } = {};
  map.forEach((value, key) => {
    result[key] = value;
  });
  return result;
}

export function checksumsOf(map: { forEach(visit: (value: Uint8Array | string, key: string) => void): void }): {
  [platform: string]: string;
} {
  const result: { [platform: string]: string } = {};
  map.forEach((sum, platform) => {
    // google-protobuf takes text for base64.
    result[platform] = (typeof sum === "string" ? Buffer.from(sum, "base64") : Buffer.from(sum)).toString("hex");
  });
  return result;
}

export function aliasOf(alias: Alias): AliasSpec {
  if (alias.hasUrn()) return { kind: "urn", urn: alias.getUrn() };
  const spec = alias.getSpec();
  return {
    kind: "spec",
    name: spec?.getName() || undefined,
    type: spec?.getType() || undefined,
    stack: spec?.getStack() || undefined,
    project: spec?.getProject() || undefined,
    // An empty parent is the resource's own, as two SDKs say it.
    parent: spec?.hasParenturn() ? spec.getParenturn() || undefined : undefined,
    noParent: spec?.hasNoparent() ? spec.getNoparent() : false,
  };
}

/** Node's SDK before it said so: no parent at all meant none, and "none" the resource's own. */
function oldNodeAlias(alias: AliasSpec): AliasSpec {
  if (alias.kind === "urn" || alias.parent !== undefined) return alias;
  return { ...alias, noParent: !alias.noParent };
}

export function aliasMessage(alias: AliasSpec): Alias {
  const message = new aliasPb.Alias();
  if (alias.kind === "urn") return message.setUrn(alias.urn);
  const spec = new aliasPb.Alias.Spec();
  spec.setName(alias.name ?? "");
  spec.setType(alias.type ?? "");
  spec.setStack(alias.stack ?? "");
  spec.setProject(alias.project ?? "");
  if (alias.noParent) spec.setNoparent(true);
  else if (alias.parent !== undefined) spec.setParenturn(alias.parent);
  return message.setSpec(spec);
}

type Timeouts = InstanceType<typeof resourcePb.RegisterResourceRequest.CustomTimeouts>;

function timeoutsOf(timeouts: Timeouts | undefined): TimeoutTexts | undefined {
  if (!timeouts) return undefined;
  const texts: TimeoutTexts = {};
  if (timeouts.getCreate()) texts.create = timeouts.getCreate();
  if (timeouts.getUpdate()) texts.update = timeouts.getUpdate();
  if (timeouts.getDelete()) texts.delete = timeouts.getDelete();
  if (timeouts.getRead()) texts.read = timeouts.getRead();
  return Object.keys(texts).length > 0 ? texts : undefined;
}

function timeoutsMessage(texts: TimeoutTexts): Timeouts {
  const message = new resourcePb.RegisterResourceRequest.CustomTimeouts();
  message.setCreate(texts.create ?? "");
  message.setUpdate(texts.update ?? "");
  message.setDelete(texts.delete ?? "");
  message.setRead(texts.read ?? "");
  return message;
}

type Binding = InstanceType<typeof resourcePb.RegisterResourceRequest.ResourceHooksBinding>;

function hooksOf(binding: Binding | undefined): HookBinding | undefined {
  if (!binding) return undefined;
  return {
    beforeCreate: binding.getBeforeCreateList(),
    afterCreate: binding.getAfterCreateList(),
    beforeUpdate: binding.getBeforeUpdateList(),
    afterUpdate: binding.getAfterUpdateList(),
    beforeDelete: binding.getBeforeDeleteList(),
    afterDelete: binding.getAfterDeleteList(),
    onError: binding.getOnErrorList(),
  };
}

function hooksMessage(hooks: HookBinding): Binding {
  const binding = new resourcePb.RegisterResourceRequest.ResourceHooksBinding();
  binding.setBeforeCreateList(hooks.beforeCreate);
  binding.setAfterCreateList(hooks.afterCreate);
  binding.setBeforeUpdateList(hooks.beforeUpdate);
  binding.setAfterUpdateList(hooks.afterUpdate);
  binding.setBeforeDeleteList(hooks.beforeDelete);
  binding.setAfterDeleteList(hooks.afterDelete);
  binding.setOnErrorList(hooks.onError);
  return binding;
}
