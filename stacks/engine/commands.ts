/** Everything the engine does that runs no deployment: stacks, outputs, history, configuration. One line each in the table. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CommandLine, flag, isSet } from "./cli.ts";
import { Diagnosis } from "./diagnosis.ts";
import { operate } from "./operation.ts";
import type { Session } from "./session.ts";
import { type HistoryEntry, holdsSecret, type SecretsManager, type StackRef, toConfigValue } from "./state/index.ts";
import { rootStackType } from "./urn.ts";
import { toDisplay } from "./values.ts";
import { unknownText } from "./wire.ts";

type Command = (session: Session, line: CommandLine) => Promise<void>;

export const table: { readonly [command: string]: Command } = {
  up: operate,
  preview: operate,
  refresh: operate,
  destroy: operate,
  import: async () => {
    throw new Diagnosis(
      "importing resources from the command line is not supported by this engine yet; use the import resource option",
    );
  },
  cancel: async (s) => s.backend.cancel(await s.stack()),
  version: async (s) => s.init.out(`v${s.init.version}\n`),
  whoami: async (s) => s.init.out(`${JSON.stringify({ user: s.init.env["USER"] ?? "owner", url: s.backend.url })}\n`),
  install: nothing,
  "plugin install": installPlugin,
  "plugin rm": nothing,
  "plugin ls": async (s) => s.init.out("[]\n"),
  stack: async (s) => void (await s.stack()),
  "stack init": initStack,
  "stack select": async (s, line) => s.select(await s.stack(line.positional[0])),
  "stack rm": removeStack,
  "stack ls": listStacks,
  "stack export": exportStack,
  "stack import": importStack,
  "stack output": outputs,
  "stack history": history,
  "stack rename": renameStack,
  "stack tag get": tagGet,
  "stack tag set": async (s, line) =>
    s.backend.tags(await s.stack()).set(positional(line, 0), line.positional[1] ?? ""),
  "stack tag rm": async (s, line) => s.backend.tags(await s.stack()).rm(positional(line, 0)),
  "stack tag ls": async (s) => s.init.out(json(await s.backend.tags(await s.stack()).ls())),
  config: listConfig,
  "config get": getConfig,
  "config set": setConfig,
  "config set-all": setAllConfig,
  "config rm": removeConfig,
  "config rm-all": removeConfig,
  "config refresh": refreshConfig,
};

async function nothing(): Promise<void> {
  return undefined;
}

/** Providers come with the engine: what it has is installed, and nothing else can be. */
async function installPlugin(s: Session, line: CommandLine): Promise<void> {
  const [kind, name, version] = line.positional;
  const known = kind === "resource" && name !== undefined && s.init.providers(name, version?.replace(/^v/, ""));
  if (!known) throw new Diagnosis(`this engine has no ${kind} plugin '${name}' and installs none`);
  await known.close();
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function positional(line: CommandLine, at: number): string {
  const value = line.positional[at];
  if (value === undefined) throw new Diagnosis(`accepts ${at + 1} arg(s), received ${line.positional.length}`);
  return value;
}

async function initStack(s: Session, line: CommandLine): Promise<void> {
  const provider = flag(line, "--secrets-provider");
  if (provider && !["default", "passphrase"].includes(provider))
    throw new Diagnosis(`unknown secrets provider type '${provider}'`);
  const ref = await s.ref(line.positional[0] ?? flag(line, "--stack") ?? "");
  if (await s.backend.exists(ref))
    throw new Diagnosis(`stack '${ref.organization}/${ref.project}/${ref.stack}' already exists`);
  if (!(await s.secrets(ref)))
    throw new Diagnosis(
      "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    );
  await s.backend.create(ref);
  if (!isSet(line, "--no-select")) await s.select(ref);
  s.init.out(`Created stack '${ref.stack}'\n`);
}

async function removeStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack(line.positional[0]);
  await s.backend.remove(ref, { force: isSet(line, "--force") });
  if (!isSet(line, "--preserve-config")) await (await s.settings(ref)).remove();
  s.init.out(`Stack '${ref.stack}' has been removed!\n`);
}

async function listStacks(s: Session, line: CommandLine): Promise<void> {
  const project = isSet(line, "--all") ? undefined : (await s.project()).name;
  const current = await s.project().then(
    (found) => found.name,
    () => undefined,
  );
  const selected = await s.stack().catch(() => undefined);
  const all = await s.backend.stacks(project);
  for (const { unreadable } of all) if (unreadable !== undefined) s.init.warn(`warning: ${unreadable}\n`);
  const list = all.map(({ ref, lastUpdate, resourceCount }) => ({
    name: ref.project === current ? ref.stack : `${ref.organization}/${ref.project}/${ref.stack}`,
    current: selected?.stack === ref.stack && selected.project === ref.project,
    ...(lastUpdate === undefined ? {} : { lastUpdate }),
    ...(resourceCount === undefined ? {} : { resourceCount }),
  }));
  s.init.out(json(list));
}

async function exportStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const deployment = await s.backend.exportDeployment(ref, await s.secrets(ref), {
    showSecrets: isSet(line, "--show-secrets"),
  });
  const text = `${JSON.stringify(deployment, null, 4)}\n`;
  const file = flag(line, "--file");
  if (file) await writeFile(resolve(s.init.cwd, file), text, { mode: 0o600 });
  else s.init.out(text);
}

