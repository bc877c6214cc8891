/**
 * Pulumi.STACK.yaml: a person's file, so unknown keys and comments stay. Configuration is kept as Pulumi keeps it, under
 * `NAMESPACE:KEY`; what the project says of it lies below.
 */
import { extname } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import { parsePath } from "../values/paths.ts";
import {
  type ConfigValue,
  holdsSecret,
  isSecure,
  scalar,
  toConfigValue,
  valueAt,
  withoutValueAt,
  withValueAt,
} from "./config-value.ts";
import { errors } from "./errors.ts";
import { readText, removeFile, writeAtomically } from "./files.ts";
import { declarationOf, hasType, type ProjectSettings, settingsFile, typeName } from "./project.ts";
import type { SecretsManager } from "./secrets.ts";

interface Location {
  /** `NAMESPACE:KEY` */
  key: string;
  path: (string | number)[];
}

/** One stack's file. Changes are in memory until `save`. */
export class StackSettings {
  readonly file: string;
  readonly stack: string;
  readonly #document: Document;
  readonly #project: ProjectSettings;

  private constructor(file: string, stack: string, document: Document, project: ProjectSettings) {
    this.file = file;
    this.stack = stack;
    this.#document = document;
    this.#project = project;
  }

  static async read(project: ProjectSettings, stack: string, configFile?: string): Promise<StackSettings> {
    const file = configFile ?? settingsFile(project, stack);
    const document = parseDocument((await readText(file)) ?? "");
    const [problem] = document.errors;
    if (problem) throw errors.settingsFile(file, problem.message.split("\n")[0]!);
    if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
    return new StackSettings(file, stack, document, project);
  }

  async save(): Promise<void> {
    await writeAtomically(this.file, this.#text());
  }

  #text(): string {
    if (extname(this.file) === ".json") return `${JSON.stringify(this.#document.toJS(), null, 4)}\n`;
    return this.#document.toString({ lineWidth: 0 });
  }

