/** Pulumi's deployment JSON, version 3: resources to and from it, whole files, and what makes a file unreadable. */
import { createHash } from "node:crypto";
import { signatures } from "../values/signatures.ts";
import { errors, StateError } from "./errors.ts";
import { fromJson, type Json, mapFromJson, mapToJson, type SecretForm } from "./property-json.ts";
import type { PendingOperation, ResourceState, Snapshot } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";

/** What our manifest says of who wrote it. */
const engineVersion = "v3.270.0";
const knownFeatures = new Set(["refreshBeforeUpdate", "views", "hooks", "taint", "replaceWith", "byteString"]);

type JsonMap = { [key: string]: any };

export interface UntypedDeployment {
  version: number;
  features?: string[];
  deployment: JsonMap;
}

export interface Checkpoint {
  /** Null for a stack that was made and never updated. */
  deployment: JsonMap | null;
  version: number;
  features: string[];
  /** The stack it says it is of. */
  stack: string | undefined;
  /** sha256 of the file's bytes: what a journal is written against. */
  digest: string;
}

/** Fields that are copied as they are when they say something. */
const plainFields = [
  "delete",
  "id",
  "parent",
  "protect",
  "taint",
  "external",
  "initErrors",
  "provider",
  "pendingReplacement",
  "additionalSecretOutputs",
  "aliases",
  "customTimeouts",
  "importID",
  "retainOnDelete",
  "deletedWith",
  "replaceWith",
  "created",
  "modified",
  "sourcePosition",
  "ignoreChanges",
  "hideDiff",
  "replaceOnChanges",
  "refreshBeforeUpdate",
  "viewOf",
  "resourceHooks",
] as const;
const ownFields = new Set<string>([
  ...plainFields,
  "urn",
  "custom",
  "type",
  "inputs",
  "outputs",
  "dependencies",
  "propertyDependencies",
  "replacementTrigger",
]);

function says(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

export function resourceToJson(state: ResourceState, form: SecretForm): JsonMap {
  const out: JsonMap = { urn: state.urn, custom: state.custom, type: state.type };
  for (const field of plainFields) if (says(state[field])) out[field] = state[field];
  if (says(state.inputs)) out["inputs"] = mapToJson(state.inputs, form);
  if (says(state.outputs)) out["outputs"] = mapToJson(state.outputs, form);
  if (state.dependencies.length > 0) out["dependencies"] = state.dependencies;
  if (says(state.propertyDependencies)) out["propertyDependencies"] = state.propertyDependencies;
  if (state.replacementTrigger !== undefined)
    out["replacementTrigger"] = mapToJson({ value: state.replacementTrigger }, form)["value"];
  return { ...out, ...state.rest };
}

export function resourceFromJson(json: JsonMap, manager: SecretsManager | undefined): ResourceState {
  const state: any = { urn: json["urn"] ?? "", custom: json["custom"] === true, type: json["type"] ?? "" };
  for (const field of plainFields) if (says(json[field])) state[field] = json[field];
  state.inputs = mapFromJson(json["inputs"], manager);
  state.outputs = mapFromJson(json["outputs"], manager);
  state.dependencies = json["dependencies"] ?? [];
  state.propertyDependencies = Object.fromEntries(
    Object.entries(json["propertyDependencies"] ?? {}).map(([key, urns]) => [key, urns ?? []]),
  );
  if (json["replacementTrigger"] !== undefined)
    state.replacementTrigger = fromJson(json["replacementTrigger"] as Json, manager);
  const rest = Object.entries(json).filter(([field]) => !ownFields.has(field));
  if (rest.length > 0) state.rest = Object.fromEntries(rest);
  return state;
}

export function snapshotFromDeployment(deployment: JsonMap | null, manager: SecretsManager | undefined): Snapshot {
  if (!deployment) return { resources: [], pendingOperations: [] };
  const { resources, pending_operations, manifest: _manifest, ...rest } = deployment;
  return {
    resources: (resources ?? []).map((json: JsonMap) => resourceFromJson(json, manager)),
    pendingOperations: (pending_operations ?? []).map(
      (json: JsonMap): PendingOperation => ({
        type: json["type"],
        resource: resourceFromJson(json["resource"], manager),
      }),
    ),
    ...(says(rest) ? { rest } : {}),
  };
}

export function deploymentFromSnapshot(
  snapshot: Snapshot,
  manager: SecretsManager | undefined,
  form: SecretForm,
  nowMs: number,
): JsonMap {
  const { metadata = {}, secrets_providers: before, ...rest } = snapshot.rest ?? {};
  const secrets = manager ? { type: manager.type, state: manager.state } : before;
  return {
    manifest: manifestOf(nowMs),
    ...(secrets ? { secrets_providers: secrets } : {}),
    ...(snapshot.resources.length > 0
      ? { resources: snapshot.resources.map((state) => resourceToJson(state, form)) }
      : {}),
    ...(snapshot.pendingOperations.length > 0
      ? {
          pending_operations: snapshot.pendingOperations.map(({ type, resource }) => ({
            resource: resourceToJson(resource, form),
            type,
          })),
        }
      : {}),
    ...rest,
    metadata,
  };
}

/** Features a deployment needs its reader to know; none keeps it at version 3, which every CLI reads. */
export function featuresOf({ resources }: Snapshot): string[] {
  const used = new Set<string>();
  for (const state of resources) {
    if (state.refreshBeforeUpdate) used.add("refreshBeforeUpdate");
    if (state.viewOf) used.add("views");
    if (says(state.resourceHooks)) used.add("hooks");
    if (state.taint) used.add("taint");
    if (says(state.replaceWith)) used.add("replaceWith");
  }
  return [...used].sort();
}

export function checkpointText(stack: string, deployment: JsonMap, features: string[]): string {
  const version = features.length > 0 ? 4 : 3;
  return sealed({ version, ...(version === 4 ? { features } : {}), checkpoint: { stack, latest: deployment } });
}

const seal = /,"checksum":"([0-9a-f]{64})"\}\s*$/;

