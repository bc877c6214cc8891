/** `pulumi config …`: a stack's settings file, read and changed. Secrets are shown only when asked for by name. */
import { readFile, rename, stat } from "node:fs/promises";
import { type CommandLine, flag, isSet } from "../cli.ts";
import { CommandFailure, Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";
import {
  holdsSecret,
  noteSecrets,
  type SecretsManager,
  type StackRef,
  type StackSettings,
  toConfigValue,
} from "../state/index.ts";
import { json, positional, tableText } from "./text.ts";

export async function listConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const settings = await s.settings(ref);
  const shows = isSet(line, "--show-secrets") && holdsSecret(settings.stored());
  const all = shows ? settings.all(await s.secrets(ref)) : settings.masked();
  if (isSet(line, "--json")) return s.init.out(json(all));
  const rows = Object.entries(all).map(([key, found]) => [
    settings.shortKey(key),
    "value" in found ? found.value : "[secret]",
  ]);
  s.init.out(tableText(["KEY", "VALUE"], rows));
}

export async function getConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const key = positional(line, 0);
  const settings = await s.settings(ref);
  const found = settings.find(key, isSet(line, "--path"));
  if (found === undefined)
    throw new Diagnosis(`configuration key '${settings.shortKey(key)}' not found for stack '${ref.stack}'`);
  const value = toConfigValue(found, holdsSecret(found) ? await s.secrets(ref) : undefined);
  s.init.out(isSet(line, "--json") ? json(value) : `${value.value}\n`);
}

export async function setConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const key = positional(line, 0);
  if (isSet(line, "--secret") && isSet(line, "--plaintext"))
    throw new CommandFailure("usage", "a value is either --secret or --plaintext, not both");
  const value = line.positional[1] ?? (await pipedValue(s, isSet(line, "--raw")));
  const options = { path: isSet(line, "--path"), secret: isSet(line, "--secret") };
  await s.changeSettings(ref, async (settings) => {
    settings.set(key, value, options, options.secret ? await s.secrets(ref, settings) : undefined);
  });
}

async function pipedValue(s: Session, raw: boolean): Promise<string> {
  if (!s.init.readInput) throw new Diagnosis("config value must be specified in non-interactive mode");
  const text = await s.init.readInput();
  return raw ? text : text.replace(/\r?\n$/, "");
}

interface Setting {
  key: string;
  path: boolean;
  /** A text, secret or not; or an object as it is. */
  value: { text: string; secret: boolean } | { object: unknown };
}

export async function setAllConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const given = flag(line, "--json");
  const pairs = pairsOf(line);
  if (given !== undefined && (pairs.length > 0 || isSet(line, "--path")))
    throw new Diagnosis("the --json option cannot be used with the --plaintext, --secret or --path options");
  // All is read before anything is set: one that is wrong changes nothing.
  const wanted = given === undefined ? pairs : fromJson(given);
  await s.changeSettings(ref, async (settings) => {
    const needs = wanted.some(({ value }) => "secret" in value && value.secret);
    const manager = needs ? await s.secrets(ref, settings) : undefined;
    for (const each of wanted) put(settings, each, manager);
  });
}

function put(settings: StackSettings, { key, path, value }: Setting, manager: SecretsManager | undefined): void {
  if ("object" in value) settings.setValue(key, value.object);
  else settings.set(key, value.text, { path, secret: value.secret }, manager);
}

