/** Components and methods whose programs are a plugin's: the messages of Construct and Call, in both directions. */
import aliasPb from "@pulumi/pulumi/proto/alias_pb.js";
import providerPb, {
  type CallRequest as CallMessage,
  type CallResponse,
  type ConstructRequest as ConstructMessage,
  type ConstructResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  AliasSpec,
  CallRequest,
  CallResult,
  ConstructOptions,
  ConstructRequest,
  ConstructResult,
  HookBinding,
  ProgramInfo,
  PropertyDependencies,
  TimeoutTexts,
} from "../provider.ts";
import { decodeStruct, decodeValue, encodeStruct } from "../values/wire.ts";
import { decodeFailures, encodeFailures } from "./messages.ts";
import { encodeFor, everything, type Understood } from "./properties.ts";

interface UrnList {
  getUrnsList(): string[];
}
interface UrnMap<T> {
  set(key: string, value: T): unknown;
  forEach(visit: (value: T, key: string) => void): void;
}

function setDependencies<T extends UrnList>(
  map: UrnMap<T>,
  dependencies: PropertyDependencies,
  make: (urns: string[]) => T,
): void {
  for (const [property, urns] of Object.entries(dependencies)) map.set(property, make(urns));
}

function dependenciesOf<T extends UrnList>(map: UrnMap<T>): PropertyDependencies {
  const result: PropertyDependencies = {};
  map.forEach((value, property) => {
    result[property] = value.getUrnsList();
  });
  return result;
}

function setProgram(message: ConstructMessage | CallMessage, info: ProgramInfo): void {
  message.setProject(info.project);
  message.setStack(info.stack);
  message.setOrganization(info.organization);
  for (const [key, value] of Object.entries(info.config)) message.getConfigMap().set(key, value);
  message.setConfigsecretkeysList(info.configSecretKeys);
  message.setDryrun(info.dryRun);
  message.setParallel(info.parallel);
  message.setMonitorendpoint(info.monitorAddress);
  message.setStackTraceHandle(info.stackTraceHandle);
}

function programOf(message: ConstructMessage | CallMessage): ProgramInfo {
  const config: { [key: string]: string } = {};
  message.getConfigMap().forEach((value: string, key: string) => {
    config[key] = value;
  });
  return {
    project: message.getProject(),
    stack: message.getStack(),
    organization: message.getOrganization(),
    config,
    configSecretKeys: message.getConfigsecretkeysList(),
    dryRun: message.getDryrun(),
    parallel: message.getParallel(),
    monitorAddress: message.getMonitorendpoint(),
    stackTraceHandle: message.getStackTraceHandle(),
  };
}

export function encodeCall(request: CallRequest, understood: Understood): CallMessage {
  const message = new providerPb.CallRequest()
    .setTok(request.token)
    .setArgs(encodeFor(request.args, { ...understood, secrets: true, resources: true }))
    .setAcceptsOutputValues(request.acceptsOutputValues);
  setProgram(message, request);
  setDependencies(message.getArgdependenciesMap(), request.argDependencies, (urns) =>
    new providerPb.CallRequest.ArgumentDependencies().setUrnsList(urns),
  );
  return message;
}

export function decodeCall(message: CallMessage): CallRequest {
  return {
    ...programOf(message),
    token: message.getTok(),
    args: decodeStruct(message.getArgs()),
    argDependencies: dependenciesOf(message.getArgdependenciesMap()),
    acceptsOutputValues: message.getAcceptsOutputValues(),
  };
}

export function encodeCallResult(result: CallResult, outputs: boolean): CallResponse {
  const message = new providerPb.CallResponse()
    .setReturn(encodeFor(result.result, { ...everything, outputs }))
    .setFailuresList(encodeFailures(result.failures));
  setDependencies(message.getReturndependenciesMap(), result.returnDependencies, (urns) =>
    new providerPb.CallResponse.ReturnDependencies().setUrnsList(urns),
  );
  return message;
}

export function decodeCallResult(message: CallResponse): CallResult {
  return {
    result: decodeStruct(message.getReturn()),
    returnDependencies: dependenciesOf(message.getReturndependenciesMap()),
    failures: decodeFailures(message.getFailuresList()),
  };
}

export function encodeConstruct(request: ConstructRequest, understood: Understood): ConstructMessage {
  const message = new providerPb.ConstructRequest()
    .setType(request.type)
    .setName(request.name)
    .setParent(request.parent)
    .setInputs(encodeFor(request.inputs, understood))
    .setAcceptsOutputValues(request.acceptsOutputValues);
  setProgram(message, request);
  setDependencies(message.getInputdependenciesMap(), request.inputDependencies, (urns) =>
    new providerPb.ConstructRequest.PropertyDependencies().setUrnsList(urns),
  );
  setOptions(message, request.options);
  return message;
}