/**
 * JSON text that ends with a checksum of everything before it. The official engine does not read that field and writes
 * files without it, which are taken as they are.
 */
export function sealed({ checksum: _old, ...json }: JsonMap): string {
  const text = JSON.stringify(json).slice(0, -1);
  return `${text},"checksum":"${digestOf(text)}"}`;
}

function verifySeal(file: string, text: string): void {
  const found = seal.exec(text);
  if (found && digestOf(text.slice(0, found.index)) !== found[1]) throw errors.checksum(file, found.index);
}

/** Whether a checkpoint's text has something encrypted in it, or a record of a journal has. */
export const holdsSecrets = (text: string): boolean => text.includes(`"${signatures.secret}"`);

/** What a manifest has beside the version that wrote it. */
export const magicOf = (version: string): string => digestOf(version);

export const manifestOf = (nowMs: number) => ({
  time: new Date(nowMs).toISOString(),
  magic: magicOf(engineVersion),
  version: engineVersion,
});

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Nothing that cannot be read is ever taken for an empty stack. */
export function parseCheckpoint(file: string, text: string): Checkpoint {
  if (text.trim() === "") throw errors.unreadable(file, 0, "it is empty");
  verifySeal(file, text);
  const json = parseJson(file, text);
  checkVersion(file, json["version"], json["features"]);
  const checkpoint = json["checkpoint"];
  if (checkpoint === null || typeof checkpoint !== "object")
    throw errors.unreadable(file, undefined, "it has no checkpoint");
  const stack = typeof checkpoint.stack === "string" && checkpoint.stack !== "" ? checkpoint.stack : undefined;
  const { version, features = [] } = json;
  return { deployment: checkpoint.latest ?? null, version, features, stack, digest: digestOf(text) };
}

export function checkVersion(file: string, version: unknown, features: unknown): void {
  if (version === 0 || version === 3) return;
  if (version !== 4) throw errors.version(file, version);
  const strange = ((features ?? []) as string[]).filter((feature) => !knownFeatures.has(feature));
  if (strange.length > 0) throw errors.feature(file, strange.join(", "));
}

export function parseJson(file: string, text: string): JsonMap {
  try {
    const value = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value))
      throw errors.unreadable(file, 0, "it is not a JSON object");
    return value;
  } catch (error) {
    if (error instanceof StateError) throw error;
    const at = /position (\d+)/.exec((error as Error).message);
    throw errors.unreadable(file, at ? Number(at[1]) : text.length, "it is not whole JSON");
  }
}
