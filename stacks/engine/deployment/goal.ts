/** What a program asks for: one registration, decoded. Pure apart from reading the request. */

import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { Diagnosis } from "../diagnosis.ts";
import type { PluginRequest } from "../monitor/packages.ts";
import type { AliasSpec, TimeoutTexts } from "../provider.ts";
import type { CustomTimeouts } from "../state/resource.ts";
import type { PropertyMap, PropertyValue } from "../value.ts";
import { parseUrn } from "../values/urn.ts";

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
  /** Which plugin its default provider is of; absent: its own package's. */
  plugin?: PluginRequest;
  /** `BeforeCreate` and the like to names of hooks. */
  resourceHooks?: { [hook: string]: string[] };
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

/** Throws when a text is no duration. */
export function secondsOf(texts: TimeoutTexts | undefined): CustomTimeouts | undefined {
  if (!texts) return undefined;
  const entries = Object.entries(texts) as [keyof CustomTimeouts, string][];
  return Object.fromEntries(entries.map(([key, text]) => [key, seconds(text)]));
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

/** `root` is the program's folder. */
export function positionOf(request: RegisterResourceRequest, root: string): string | undefined {
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
  // A component's type may be any text.
  if (goal.custom && !/^[^:\s]+:[^:\s]*:[^:\s]+$/.test(goal.type))
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
