/** A plan's file, in Pulumi's own form: `preview --save-plan` writes it, `up --plan` reads it. Secrets are encrypted. */
import { createHash } from "node:crypto";
import type { Op } from "../deployment/step.ts";
import { Diagnosis } from "../diagnosis.ts";
import { mapFromJson, mapToJson, type SecretForm } from "../state/property-json.ts";
import type { SecretsManager } from "../state/secrets.ts";
import type { PlanDiff, PlannedGoal, ResourcePlan, ResourcePlans } from "./update-plan.ts";

interface FileDiff {
  adds?: object;
  deletes?: string[];
  updates?: object;
}

interface FilePlan {
  goal?: Record<string, any>;
  steps?: Op[];
  state?: object | null;
  /** Base64. */
  seed?: string;
}

export function planText(
  plans: ResourcePlans,
  about: { config: object; version: string; now: number },
  manager: SecretsManager | undefined,
): string {
  const form: SecretForm = { kind: "ciphertext", manager };
  const resourcePlans = Object.fromEntries(
    [...plans].sort(([a], [b]) => (a < b ? -1 : 1)).map(([urn, plan]) => [urn, planToJson(plan, form)]),
  );
  const manifest = {
    time: new Date(about.now).toISOString(),
    magic: createHash("sha256").update(about.version).digest("hex"),
    version: about.version,
  };
  return `${JSON.stringify({ manifest, config: about.config, resourcePlans }, null, 4)}\n`;
}

function planToJson({ goal, ops, outputs, seed }: ResourcePlan, form: SecretForm): FilePlan {
  return {
    ...(goal ? { goal: goalToJson(goal, form) } : {}),
    ...(ops.length > 0 ? { steps: ops } : {}),
    state: outputs ? mapToJson(outputs, form) : null,
    ...(seed ? { seed: Buffer.from(seed).toString("base64") } : {}),
  };
}

function goalToJson(goal: PlannedGoal, form: SecretForm): object {
  const { inputDiff, outputDiff, aliases, ...rest } = goal;
  const kept = Object.entries(rest).filter(([key, value]) => !omitted(key, value));
  return {
    ...Object.fromEntries(kept),
    inputDiff: diffToJson(inputDiff, form),
    outputDiff: diffToJson(outputDiff, form),
    ...(aliases.length > 0 ? { structuredAliases: aliases } : {}),
    customTimeouts: goal.customTimeouts,
  };
}

const always = new Set(["type", "name", "custom", "protect"]);

function omitted(key: string, value: unknown): boolean {
  if (always.has(key)) return false;
  return value === undefined || (typeof value === "object" && Object.keys(value as object).length === 0);
}

function diffToJson({ adds, deletes, updates }: PlanDiff, form: SecretForm): FileDiff {
  return {
    ...(Object.keys(adds).length > 0 ? { adds: mapToJson(adds, form) } : {}),
    ...(deletes.length > 0 ? { deletes } : {}),
    ...(Object.keys(updates).length > 0 ? { updates: mapToJson(updates, form) } : {}),
  };
}

/** Throws when the text is no plan. `name` is the file as it was given. */
export function parsePlan(text: string, name: string, manager: SecretsManager | undefined): ResourcePlans {
  let json: { resourcePlans?: { [urn: string]: FilePlan } };
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Diagnosis(`the plan ${name} cannot be read: ${(cause as Error).message}`);
  }
  if (json === null || typeof json !== "object" || !("manifest" in json))
    throw new Diagnosis(`the plan ${name} cannot be read: it is not what \`pulumi preview --save-plan\` writes`);
  return new Map(Object.entries(json.resourcePlans ?? {}).map(([urn, plan]) => [urn, planFromJson(plan, manager)]));
}

function planFromJson(plan: FilePlan, manager: SecretsManager | undefined): ResourcePlan {
  return {
    ...(plan.goal ? { goal: goalFromJson(plan.goal, manager) } : {}),
    ops: plan.steps ?? [],
    ...(plan.state ? { outputs: mapFromJson(plan.state, manager) } : {}),
    ...(plan.seed ? { seed: new Uint8Array(Buffer.from(plan.seed, "base64")) } : {}),
  };
}

function goalFromJson(goal: Record<string, any>, manager: SecretsManager | undefined): PlannedGoal {
  const timeouts = (goal["customTimeouts"] ?? {}) as Record<string, number>;
  return {
    type: goal["type"],
    name: goal["name"],
    custom: goal["custom"] === true,
    inputDiff: diffFromJson(goal["inputDiff"], manager),
    outputDiff: diffFromJson(goal["outputDiff"], manager),
    parent: goal["parent"],
    protect: goal["protect"] === true,
    dependencies: goal["dependencies"] ?? [],
    provider: goal["provider"],
    propertyDependencies: goal["propertyDependencies"] ?? {},
    deleteBeforeReplace: goal["deleteBeforeReplace"],
    ignoreChanges: goal["ignoreChanges"] ?? [],
    additionalSecretOutputs: goal["additionalSecretOutputs"] ?? [],
    aliases: goal["structuredAliases"] ?? [],
    id: goal["id"],
    // Go writes its field names, with capitals.
    customTimeouts: Object.fromEntries(Object.entries(timeouts).map(([key, value]) => [key.toLowerCase(), value])),
  };
}

function diffFromJson(diff: FileDiff | undefined, manager: SecretsManager | undefined): PlanDiff {
  return {
    adds: mapFromJson(diff?.adds, manager),
    deletes: diff?.deletes ?? [],
    updates: mapFromJson(diff?.updates, manager),
  };
}
