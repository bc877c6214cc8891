/**
 * Where a package's plugin is, in Pulumi's order: the project's own, PATH, the folder of installed plugins. Looks at file
 * names only; starts nothing, downloads nothing.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { Diagnosis } from "../diagnosis.ts";
import { compareVersions, parseVersion, type Version } from "./versions.ts";

export interface ProjectPlugin {
  name: string;
  /** A folder, against the project's. */
  path: string;
  version?: string;
}

export interface Places {
  env: { readonly [name: string]: string | undefined };
  /** PULUMI_HOME */
  home: string;
  /** The project's folder. */
  root: string;
  projectPlugins: readonly ProjectPlugin[];
}

export interface FoundPlugin {
  command: string;
  /** Before the engine's address. */
  args: string[];
  /** Its folder. */
  folder: string;
  from: "project" | "path" | "installed" | "sdk";
}

export interface InstalledPlugin {
  kind: string;
  name: string;
  version: string;
  path: string;
}

const kinds = new Set(["analyzer", "language", "resource", "converter", "tool"]);

/** What is in `home`/plugins, as Pulumi's own commands install it; half-installed ones are left out. */
export function listPlugins(home: string): InstalledPlugin[] {
  const folder = join(home, "plugins");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const match = /^([a-z]+)-([a-zA-Z0-9-][a-zA-Z0-9-_.]*[a-zA-Z0-9])-v(.*)$/.exec(entry.name);
    const [, kind = "", name = "", version = ""] = match ?? [];
    if (!entry.isDirectory() || !kinds.has(kind) || !parseVersion(version) || /\.tmp\d+$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return existsSync(`${path}.partial`) ? [] : [{ kind, name, version, path }];
  });
}

/** `PULUMI_DEBUG_PROVIDERS=aws:12345`: the port of a plugin that runs already. */
export function attachedPort(pkg: string, setting: string | undefined): number | undefined {
  const entry = (setting ?? "").split(",").find((one) => one.split(":")[0]?.trim() === pkg);
  if (entry === undefined) return undefined;
  const text = entry.slice(entry.indexOf(":") + 1).trim();
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new Diagnosis(`Expected a numeric port, got '${text}' for '${pkg}' in PULUMI_DEBUG_PROVIDERS`);
}

/** Undefined: there is none. Throws Diagnosis when there is one that cannot be run. */
export function findPlugin(pkg: string, version: string | undefined, places: Places): FoundPlugin | undefined {
  return (
    ofProject(pkg, version, places) ??
    onPath(pkg, places.env) ??
    installed(pkg, version, places) ??
    (pkg === "pulumi-nodejs" ? ofSdk(places.root) : undefined)
  );
}

function ofProject(pkg: string, version: string | undefined, places: Places): FoundPlugin | undefined {
  const own = places.projectPlugins.find(
    (plugin) => plugin.name === pkg && (!plugin.version || !version || sameVersion(plugin.version, version)),
  );
  if (!own) return undefined;
  const folder = isAbsolute(own.path) ? own.path : resolve(places.root, own.path);
  return inFolder(pkg, folder, "project");
}

function onPath(pkg: string, env: Places["env"]): FoundPlugin | undefined {
  if (isTrue(env["PULUMI_IGNORE_AMBIENT_PLUGINS"])) return undefined;
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const command = join(folder, fileName(pkg));
    if (isExecutable(command)) return { command, args: [], folder, from: "path" };
  }
  return undefined;
}

function installed(pkg: string, version: string | undefined, places: Places): FoundPlugin | undefined {
  const all = listPlugins(places.home)
    .filter(({ kind, name }) => kind === "resource" && name === pkg)
    .map((plugin) => ({ ...plugin, parsed: parseVersion(plugin.version)! }));
  const wanted = version === undefined ? undefined : parseVersion(version);
  const anyNewer = wanted === undefined || isTrue(places.env["PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH"]);
  const fitting = all.filter(
    ({ parsed }) =>
      wanted === undefined || (anyNewer ? compareVersions(parsed, wanted) >= 0 : compareVersions(parsed, wanted) === 0),
  );
  const best = fitting.sort((a, b) => preference(a.parsed, b.parsed)).at(-1);
  return best && inFolder(pkg, best.path, "installed");
}

/** Releases before pre-releases, then the newest. */
function preference(a: Version, b: Version): number {
  const [x, y] = [a.pre.length === 0, b.pre.length === 0];
  return x === y ? compareVersions(a, b) : x ? 1 : -1;
}

function inFolder(pkg: string, folder: string, from: "project" | "installed"): FoundPlugin {
  const command = join(folder, fileName(pkg));
  if (isExecutable(command)) return { command, args: [], folder, from };
  const manifest = join(folder, "PulumiPlugin.yaml");
  if (existsSync(manifest)) return ofRuntime(pkg, folder, manifest, from);
  throw new Diagnosis(
    `plugin '${pkg}' has neither an executable ${fileName(pkg)} nor a PulumiPlugin.yaml in ${folder}`,
  );
}

/** Plugins without an executable say which language's SDK runs them; this engine has the one of Node. */
function ofRuntime(pkg: string, folder: string, manifest: string, from: FoundPlugin["from"]): FoundPlugin {
  const { runtime } = (parse(readFileSync(manifest, "utf8")) ?? {}) as { runtime?: string | { name?: string } };
  const name = typeof runtime === "string" ? runtime : runtime?.name;
  if (name !== "nodejs")
    throw new Diagnosis(
      `plugin '${pkg}' in ${folder} is a program for the runtime '${name ?? "unknown"}', which this engine cannot run; build it to an executable ${fileName(pkg)}`,
    );
  const script = sdkScript(folder, "run-plugin");
  if (!script)
    throw new Diagnosis(`plugin '${pkg}' in ${folder} needs its node_modules: run \`npm install\` in that folder`);
  return { command: process.execPath, args: [script, folder], folder, from };
}

/** Resources whose provider is in the program itself: their plugin comes with the program's own SDK. */
function ofSdk(root: string): FoundPlugin | undefined {
  const script = sdkScript(root, "dynamic-provider");
  return script ? { command: process.execPath, args: [script], folder: root, from: "sdk" } : undefined;
}

function sdkScript(folder: string, name: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    return undefined;
  }
}

export function fileName(pkg: string): string {
  return `pulumi-resource-${pkg}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function sameVersion(a: string, b: string): boolean {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  return x && y ? compareVersions(x, y) === 0 : a === b;
}

export function isTrue(setting: string | undefined): boolean {
  return setting !== undefined && /^(1|true)$/i.test(setting);
}
