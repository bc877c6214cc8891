/**
 * Writes what is generated from the manifest's schema: blueprints/blueprint.schema.json for editors, and the reference
 * page docs/authors/manifest.md. Run it with `node blueprints/generate.ts`; a test fails while they are stale.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { manifestSchema } from "./manifest.ts";

interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  default?: unknown;
  pattern?: string;
  [key: string]: unknown;
}

function schema(): JsonSchema {
  return z.toJSONSchema(manifestSchema, { io: "input", reused: "inline" }) as JsonSchema;
}

/** The JSON schema's text. */
export function schemaText(): string {
  const head = { $id: "blueprint.schema.json", title: "blueprint.yaml", ...schema() };
  return `${JSON.stringify(head, null, 2)}\n`;
}

/** The reference page's text. */
export function pageText(): string {
  const root = schema();
  const sections = Object.entries(root.properties ?? {}).flatMap(([name, value]) => section(name, value));
  return `# The manifest, key by key

Generated from \`blueprints/manifest.ts\`; do not edit. A blueprint is a folder with a \`blueprint.yaml\`: YAML 1.2
without anchors, aliases, merge keys or tags, at most 256 KiB. Unknown keys are errors. What is marked *not yet* may
only be empty.

| key | | |
|---|---|---|
${Object.entries(root.properties ?? {})
  .map(([name, value]) => row(name, value, root.required?.includes(name) ?? false))
  .join("\n")}

${sections.join("\n")}`;
}

/** Keys of the things a record or object holds. */
function section(name: string, value: JsonSchema): string[] {
  const inside = members(value);
  if (!inside) return [];
  const { of, keyed } = inside;
  const rows = Object.entries(of.properties ?? {}).map(([key, one]) =>
    row(key, one, of.required?.includes(key) ?? false),
  );
  return [`## \`${keyed ? `${name}.NAME` : name}\`\n\n| key | | |\n|---|---|---|\n${rows.join("\n")}\n`];
}

function members(value: JsonSchema): { of: JsonSchema; keyed: boolean } | undefined {
  if (value.properties) return { of: value, keyed: false };
  const entry = value.additionalProperties;
  if (typeof entry !== "object") return undefined;
  const of = entry.properties ? entry : entry.anyOf?.find(({ properties }) => properties);
  return of ? { of, keyed: true } : undefined;
}

function row(name: string, value: JsonSchema, required: boolean): string {
  const preset = value.default;
  const plain = preset !== undefined && (typeof preset !== "object" || preset === null);
  const said = [
    value.description && `${value.description.replace(/\.$/, "")}.`,
    required ? "Required." : undefined,
    plain ? `Default: \`${String(preset)}\`.` : undefined,
  ].filter((text) => text !== undefined);
  return `| \`${name}\` | ${cell(kind(value))} | ${cell(said.join(" "))} |`;
}

function kind(value: JsonSchema): string {
  if (value.const !== undefined) return `\`${String(value.const)}\``;
  if (value.enum) return value.enum.map((one) => `\`${String(one)}\``).join(", ");
  if (value.anyOf) return [...new Set(value.anyOf.map(kind))].join(" or ");
  if (value.type === "array") return `list of ${kind(value.items ?? {})}`;
  if (value.type === "object" && !value.properties) return `names to ${kind(objectOf(value))}`;
  return value.type === "object" ? "mapping" : [value.type ?? "anything"].flat().join(" or ");
}

function objectOf(value: JsonSchema): JsonSchema {
  return typeof value.additionalProperties === "object" ? value.additionalProperties : {};
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

export const generated = [
  { path: new URL("blueprint.schema.json", import.meta.url), text: schemaText },
  { path: new URL("../docs/authors/manifest.md", import.meta.url), text: pageText },
];

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { path, text } of generated) await writeFile(path, text());