async function importStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const file = flag(line, "--file");
  if (!file)
    throw new Diagnosis("reading a deployment from standard input is not supported by this engine; use --file");
  const text = await readFile(resolve(s.init.cwd, file), "utf8").catch(() => {
    throw new Diagnosis(`open ${file}: no such file or directory`);
  });
  await s.backend.importDeployment(ref, parse(text, file), await s.secrets(ref), { force: isSet(line, "--force") });
  s.init.out("Import complete.\n");
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Diagnosis(`${what} is not valid JSON`);
  }
}

async function outputs(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const snapshot = (await s.backend.load(ref)).snapshot(await s.secrets(ref));
  const root = snapshot.resources.find((state) => state.type === rootStackType && !state.delete);
  const masked = isSet(line, "--show-secrets") ? undefined : "[secret]";
  const all = toDisplay(root?.outputs ?? {}, unknownText, masked) as { [name: string]: unknown };
  const name = line.positional[0];
  if (name !== undefined && !(name in all))
    throw new Diagnosis(`current stack does not have output property '${name}'`);
  s.init.out(json(name === undefined ? all : all[name]));
}

async function history(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const number = (name: string): number | undefined =>
    flag(line, name) === undefined ? undefined : Number(flag(line, name));
  const entries = await s.backend.history(ref, { page: number("--page"), pageSize: number("--page-size") });
  const manager = isSet(line, "--show-secrets") ? await s.secrets(ref) : undefined;
  s.init.out(json(entries.map((entry) => historyLine(entry, manager))));
}

/** Without a manager secrets are only named. */
function historyLine(entry: HistoryEntry, manager: SecretsManager | undefined): object {
  const config = Object.fromEntries(
    Object.entries(entry.config ?? {}).map(([key, value]) => [
      key,
      holdsSecret(value) && !manager ? { secret: true } : toConfigValue(value, manager),
    ]),
  );
  return { message: "", environment: {}, ...entry, config };
}

async function renameStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const to: StackRef = await s.ref(positional(line, 0));
  const selected = await s.stack().catch(() => undefined);
  if (to.project !== ref.project)
    throw new Diagnosis("moving a stack to another project is not supported by this engine");
  const settings = await s.settings(ref);
  const next = await s.settings(to);
  await s.backend.rename(ref, to.stack);
  await settings.moveTo(next.file);
  if (selected?.stack === ref.stack) await s.select(to);
  s.init.out(`Renamed ${ref.stack} to ${to.stack}\n`);
}

async function tagGet(s: Session, line: CommandLine): Promise<void> {
  s.init.out(`${await s.backend.tags(await s.stack()).get(positional(line, 0))}\n`);
}

async function listConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const all = (await s.settings(ref)).all(await s.secrets(ref));
  const shown = Object.entries(all).map(([key, value]) => [
    key,
    value.secret && !isSet(line, "--show-secrets") ? { secret: true } : value,
  ]);
  s.init.out(json(Object.fromEntries(shown)));
}

async function getConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const key = positional(line, 0);
  const settings = await s.settings(ref);
  try {
    s.init.out(json(settings.get(key, isSet(line, "--path"), await s.secrets(ref))));
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith("configuration key"))
      throw new Diagnosis(`configuration key '${settings.fullKey(key)}' not found for stack '${ref.stack}'`);
    throw cause;
  }
}

async function setConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const secrets = await s.secrets(ref);
  const settings = await s.settings(ref);
  settings.set(
    positional(line, 0),
    positional(line, 1),
    { path: isSet(line, "--path"), secret: isSet(line, "--secret") },
    secrets,
  );
  await settings.save();
}

async function setAllConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const secrets = await s.secrets(ref);
  const settings = await s.settings(ref);
  const path = isSet(line, "--path");
  for (const [name, secret] of [
    ["--plaintext", false],
    ["--secret", true],
  ] as const)
    for (const pair of line.flags[name] ?? []) {
      const cut = pair.indexOf("=");
      if (cut < 0) throw new Diagnosis(`config value must be in the form [key]=[value]`);
      settings.set(pair.slice(0, cut), pair.slice(cut + 1), { path, secret }, secrets);
    }
  const given = flag(line, "--json");
  const values =
    given === undefined
      ? {}
      : (parse(given, "--json") as { [key: string]: { value?: string; objectValue?: unknown; secret?: boolean } });
  for (const [key, { value, objectValue, secret }] of Object.entries(values)) {
    if (objectValue !== undefined && secret)
      throw new Diagnosis(`'${key}': secret object values are not supported with --json by this engine`);
    if (objectValue !== undefined) settings.setValue(key, objectValue);
    else settings.set(key, value ?? "", { path: false, secret: secret === true }, secrets);
  }
  await settings.save();
}

async function removeConfig(s: Session, line: CommandLine): Promise<void> {
  const settings = await s.settings(await s.stack());
  for (const key of line.positional) settings.delete(key, isSet(line, "--path"));
  await settings.save();
}

async function refreshConfig(s: Session): Promise<void> {
  const ref = await s.stack();
  const [last] = await s.backend.history(ref, { page: 1, pageSize: 1 });
  if (!last) throw new Diagnosis("no previous deployment");
  const settings = await s.settings(ref);
  settings.replaceAll(last.config ?? {});
  await settings.save();
}