function pairsOf(line: CommandLine): Setting[] {
  const path = isSet(line, "--path");
  const of = (name: string, secret: boolean): Setting[] =>
    (line.flags[name] ?? []).map((pair) => {
      // A key in quotes may hold an equals sign.
      const quoted = /^(["'])(.*?)\1=(.*)$/s.exec(pair);
      const cut = pair.indexOf("=");
      if (!quoted && cut < 0) throw new Diagnosis("config value must be in the form [key]=[value]");
      const key = quoted ? quoted[2]! : pair.slice(0, cut);
      return { key, path, value: { text: quoted ? quoted[3]! : pair.slice(cut + 1), secret } };
    });
  return [...of("--plaintext", false), ...of("--secret", true)];
}

/** As `config --json` writes it. */
function fromJson(text: string): Setting[] {
  let all: unknown;
  try {
    all = JSON.parse(text);
  } catch (cause) {
    throw new Diagnosis(`could not parse --json argument: ${(cause as Error).message}`);
  }
  if (all === null || typeof all !== "object" || Array.isArray(all))
    throw new Diagnosis("could not parse --json argument: it is not an object");
  return Object.entries(all).map(([key, entry]) => {
    const { value, objectValue, secret } = (entry ?? {}) as { [name: string]: unknown };
    if (typeof value !== "string") throw new Diagnosis(`value for --json object key "${key}" is nil`);
    if (objectValue === undefined) return { key, path: false, value: { text: value, secret: secret === true } };
    if (secret === true)
      throw new Diagnosis(
        `'${key}': secret object values are not supported with --json; set their parts with --path --secret`,
      );
    return { key, path: false, value: { object: objectValue } };
  });
}

export async function removeConfig(s: Session, line: CommandLine): Promise<void> {
  positional(line, 0);
  await s.changeSettings(await s.stack(), async (settings) => {
    for (const key of line.positional) settings.delete(key, isSet(line, "--path"));
  });
}

/** Back to what the last deployment went by. Without --force the file that is there is kept beside it. */
export async function refreshConfig(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const [last] = await s.backend.history(ref, { page: 1, pageSize: 1 });
  if (!last) throw new Diagnosis("getting latest configuration: no previous deployment");
  const { file } = await s.settings(ref);
  const { secretsProvider } = await s.backend.load(ref);
  if (!isSet(line, "--force")) await backUp(s, file);
  await s.changeSettings(ref, async (settings) => {
    settings.replaceAll(last.config ?? {});
    noteSecrets(settings, secretsProvider);
  });
  if (!isSet(line, "--force")) s.init.out(`refreshed configuration for stack '${ref.stack}'\n`);
}

async function backUp(s: Session, file: string): Promise<void> {
  const there = (name: string): Promise<boolean> =>
    stat(name).then(
      () => true,
      () => false,
    );
  if (!(await there(file))) return;
  let to = `${file}.bak`;
  while (await there(to)) to += ".bak";
  await rename(file, to);
  s.init.out(`backed up existing configuration file to ${to}\n`);
}

/** One key, or all. Secrets are encrypted anew, with the other stack's key. */
export async function copyConfig(s: Session, line: CommandLine): Promise<void> {
  const from = await s.stack();
  const name = flag(line, "--dest");
  if (name === undefined) throw new CommandFailure("usage", "the stack to copy to must be given with --dest");
  const to = await s.stack(name);
  if (to.stack === from.stack) throw new Diagnosis("current stack and destination stack are the same");
  await copyBetween(s, from, to, line.positional[0], isSet(line, "--path"));
}

export async function copyBetween(
  s: Session,
  from: StackRef,
  to: StackRef,
  only: string | undefined,
  path: boolean,
): Promise<void> {
  const source = await s.settings(from);
  const own = source.own();
  const found = only === undefined ? own : { [only]: source.find(only, path) };
  if (only !== undefined && found[only] === undefined)
    throw new Diagnosis(`copying configuration key '${only}' failed: it was not found for stack '${from.stack}'`);
  const secret = holdsSecret(found);
  const reader = secret ? await s.secrets(from) : undefined;
  await s.changeSettings(to, async (settings) => {
    const writer = secret ? await s.secrets(to, settings) : undefined;
    for (const [key, value] of Object.entries(found))
      settings.setValue(key, reencrypted(value, reader, writer), path && only !== undefined);
  });
}

function reencrypted(value: unknown, from: SecretsManager | undefined, to: SecretsManager | undefined): unknown {
  if (!holdsSecret(value)) return value;
  if (Array.isArray(value)) return value.map((item) => reencrypted(item, from, to));
  const entries = Object.entries(value as object);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "secure" && typeof first[1] === "string")
    return { secure: to!.encrypt(from!.decrypt(first[1])) };
  return Object.fromEntries(entries.map(([key, item]) => [key, reencrypted(item, from, to)]));
}

/** For `--config-file` and the like: what a file says, or Pulumi's words for one that is not there. */
export async function readGiven(path: string, shown: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Diagnosis(`open ${shown}: ${cause.code === "ENOENT" ? "no such file or directory" : cause.message}`);
  });
}
