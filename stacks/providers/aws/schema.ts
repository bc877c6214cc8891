/** The words in which AWS's resource types describe their inputs: the kit's, and IAM's policy documents. */
import { byText } from "../kit/canonical.ts";
import type { Json, Options, Property } from "../kit/schema.ts";

export * from "../kit/schema.ts";

/** An IAM policy document: JSON text whose lists are sets and whose one-element lists are their element. */
export const policy = (options: Options = {}): Property => ({ kind: "json", canonical: canonicalPolicy, ...options });

/** AWS answers an account's root as an ARN where a policy said its number. */
const accountRoot = /^arn:aws[\w-]*:iam::(\d{12}):root$/;

function canonicalPolicy(value: Json): Json {
  if (typeof value === "string") return accountRoot.exec(value)?.[1] ?? value;
  if (Array.isArray(value)) {
    const items = value.map(canonicalPolicy).sort(byText);
    return items.length === 1 ? items[0]! : items;
  }
  if (value === null || typeof value !== "object") return String(value);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonicalPolicy(value[key]!)]),
  );
}
