/** Pulumi.yaml: whose stacks these are, where their state and settings lie, and what configuration they must have. */
import { dirname, extname, join } from "node:path";
import { parseDocument } from "yaml";
import { errors } from "./errors.ts";
import { readText } from "./files.ts";

export interface ProjectSettings {
  name: string;
  /** `nodejs`, whether it stands as a text or as `runtime.name`. */
  runtime: string;
  folder: string;
  file: string;
  /** Project-level configuration: a value, or a declaration, by key. */
  config: { [key: string]: unknown };
  backendUrl?: string;
  /** Where the stacks' settings files are, when not beside the project's. */
  settingsFolder?: string;
  /** Provider plugins the project brings itself: folders, against its own. */
  plugins: { name: string; path: string; version?: string }[];
}

/** What a project file may say of a key, besides giving it a value. */
export interface Declaration {
  type?: string;
  items?: { type?: string; items?: Declaration["items"] };
  default?: unknown;
  value?: unknown;
  secret: boolean;
}

const names = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/** Looks in the folder and those above it. */
export async function readProject(folder: string): Promise<ProjectSettings> {
  for (let at = folder; ; at = dirname(at)) {
    for (const name of names) {
      const text = await readText(join(at, name));
      if (text !== undefined) return parseProject(join(at, name), text);
    }
    if (dirname(at) === at) throw errors.project(folder);
  }
}

function parseProject(file: string, text: string): ProjectSettings {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw errors.projectFile(file, problem.message.split("\n")[0]!);
  const value = document.toJS() as Record<string, any> | null;
  if (value === null || typeof value !== "object") throw errors.projectFile(file, "it is not a map");
  if (typeof value["name"] !== "string" || value["name"] === "") throw errors.projectFile(file, "it has no name");
  const runtime = typeof value["runtime"] === "string" ? value["runtime"] : value["runtime"]?.name;
  const config = value["config"];
  // An old spelling of stackConfigDir.
  const settingsFolder = typeof config === "string" ? config : value["stackConfigDir"];
  return {
    name: value["name"],
    runtime: typeof runtime === "string" ? runtime : "nodejs",
    folder: dirname(file),
    file,
    config: config !== null && typeof config === "object" ? config : {},
    ...(typeof value["backend"]?.url === "string" ? { backendUrl: value["backend"].url } : {}),
    ...(typeof settingsFolder === "string" ? { settingsFolder } : {}),
    plugins: pluginsOf(value["plugins"]?.providers),
  };
}

function pluginsOf(given: unknown): ProjectSettings["plugins"] {
  const entries = Array.isArray(given) ? (given as Record<string, unknown>[]) : [];
  return entries.flatMap(({ name, path, version }) =>
    typeof name === "string" && typeof path === "string"
      ? [{ name, path, ...(version === undefined ? {} : { version: String(version) }) }]
      : [],
  );
}

/** Where a stack's settings are: called and written as the project's own file. */
export function settingsFile(project: ProjectSettings, stack: string): string {
  return join(project.folder, project.settingsFolder ?? "", `Pulumi.${stack}${extname(project.file)}`);
}

const declarationKeys = new Set(["type", "items", "default", "value", "secret", "description"]);

/** A plain value is a declaration with a value. */
export function declarationOf(given: unknown): Declaration {
  const isDeclaration =
    given !== null &&
    typeof given === "object" &&
    !Array.isArray(given) &&
    Object.keys(given).length > 0 &&
    Object.keys(given).every((key) => declarationKeys.has(key));
  if (!isDeclaration) return { value: given, secret: false };
  const { type, items, default: otherwise, value, secret } = given as Record<string, any>;
  return {
    ...(typeof type === "string" ? { type } : {}),
    ...(items ? { items } : {}),
    ...(otherwise === undefined ? {} : { default: otherwise }),
    ...(value === undefined ? {} : { value }),
    secret: secret === true,
  };
}

export function typeName({ type, items }: Pick<Declaration, "type" | "items">): string {
  return items ? `array<${typeName(items)}>` : (type ?? "string");
}

/** Texts that read as a number or a boolean count as one: that is how settings files have them. */
export function hasType(value: unknown, { type, items }: Pick<Declaration, "type" | "items">): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "integer")
    return typeof value === "number" ? Number.isInteger(value) : typeof value === "string" && /^[+-]?\d+$/.test(value);
  if (type === "boolean") return typeof value === "boolean" || value === "true" || value === "false";
  if (type === "object") return value !== null && typeof value === "object" && !Array.isArray(value);
  return Array.isArray(value) && items !== undefined && value.every((item) => hasType(item, items));
}
