/** What plugins are installed in PULUMI_HOME. Nothing is downloaded: the official CLI, or a person, puts them there. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CommandLine, isSet } from "../cli.ts";
import { Diagnosis } from "../diagnosis.ts";
import { findPlugin, type InstalledPlugin, listPlugins as installed } from "../plugins/find.ts";
import { parseVersion } from "../plugins/versions.ts";
import type { Session } from "../session.ts";
import { json, tableText } from "./text.ts";

/** Says that it is there, whether it comes with the engine or lies where one is found; otherwise what to do. */
export async function installPlugin(s: Session, line: CommandLine): Promise<void> {
  const [kind, name, given] = line.positional;
  if (kind === undefined) return;
  if (kind === "language")
    throw new Diagnosis(`the ${name} language plugin cannot be installed: this engine starts no language hosts`);
  const version = given?.replace(/^v/, "");
  if (kind !== "resource" || name === undefined)
    throw new Diagnosis(`this engine has no ${kind} plugin '${name}' and installs none`);
  const own = s.init.providers(name, version);
  if (own) return own.close();
  const { env, cwd: root } = s.init;
  if (findPlugin(name, version, { env, home: s.home, root, projectPlugins: [] })) return;
  throw new Diagnosis(
    `this engine has no resource plugin '${name}'${version ? ` at version ${version}` : ""} and downloads none; install it with the official CLI, or put pulumi-resource-${name} on PATH`,
  );
}

export async function removePlugin(s: Session, line: CommandLine): Promise<void> {
  const [kind, name, given] = line.positional;
  const version = given?.replace(/^v/, "");
  if (version !== undefined && !parseVersion(version))
    throw new Diagnosis(
      `invalid plugin version '${given}': this engine removes one version, or all when none is named`,
    );
  const chosen = installed(s.home).filter(
    (plugin) =>
      (kind === undefined || plugin.kind === kind) &&
      (name === undefined || plugin.name === name) &&
      (version === undefined || plugin.version === version),
  );
  if (chosen.length === 0) return s.init.out("no plugins found to uninstall\n");
  if (!isSet(line, "--yes"))
    throw new Diagnosis("--yes must be passed in to proceed when running in non-interactive mode");
  for (const plugin of chosen) {
    await rm(plugin.path, { recursive: true });
    await rm(`${plugin.path}.lock`, { force: true });
    s.init.out(`removed: ${plugin.kind} ${plugin.name}-${plugin.version}\n`);
  }
}

export async function listPlugins(s: Session, line: CommandLine): Promise<void> {
  const all = await Promise.all(installed(s.home).map(described));
  if (isSet(line, "--json")) return s.init.out(json(all));
  const rows = all.map((plugin) => [
    plugin.name,
    plugin.kind,
    plugin.version,
    sizeText(plugin.size),
    plugin.installTime.slice(0, 10),
    plugin.lastUsedTime.slice(0, 10),
  ]);
  const total = all.reduce((sum, { size }) => sum + size, 0);
  const head = ["NAME", "KIND", "VERSION", "SIZE", "INSTALLED", "LAST USED"];
  s.init.out(`${tableText(head, rows)}\nTOTAL plugin cache size: ${sizeText(total)}\n`);
}

async function described(plugin: InstalledPlugin) {
  const { mtime, atime } = await stat(plugin.path);
  return {
    ...plugin,
    size: await sizeOf(plugin.path),
    installTime: mtime.toISOString(),
    lastUsedTime: atime.toISOString(),
  };
}

/** Bytes of all files in it. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${Math.round(bytes / 1_000_000)} MB`;
}
