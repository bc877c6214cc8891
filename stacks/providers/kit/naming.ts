/** Physical names for resources whose program gives none: `<logical>-<7 hex>`, as bridged providers name them. */
import { createHash } from "node:crypto";
import type { CheckRequest } from "../../engine/provider.ts";
import type { PropertyMap } from "../../engine/value.ts";

export interface Autoname {
  /** The input that holds the name. */
  property: string;
  /** Characters the service allows. */
  maxLength: number;
  /** The input that gives a prefix instead of the whole name. */
  prefix?: string;
  lowerCase?: boolean;
  /** The logical name alone, without a random part. */
  plain?: boolean;
}

const suffixLength = 7;

/** Adds the name to checked inputs unless the program gave one; returns whether it did. */
export function addName(autoname: Autoname, inputs: PropertyMap, request: CheckRequest): boolean {
  const { property, prefix } = autoname;
  if (inputs[property] !== undefined) return false;
  const old = request.olds?.[property];
  const olds = request.olds?.["__defaults"];
  const wasOurs = !Array.isArray(olds) || olds.includes(property);
  const prefixed = prefix === undefined ? undefined : inputs[prefix];
  const keeps = prefix === undefined || request.olds?.[prefix] === prefixed;
  if (typeof old === "string" && wasOurs && keeps) inputs[property] = old;
  else inputs[property] = invented(autoname, request, typeof prefixed === "string" ? prefixed : undefined);
  return true;
}

function invented(autoname: Autoname, request: CheckRequest, prefixed: string | undefined): string {
  const logical = autoname.lowerCase ? request.name.toLowerCase() : request.name;
  if (autoname.plain) return logical.slice(0, autoname.maxLength);
  const suffix = createHash("sha256")
    .update(request.randomSeed)
    .update(request.urn)
    .digest("hex")
    .slice(0, suffixLength);
  if (prefixed !== undefined) return prefixed.slice(0, autoname.maxLength - suffixLength) + suffix;
  return `${logical.slice(0, autoname.maxLength - suffixLength - 1)}-${suffix}`;
}

/** Whether the name was invented here rather than said by the program. */
export function isInvented(autoname: Autoname | undefined, inputs: PropertyMap): boolean {
  const defaults = inputs["__defaults"];
  return !!autoname && !autoname.plain && Array.isArray(defaults) && defaults.includes(autoname.property);
}
