/** `pulumi stack …`: stacks made, chosen, listed, renamed, removed; their outputs and their past. */
import { type CommandLine, flag, isSet } from "../cli.ts";
import { CommandFailure, Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";
import { type HistoryEntry, holdsSecret, type SecretsManager, type StackRef, toConfigValue } from "../state/index.ts";
import { unknownText } from "../values/signatures.ts";
import { rootStackType } from "../values/urn.ts";
import { toDisplay } from "../values/values.ts";
import { copyBetween } from "./config.ts";
import { json, positional, tableText, wholeNumber } from "./text.ts";

export async function initStack(s: Session, line: CommandLine): Promise<void> {
  const name = line.positional[0] ?? flag(line, "--stack");
  if (!name) throw new CommandFailure("usage", "missing stack name");
  await createStack(s, await s.ref(name), line);
}

async function createStack(s: Session, ref: StackRef, line: CommandLine): Promise<void> {
  const { name } = await s.project();
  if (ref.project !== name)
    throw new Diagnosis(`could not create stack: provided project name "${ref.project}" doesn't match Pulumi.yaml`);
  if (await s.backend.exists(ref))
    throw new Diagnosis(`stack '${ref.organization}/${ref.project}/${ref.stack}' already exists`);
  const from = flag(line, "--copy-config-from");
  const source = from === undefined ? undefined : await s.stack(from);
  await s.newSecrets(ref, flag(line, "--secrets-provider"));
  await s.backend.create(ref);
  if (!isSet(line, "--no-select")) await s.select(ref);
  s.init.out(`Created stack '${ref.stack}'\n`);
  if (source) await copyBetween(s, source, ref, undefined, false);
}

export async function selectStack(s: Session, line: CommandLine): Promise<void> {
  const name = line.positional[0] ?? flag(line, "--stack") ?? flag(line, "-s");
  if (!name) throw new CommandFailure("usage", "a stack must be named: there is nobody here to choose one");
  const ref = await s.ref(name);
  if (isSet(line, "--create") && !(await s.backend.exists(ref))) return createStack(s, ref, line);
  await s.select(await s.stack(name));
}

export async function removeStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack(line.positional[0]);
  if (!isSet(line, "--yes")) throw new CommandFailure("usage", "non-interactive mode requires --yes flag");
  const settings = await s.settings(ref);
  const selected = await s.selected();
  await s.backend.remove(ref, { force: isSet(line, "--force") });
  if (!isSet(line, "--preserve-config")) await settings.remove();
  if (selected?.stack === ref.stack && selected.project === ref.project) await s.select(undefined);
  s.init.out(`Stack '${ref.stack}' has been removed!\n`);
}

export async function listStacks(s: Session, line: CommandLine): Promise<void> {
  const current = await s.project().then(
    ({ name }) => name,
    () => undefined,
  );
  const every = isSet(line, "--all") || current === undefined;
  const selected = await s.selected();
  const all = await s.backend.stacks(every ? undefined : current);
  for (const { unreadable } of all) if (unreadable !== undefined) s.init.warn(`warning: ${unreadable}\n`);
  const list = all.map(({ ref, lastUpdate, resourceCount }) => ({
    name: ref.project === current ? ref.stack : `${ref.organization}/${ref.project}/${ref.stack}`,
    current: selected?.stack === ref.stack && selected.project === ref.project,
    ...(lastUpdate === undefined ? {} : { lastUpdate }),
    ...(resourceCount === undefined ? {} : { resourceCount }),
  }));
  if (isSet(line, "--json")) return s.init.out(json(list));
  const rows = list.map(({ name, current, lastUpdate, resourceCount }) => [
    current ? `${name}*` : name,
    lastUpdate ?? "n/a",
    resourceCount === undefined ? "n/a" : String(resourceCount),
  ]);
  s.init.out(tableText(["NAME", "LAST UPDATE", "RESOURCE COUNT"], rows));
}

/** What `pulumi stack` alone says. */
export async function showStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  if (isSet(line, "--show-name")) return s.init.out(`${ref.stack}\n`);
  const { resourceCount } = await s.backend.load(ref);
  s.init.out(`Current stack is ${ref.stack}:\nCurrent stack resources (${resourceCount}):\n`);
  const { resources } = (await s.backend.load(ref)).snapshot(await s.secrets(ref));
  const rows = resources.map(({ type, urn }) => [type, urn.split("::").slice(3).join("::")]);
  s.init.out(rows.length === 0 ? "    No resources currently in this stack\n" : tableText(["TYPE", "NAME"], rows));
}

export async function outputs(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const snapshot = (await s.backend.load(ref)).snapshot(await s.secrets(ref));
  const root = snapshot.resources.find((state) => state.type === rootStackType && !state.delete);
  const masked = isSet(line, "--show-secrets") ? undefined : "[secret]";
  const all = toDisplay(root?.outputs ?? {}, unknownText, masked) as { [name: string]: unknown };
  const name = line.positional[0];
  if (name !== undefined && !Object.hasOwn(all, name))
    throw new Diagnosis(`current stack does not have output property '${name}'`);
  if (isSet(line, "--json")) return s.init.out(json(name === undefined ? all : all[name]));
  if (name !== undefined) return s.init.out(`${inText(all[name])}\n`);
  const rows = Object.entries(all).map(([key, value]) => [key, inText(value)]);
  s.init.out(`Current stack outputs (${rows.length}):\n`);
  const text = rows.length === 0 ? "No output values currently in this stack\n" : tableText(["OUTPUT", "VALUE"], rows);
  s.init.out(text.replace(/^/gm, "    ").replace(/ +$/, ""));
}

function inText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export async function history(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const pageSize = wholeNumber(flag(line, "--page-size"), "--page-size");
  const page = wholeNumber(flag(line, "--page"), "--page");
  const entries = await s.backend.history(ref, { page, pageSize });
  if (!isSet(line, "--json")) return s.init.out(historyText(entries));
  const shown = isSet(line, "--show-secrets") && entries.some(({ config }) => holdsSecret(config));
  const manager = shown ? await s.secrets(ref) : undefined;
  s.init.out(json(entries.map((entry) => historyLine(entry, manager))));
}

function historyText(entries: HistoryEntry[]): string {
  if (entries.length === 0) return "Stack has never been updated\n";
  return entries
    .map(({ kind, startTime, result, message, resourceChanges }) => {
      const changes = Object.entries(resourceChanges ?? {}).map(([op, n]) => `${n} ${op}`);
      return `${kind} ${startTime} ${result ?? ""}\n    ${[message, changes.join(", ")].filter(Boolean).join("\n    ")}\n`;
    })
    .join("\n");
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

export async function renameStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const given = positional(line, 0);
  const to: StackRef = await s.ref(given);
  const selected = await s.selected();
  if (to.project !== ref.project)
    throw new Diagnosis("moving a stack to another project is not supported by this engine");
  const settings = await s.settings(ref);
  const next = await s.settings(to);
  await s.backend.rename(ref, to.stack);
  if (flag(line, "--config-file") === undefined) await settings.moveTo(next.file);
  if (selected?.stack === ref.stack) await s.select(to);
  s.init.out(`Renamed ${ref.stack} to ${given.split("/").length === 3 ? to.stack : given}\n`);
}
