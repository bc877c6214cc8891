/** A provider's own inputs (`pulumi:providers:PKG`): checked, read back from Pulumi's texts, compared. */
import type { CheckResult, DiffResult } from "../../engine/provider.ts";
import { type PropertyMap, type PropertyValue, Secret, Unknown } from "../../engine/value.ts";
import { checkProperties, type Properties } from "./schema.ts";

/** Pulumi sends provider inputs that are not text as JSON text. */
function decoded(properties: Properties, news: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [name, value] of Object.entries(news)) {
    const kind = properties[name]?.kind;
    result[name] = typeof value === "string" && kind && kind !== "string" ? parsed(value) : value;
  }
  return result;
}

function parsed(value: string): PropertyValue {
  try {
    return JSON.parse(value) as PropertyValue;
  } catch {
    return value;
  }
}

/**
 * Checks, but answers the inputs as they came: the SDK and the state keep non-text values as JSON text. What is secret is
 * marked so, also when a program or a configuration has it in plain.
 */
export function checkConfig(properties: Properties, news: PropertyMap): CheckResult {
  const { failures } = checkProperties(properties, decoded(properties, news));
  const marked = Object.entries(news).map(
    ([name, value]) => [name, properties[name]?.secret ? new Secret(value) : value] as const,
  );
  return { inputs: Object.fromEntries(marked), failures };
}

/** The inputs in the table's types, without those that are not known yet. */
export function configured(properties: Properties, raw: PropertyMap): PropertyMap {
  const known = Object.entries(decoded(properties, raw)).filter(([, value]) => !(value instanceof Unknown));
  return checkProperties(properties, Object.fromEntries(known)).inputs;
}

/** What the table says replaces is another set of resources; everything else only changes how the cloud is asked. */
export function diffConfig(properties: Properties, oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult {
  const names = [...new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)])].filter(
    (name) => name !== "__defaults" && name !== "version",
  );
  const diffs = names.filter((name) => JSON.stringify(oldInputs[name]) !== JSON.stringify(newInputs[name]));
  const replaces = diffs.filter((name) => properties[name]?.replaces);
  return { changes: diffs.length > 0 ? "some" : "none", replaces, stables: [], diffs };
}
