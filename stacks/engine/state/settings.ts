/**
 * Pulumi.yaml and Pulumi.STACK.yaml: a person's files, so unknown keys and comments stay. Configuration is kept as
 * Pulumi keeps it: a text, `{ secure }`, or an object, under `NAMESPACE:KEY`.
 */
import { dirname, join } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import { errors } from "./errors.ts";
import { readText, removeFile, writeAtomically } from "./files.ts";
import type { SecretsManager } from "./secrets.ts";

export interface ProjectSettings {
  name: string;
  /** `nodejs`, whether it stands as a text or as `runtime.name`. */
  runtime: string;
  folder: string;
  file: string;
  /** Project-level configuration: defaults for every stack. */
  config: { [key: string]: unknown };
}

/** Looks in the folder and those above it. */
export async function readProject(folder: string): Promise<ProjectSettings> {
  for (let at = folder; ; at = dirname(at)) {
    for (const name of ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]) {
      const text = await readText(join(at, name));
      if (text === undefined) continue;
      const value = parseDocument(text).toJS() as any;
      const runtime = typeof value.runtime === "string" ? value.runtime : (value.runtime?.name ?? "nodejs");
      return { name: value.name, runtime, folder: at, file: join(at, name), config: value.config ?? {} };
    }
    if (dirname(at) === at) throw errors.project(folder);
  }
}

export interface ConfigValue {
  /** A text as it is; anything else as compact JSON. In the clear when it could be decrypted. */
  value: string;
  secret: boolean;
  /** Present when the value is not a text. */
  objectValue?: unknown;
}

/** One stack's file. Changes are in memory until `save`. */
export class StackSettings {
  readonly file: string;
  readonly #document: Document;
  readonly #project: ProjectSettings;

  private constructor(file: string, document: Document, project: ProjectSettings) {
    this.file = file;
    this.#document = document;
    this.#project = project;
  }

  static async read(project: ProjectSettings, stack: string, configFile?: string): Promise<StackSettings> {
    const file = configFile ?? join(project.folder, `Pulumi.${stack}.yaml`);
    const document = parseDocument((await readText(file)) ?? "");
    if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
    return new StackSettings(file, document, project);
  }

