/** What a program asks for: one registration, decoded. Pure apart from reading the request. */

import type { Alias } from "@pulumi/pulumi/proto/alias_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { Diagnosis } from "./diagnosis.ts";
import type { AliasSpec } from "./provider.ts";
import type { CustomTimeouts } from "./state/resource.ts";
import { makeUrn, parseUrn } from "./urn.ts";
import type { PropertyMap, PropertyValue } from "./value.ts";
import { transformMap } from "./values.ts";
import { decodeStruct, decodeValue, flattenOutput } from "./wire.ts";

export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent?: string;
  inputs: PropertyMap;
  dependencies: string[];
  propertyDependencies: { [property: string]: string[] };
  /** `URN::ID`; absent: the default provider. */
  provider?: string;
  /** Of components, for their children: package to `URN::ID`. */
  providers: { [pkg: string]: string };
  version?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith: string[];
  replacementTrigger?: PropertyValue;
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  hideDiffs: string[];
  additionalSecretOutputs: string[];
  aliases: AliasSpec[];
  importId?: string;
  customTimeouts?: CustomTimeouts;
  sourcePosition?: string;
}

export function emptyGoal(type: string, name: string): Goal {
  return {
    type,
    name,
    custom: true,
    inputs: {},
    dependencies: [],
    propertyDependencies: {},
    providers: {},
    replaceWith: [],
    ignoreChanges: [],
    replaceOnChanges: [],
    hideDiffs: [],
    additionalSecretOutputs: [],
    aliases: [],
  };
}

/** Decodes a registration. `root` is the program's folder, which source positions are made relative to. */
export function goalOf(request: RegisterResourceRequest, root: string): Goal {
  const inputs = transformMap(decodeStruct(request.getObject()), flattenOutput);
  const dependencies = request.getDependenciesList();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent() || undefined,
    inputs,
    dependencies,
    propertyDependencies: propertyDependencies(request, inputs, dependencies),
    provider: request.getProvider() || undefined,
    providers: toRecord(request.getProvidersMap()),
    version: request.getVersion() || undefined,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: request.hasReplacementTrigger() ? decodeValue(request.getReplacementTrigger()!) : undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    hideDiffs: request.getHidediffsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasesList().map(aliasOf),
      ...request.getAliasurnsList().map((urn): AliasSpec => ({ kind: "urn", urn })),
    ],
    importId: request.getImportid() || undefined,
    customTimeouts: timeoutsOf(request),
    sourcePosition: positionOf(request, root),
  };
}

function propertyDependencies(
  request: RegisterResourceRequest,
  inputs: PropertyMap,
  all: string[],
): { [property: string]: string[] } {
  const result: { [property: string]: string[] } = {};
  request.getPropertydependenciesMap().forEach((value, key) => {
    result[key] = value.getUrnsList();
  });
  if (Object.keys(result).length > 0 || all.length === 0) return result;
  return Object.fromEntries(Object.keys(inputs).map((key) => [key, all]));
}

function toRecord(map: { forEach(visit: (value: string, key: string) => void): void }): { [key: string]: string } {
  const result: { [key: string]: string } = {};
  map.forEach((value, key) => {
    result[key] = value;
  });
  return result;
}

function aliasOf(alias: Alias): AliasSpec {
  if (alias.hasUrn()) return { kind: "urn", urn: alias.getUrn() };
  const spec = alias.getSpec();
  return {
    kind: "spec",
    name: spec?.getName() || undefined,
    type: spec?.getType() || undefined,
    stack: spec?.getStack() || undefined,
    project: spec?.getProject() || undefined,
    parent: spec?.hasParenturn() ? spec.getParenturn() : undefined,
    noParent: spec?.hasNoparent() ? spec.getNoparent() : false,
  };
}

/** The URNs a goal was known by. */
export function aliasUrns(goal: Goal, stack: string, project: string): string[] {
  return goal.aliases.map((alias) => {
    if (alias.kind === "urn") return alias.urn;
    const parent = alias.noParent ? undefined : (alias.parent ?? goal.parent);
    return makeUrn(
      alias.stack ?? stack,
      alias.project ?? project,
      parent,
      alias.type ?? goal.type,
      alias.name ?? goal.name,
    );
  });
}

function timeoutsOf(request: RegisterResourceRequest): CustomTimeouts | undefined {
  const timeouts = request.getCustomtimeouts();
  if (!timeouts) return undefined;
  const result: CustomTimeouts = {};
  const parts = {
    create: timeouts.getCreate(),
    update: timeouts.getUpdate(),
    delete: timeouts.getDelete(),
    read: timeouts.getRead(),
  };
  for (const [key, text] of Object.entries(parts)) if (text) result[key as keyof CustomTimeouts] = seconds(text);
  return Object.keys(result).length > 0 ? result : undefined;
}

const units: { [unit: string]: number } = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Go's duration text, `1h5m30s`, in seconds. */
export function seconds(text: string): number {
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(text))
    throw new Diagnosis(`unable to parse customTimeout value "${text}"`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * units[unit!]!,
    0,
  );
}

function positionOf(request: RegisterResourceRequest, root: string): string | undefined {
  const position = request.getSourceposition();
  if (!position?.getUri().startsWith("file://")) return undefined;
  const base = `file://${root.endsWith("/") ? root : `${root}/`}`;
  if (!position.getUri().startsWith(base)) return undefined;
  return `project:///${position.getUri().slice(base.length)}#${position.getLine()},${position.getColumn()}`;
}

/** Options of a parent reach its children unless they say otherwise. */
export function inherit(goal: Goal, parent: Goal | undefined): Goal {
  if (!parent) return goal;
  return {
    ...goal,
    protect: goal.protect ?? parent.protect,
    retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
    deletedWith: goal.deletedWith ?? parent.deletedWith,
    providers: { ...parent.providers, ...goal.providers },
  };
}

/** Refuses what cannot be a resource. */
export function validateGoal(goal: Goal): void {
  if (!/^[^:\s]+:[^:\s]*:[^:\s]+$/.test(goal.type))
    throw new Diagnosis(`Type '${goal.type}' is not a valid type token (must have format '*:*:*')`);
  if (goal.name === "") throw new Diagnosis(`resource of type '${goal.type}' has no name`);
  const named: [string, string | undefined][] = [
    ["parent", goal.parent],
    ["deletedWith", goal.deletedWith],
    ...goal.dependencies.map((urn): [string, string] => ["dependency", urn]),
    ...goal.replaceWith.map((urn): [string, string] => ["replaceWith", urn]),
  ];
  for (const [option, urn] of named)
    if (urn !== undefined && !parseUrn(urn)) throw new Diagnosis(`invalid ${option} URN: ${urn}`);
}