function setOptions(message: ConstructMessage, options: ConstructOptions): void {
  message.setAliasesList(options.aliases.map(encodeAlias));
  message.setDependenciesList(options.dependencies);
  for (const [pkg, reference] of Object.entries(options.providers)) message.getProvidersMap().set(pkg, reference);
  message.setAdditionalsecretoutputsList(options.additionalSecretOutputs);
  message.setReplaceWithList(options.replaceWith);
  message.setIgnorechangesList(options.ignoreChanges);
  message.setReplaceonchangesList(options.replaceOnChanges);
  if (options.deletedWith !== undefined) message.setDeletedwith(options.deletedWith);
  if (options.protect !== undefined) message.setProtect(options.protect);
  if (options.deleteBeforeReplace !== undefined) message.setDeletebeforereplace(options.deleteBeforeReplace);
  if (options.retainOnDelete !== undefined) message.setRetainondelete(options.retainOnDelete);
  if (options.customTimeouts) message.setCustomtimeouts(encodeTimeouts(options.customTimeouts));
  if (options.hooks) message.setResourceHooks(encodeHooks(options.hooks));
  if (options.replacementTrigger !== undefined && options.replacementTrigger !== null) {
    const wrapped = encodeStruct({ trigger: options.replacementTrigger }, { secrets: true });
    message.setReplacementTrigger(wrapped.getFieldsMap().get("trigger"));
  }
}

function encodeTimeouts(texts: TimeoutTexts) {
  return new providerPb.ConstructRequest.CustomTimeouts()
    .setCreate(texts.create ?? "")
    .setUpdate(texts.update ?? "")
    .setDelete(texts.delete ?? "")
    .setRead(texts.read ?? "");
}

function encodeHooks(hooks: HookBinding) {
  return new providerPb.ConstructRequest.ResourceHooksBinding()
    .setBeforeCreateList(hooks.beforeCreate)
    .setAfterCreateList(hooks.afterCreate)
    .setBeforeUpdateList(hooks.beforeUpdate)
    .setAfterUpdateList(hooks.afterUpdate)
    .setBeforeDeleteList(hooks.beforeDelete)
    .setAfterDeleteList(hooks.afterDelete);
}

function encodeAlias(alias: AliasSpec) {
  if (alias.kind === "urn") return new aliasPb.Alias().setUrn(alias.urn);
  const spec = new aliasPb.Alias.Spec()
    .setName(alias.name ?? "")
    .setType(alias.type ?? "")
    .setStack(alias.stack ?? "")
    .setProject(alias.project ?? "");
  if (alias.noParent) spec.setNoparent(true);
  else if (alias.parent) spec.setParenturn(alias.parent);
  return new aliasPb.Alias().setSpec(spec);
}

export function decodeConstruct(message: ConstructMessage): ConstructRequest {
  return {
    ...programOf(message),
    type: message.getType(),
    name: message.getName(),
    parent: message.getParent(),
    inputs: decodeStruct(message.getInputs()),
    inputDependencies: dependenciesOf(message.getInputdependenciesMap()),
    options: optionsOf(message),
    acceptsOutputValues: message.getAcceptsOutputValues(),
  };
}

function optionsOf(message: ConstructMessage): ConstructOptions {
  const providers: { [pkg: string]: string } = {};
  message.getProvidersMap().forEach((reference: string, pkg: string) => {
    providers[pkg] = reference;
  });
  const options: ConstructOptions = {
    aliases: message.getAliasesList().map(decodeAlias),
    dependencies: message.getDependenciesList(),
    providers,
    additionalSecretOutputs: message.getAdditionalsecretoutputsList(),
    replaceWith: message.getReplaceWithList(),
    ignoreChanges: message.getIgnorechangesList(),
    replaceOnChanges: message.getReplaceonchangesList(),
  };
  if (message.hasProtect()) options.protect = message.getProtect() ?? false;
  if (message.hasDeletebeforereplace()) options.deleteBeforeReplace = message.getDeletebeforereplace() ?? false;
  if (message.hasRetainondelete()) options.retainOnDelete = message.getRetainondelete() ?? false;
  if (message.getDeletedwith()) options.deletedWith = message.getDeletedwith();
  const timeouts = message.getCustomtimeouts()?.toObject();
  if (timeouts) options.customTimeouts = timeouts;
  const hooks = message.getResourceHooks();
  if (hooks)
    options.hooks = {
      beforeCreate: hooks.getBeforeCreateList(),
      afterCreate: hooks.getAfterCreateList(),
      beforeUpdate: hooks.getBeforeUpdateList(),
      afterUpdate: hooks.getAfterUpdateList(),
      beforeDelete: hooks.getBeforeDeleteList(),
      afterDelete: hooks.getAfterDeleteList(),
      onError: [],
    };
  const trigger = message.getReplacementTrigger();
  if (trigger) options.replacementTrigger = decodeValue(trigger);
  return options;
}

function decodeAlias(alias: ReturnType<typeof encodeAlias>): AliasSpec {
  const spec = alias.getSpec();
  if (!spec) return { kind: "urn", urn: alias.getUrn() };
  const { name, type, stack, project } = spec.toObject();
  return {
    kind: "spec",
    ...(name ? { name } : {}),
    ...(type ? { type } : {}),
    ...(stack ? { stack } : {}),
    ...(project ? { project } : {}),
    ...(spec.hasParenturn() ? { parent: spec.getParenturn() } : {}),
    noParent: spec.getNoparent(),
  };
}

export function encodeConstructResult(result: ConstructResult, outputs: boolean): ConstructResponse {
  const message = new providerPb.ConstructResponse()
    .setUrn(result.urn)
    .setState(encodeFor(result.state, { ...everything, outputs }));
  setDependencies(message.getStatedependenciesMap(), result.stateDependencies, (urns) =>
    new providerPb.ConstructResponse.PropertyDependencies().setUrnsList(urns),
  );
  return message;
}

export function decodeConstructResult(message: ConstructResponse): ConstructResult {
  return {
    urn: message.getUrn(),
    state: decodeStruct(message.getState()),
    stateDependencies: dependenciesOf(message.getStatedependenciesMap()),
  };
}