  async save(): Promise<void> {
    await writeAtomically(this.file, this.#document.toString({ lineWidth: 0 }));
  }

  /** The whole file, comments and all. Nothing to do when none was ever written, or both names mean one file. */
  async moveTo(file: string): Promise<void> {
    if (file === this.file || (await readText(this.file)) === undefined) return;
    await writeAtomically(file, this.#document.toString({ lineWidth: 0 }));
    await removeFile(this.file);
  }

  async remove(): Promise<void> {
    await removeFile(this.file);
  }

  get encryptionSalt(): string | undefined {
    return this.#document.get("encryptionsalt") as string | undefined;
  }

  set encryptionSalt(salt: string) {
    this.#document.set("encryptionsalt", salt);
  }

  get secretsProvider(): string | undefined {
    return this.#document.get("secretsprovider") as string | undefined;
  }

  /** `key` alone belongs to the project. */
  fullKey(key: string): string {
    const colons = key.split(":");
    // `project:config:key` is an old spelling that the official CLI still takes.
    if (colons.length === 3 && colons[1] === "config") return `${colons[0]}:${colons[2]}`;
    return key.includes(":") ? key : `${this.#project.name}:${key}`;
  }

  /** As stored, project-level defaults below the stack's own. */
  stored(): { [key: string]: unknown } {
    const own = (this.#document.toJS()?.config ?? {}) as { [key: string]: unknown };
    const defaults: { [key: string]: unknown } = {};
    for (const [key, value] of Object.entries(this.#project.config)) {
      const given =
        value !== null && typeof value === "object" && ("value" in value || "default" in value)
          ? ((value as any).value ?? (value as any).default)
          : value;
      if (given !== undefined) defaults[this.fullKey(key)] = given;
    }
    return {
      ...defaults,
      ...Object.fromEntries(Object.entries(own).map(([key, value]) => [this.fullKey(key), value])),
    };
  }

  all(manager: SecretsManager | undefined): { [key: string]: ConfigValue } {
    return Object.fromEntries(
      Object.entries(this.stored()).map(([key, value]) => [key, toConfigValue(value, manager)]),
    );
  }

  /** Throws when there is no such key. */
  get(key: string, path: boolean, manager: SecretsManager | undefined): ConfigValue {
    const [head, ...rest] = path ? parsePath(key) : [key];
    const full = this.fullKey(String(head));
    let value = this.stored()[full];
    for (const part of rest) value = value !== null && typeof value === "object" ? (value as any)[part] : undefined;
    if (value === undefined) throw errors.config(full, this.#stackName());
    return toConfigValue(value, manager);
  }

  #stackName(): string {
    return /Pulumi\.(.+)\.yaml$/.exec(this.file)?.[1] ?? this.file;
  }

  set(
    key: string,
    value: string,
    options: { path: boolean; secret: boolean },
    manager: SecretsManager | undefined,
  ): void {
    if (options.secret && !manager) throw errors.noPassphrase();
    const stored = options.secret ? { secure: manager?.encrypt(value) } : options.path ? scalar(value) : value;
    const parts = options.path ? parsePath(key) : [key];
    const full = [this.fullKey(String(parts[0])), ...parts.slice(1)];
    const config = ((this.#document.toJS() as any)?.config ?? {}) as { [key: string]: unknown };
    const existing = this.stored()[String(full[0])];
    if (full.length === 1) this.#document.setIn(["config", String(full[0])], this.#document.createNode(stored));
    else {
      const changed = setAt(config[String(full[0])] ?? existing, full.slice(1), stored);
      this.#document.setIn(["config", String(full[0])], this.#document.createNode(changed));
    }
  }

  /** JSON as `config set-all --json` takes it: { key: { value | objectValue, secret } }. */
  setValue(key: string, value: unknown): void {
    this.#document.setIn(["config", this.fullKey(key)], this.#document.createNode(value));
  }

  delete(key: string, path: boolean): void {
    const parts = path ? parsePath(key) : [key];
    const full = this.fullKey(String(parts[0]));
    if (parts.length === 1) this.#document.deleteIn(["config", full]);
    else
      this.#document.setIn(
        ["config", full],
        this.#document.createNode(deleteAt((this.#document.toJS() as any)?.config?.[full], parts.slice(1))),
      );
  }

  replaceAll(config: { [key: string]: unknown }): void {
    this.#document.set("config", this.#document.createNode(config));
  }
}

/** Throws when it is secret and there is no manager. */
export function toConfigValue(value: unknown, manager: SecretsManager | undefined): ConfigValue {
  if (isSecure(value)) return { value: reveal(value, manager) as string, secret: true };
  if (value !== null && typeof value === "object") {
    const clear = reveal(value, manager);
    return { value: JSON.stringify(clear), objectValue: clear, secret: holdsSecret(value) };
  }
  return { value: String(value), secret: false };
}

function isSecure(value: unknown): value is { secure: string } {
  return (
    value !== null &&
    typeof value === "object" &&
    Object.keys(value).length === 1 &&
    typeof (value as any).secure === "string"
  );
}

export function holdsSecret(value: unknown): boolean {
  return isSecure(value) || (value !== null && typeof value === "object" && Object.values(value).some(holdsSecret));
}

function reveal(value: unknown, manager: SecretsManager | undefined): unknown {
  if (isSecure(value)) {
    if (!manager) throw errors.noPassphrase();
    return manager.decrypt(value.secure);
  }
  if (Array.isArray(value)) return value.map((item) => reveal(item, manager));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item, manager)]));
  return value;
}

/** With --path, numbers and booleans are what they look like. */
function scalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

/** `a.b[0]["c d"]` -> ["a", "b", 0, "c d"] */
export function parsePath(path: string): (string | number)[] {
  const parts: (string | number)[] = [];
  const pattern = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g;
  for (const match of path.matchAll(pattern)) {
    if (match[1] !== undefined) parts.push(match[1].replace(/\\(.)/g, "$1"));
    else if (match[2] !== undefined) parts.push(Number(match[2]));
    else if (match[3] !== undefined) parts.push(match[3]);
  }
  return parts;
}

function setAt(container: unknown, path: (string | number)[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const copy: any =
    typeof head === "number"
      ? [...(Array.isArray(container) ? container : [])]
      : { ...(container as object | undefined) };
  copy[head] = setAt(copy[head], rest, value);
  return copy;
}

function deleteAt(container: any, path: (string | number)[]): unknown {
  const [head, ...rest] = path;
  if (container === null || typeof container !== "object" || head === undefined) return container;
  const copy: any = Array.isArray(container) ? [...container] : { ...container };
  if (rest.length > 0) copy[head] = deleteAt(copy[head], rest);
  else if (Array.isArray(copy)) copy.splice(Number(head), 1);
  else delete copy[head];
  return copy;
}