  /** The whole file, comments and all. Nothing to do when none was ever written, or both names mean one file. */
  async moveTo(file: string): Promise<void> {
    if (file === this.file || (await readText(this.file)) === undefined) return;
    await writeAtomically(file, this.#text());
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

  /** A wrapped data key, base64. */
  get encryptedKey(): string | undefined {
    return this.#document.get("encryptedkey") as string | undefined;
  }

  /** A key that a key service keeps takes the place of a passphrase's salt. */
  setKey(secretsProvider: string, encryptedKey: string): void {
    this.#document.set("secretsprovider", secretsProvider);
    this.#document.set("encryptedkey", encryptedKey);
    this.#document.delete("encryptionsalt");
  }

  /** Whether the file imports ESC environments. */
  get hasEnvironment(): boolean {
    return this.#document.has("environment");
  }

  /** `key` alone belongs to the project. Throws when it is none. */
  fullKey(key: string): string {
    const parts = key.split(":");
    if (parts.length === 1) return `${this.#project.name}:${key}`;
    if (parts.length === 2) return key;
    // `project:config:key` is an old spelling that the official CLI still takes.
    if (parts.length === 3 && parts[1] === "config") return `${parts[0]}:${parts[2]}`;
    throw errors.configKey(key);
  }

  /** As a person says it: without the project's own name. */
  shortKey(key: string): string {
    const full = this.fullKey(key);
    return full.startsWith(`${this.#project.name}:`) ? full.slice(this.#project.name.length + 1) : full;
  }

  /** `ns:a.b[0]` is the key `ns:a` and a path in it; only the first part has a namespace. */
  #locate(key: string, path: boolean): Location {
    if (!path) return { key: this.fullKey(key), path: [] };
    const cut = key.search(/[[.]/);
    const top = cut > 0 ? key.slice(0, cut) : key;
    const namespace = top.includes(":") ? top.slice(0, top.lastIndexOf(":") + 1) : "";
    const parts = parsePath(key.slice(namespace.length));
    if (!parts || parts.length === 0) throw errors.configPath(`invalid config key path: ${key}`);
    const [first, ...rest] = parts;
    if (typeof first !== "string") throw errors.configPath("first path segment of config key must be a string");
    return { key: this.fullKey(namespace + first), path: rest };
  }

  /** The stack's own values, as stored. */
  own(): { [key: string]: unknown } {
    const own = (this.#document.toJS()?.config ?? {}) as { [key: string]: unknown };
    return Object.fromEntries(Object.entries(own).map(([key, value]) => [this.fullKey(key), value]));
  }

  /** As stored, project-level values and defaults below the stack's own. */
  stored(): { [key: string]: unknown } {
    let all = this.own();
    for (const [key, given] of Object.entries(this.#project.config)) {
      const declared = declarationOf(given);
      const otherwise = declared.default ?? declared.value;
      const at = this.#locate(key, true);
      if (otherwise === undefined || valueAt(all[at.key], at.path) !== undefined) continue;
      all = {
        ...all,
        [at.key]: withValueAt(all[at.key], at.path, at.path.length > 0 ? otherwise : textOf(otherwise), [at.key]),
      };
    }
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  all(manager: SecretsManager | undefined): { [key: string]: ConfigValue } {
    return Object.fromEntries(
      Object.entries(this.stored()).map(([key, value]) => [key, toConfigValue(value, manager)]),
    );
  }

  /** Without what is secret: needs no passphrase. */
  masked(): { [key: string]: ConfigValue | { secret: true } } {
    return Object.fromEntries(
      Object.entries(this.stored()).map(([key, value]) => [
        key,
        holdsSecret(value) ? { secret: true } : toConfigValue(value, undefined),
      ]),
    );
  }

  /** One value as stored, or undefined. */
  find(key: string, path: boolean): unknown {
    const at = this.#locate(key, path);
    return valueAt(this.stored()[at.key], at.path);
  }

  /** Throws when there is no such key. */
  get(key: string, path: boolean, manager: SecretsManager | undefined): ConfigValue {
    const value = this.find(key, path);
    if (value === undefined) throw errors.config(this.shortKey(key), this.stack);
    return toConfigValue(value, manager);
  }

  /** What a deployment goes by. Throws when it is not what the project says it has to be. */
  validated(manager: SecretsManager | undefined): { [key: string]: ConfigValue } {
    const stored = this.stored();
    const declared = Object.entries(this.#project.config)
      .map(([key, given]) => ({ key, at: this.#locate(key, true), is: declarationOf(given) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const foundAt = ({ at }: { at: Location }): unknown => valueAt(stored[at.key], at.path);
    const own = `${this.#project.name}:`;
    const missing = declared.filter((each) => each.at.key.startsWith(own) && foundAt(each) === undefined);
    if (missing.length > 0)
      throw errors.configMissing(
        this.stack,
        missing.map(({ key }) => key),
      );
    for (const each of declared) {
      if (each.is.type === undefined) continue;
      const value = foundAt(each);
      if (each.is.secret && !holdsSecret(value)) throw errors.configInClear(this.stack, each.key);
      const { value: text, objectValue } = toConfigValue(value ?? "", manager);
      if (!hasType(objectValue ?? text, each.is)) throw errors.configType(this.stack, each.key, typeName(each.is));
    }
    return this.all(manager);
  }

  set(
    key: string,
    value: string,
    options: { path: boolean; secret: boolean },
    manager: SecretsManager | undefined,
  ): void {
    if (options.secret && !manager) throw errors.noPassphrase();
    const at = this.#locate(key, options.path);
    const plain = at.path.length > 0 ? scalar(value) : value;
    this.#put(at, options.secret ? { secure: manager?.encrypt(value) } : plain);
  }

  /** A value as JSON has it. */
  setValue(key: string, value: unknown, path = false): void {
    this.#put(this.#locate(key, path), value);
  }

  #put(at: Location, value: unknown): void {
    const before = at.path.length > 0 ? this.own()[at.key] : undefined;
    const after = withValueAt(before, at.path, value, [at.key.slice(at.key.indexOf(":") + 1)]);
    this.#document.setIn(["config", this.#written(at.key)], this.#document.createNode(after));
  }

  /** The key as the file has it: an old spelling stays. */
  #written(key: string): string {
    const own = (this.#document.toJS()?.config ?? {}) as { [key: string]: unknown };
    return Object.keys(own).find((written) => this.fullKey(written) === key) ?? key;
  }

  delete(key: string, path: boolean): void {
    const at = this.#locate(key, path);
    const written = this.#written(at.key);
    if (!this.#document.hasIn(["config", written])) return;
    if (at.path.length === 0) this.#document.deleteIn(["config", written]);
    else
      this.#document.setIn(["config", written], this.#document.createNode(withoutValueAt(this.own()[at.key], at.path)));
  }

  replaceAll(config: { [key: string]: unknown }): void {
    this.#document.set("config", this.#document.createNode(config));
  }
}

/** A project's scalars are texts, as a stack's own are. */
function textOf(value: unknown): unknown {
  return value !== null && typeof value === "object" && !isSecure(value) ? value : String(value);
}
