/** Home: what is installed, whether it answers, and one key for each thing one does with it. A view of `ls` and `status`. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ListDocument } from "../../commands/ls.ts";
import type { StatusDocument } from "../../commands/status.ts";
import { useActive } from "../../ui/keys.ts";
import { requestWords, totalWords } from "../../ui/usage.ts";
import { widthOf } from "../../ui/width.ts";
import { updateWords } from "../../views/show.ts";
import { alignColumns, List, type Selection, useSelection } from "../kit/list.tsx";
import { faultWords, type Status } from "../kit/operation.ts";
import { link, Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import type { AppSection } from "../params.ts";
import { type Answer, type Shell, useShell } from "../shell.ts";
import { appKeys, watchKey } from "./actions.ts";

/** The list is files of this computer; asking every app whether it answers is not. */
const lookEveryMs = 2_000;

type Row = ListDocument["apps"][number];

export function Home() {
  const shell = useShell();
  const { list, health, usage, refresh } = useHome();
  const [status, say] = useState<Status>();
  const apps = list?.document?.apps ?? [];
  const selection = useSelection(apps.length);
  const cloud = list?.document?.cloud;
  // On a new computer there is nothing to show: the first thing seen is how to begin.
  useEffect(() => {
    if (cloud === null) shell.open("setup", {});
  }, [shell, cloud]);
  const unfinished = list?.document?.unfinished ? (cloud ?? undefined) : undefined;
  const operation = list?.document?.operation;
  const keys = list
    ? homeKeys({ shell, app: apps[selection.at], target: list.document?.target, unfinished, operation, refresh, say })
    : [];
  return (
    <Screen
      title={cloud ? `${cloud} · ${list?.document?.target}` : "home"}
      {...(cloud ? { right: headWords(apps.length, usage) } : {})}
      waiting={!list}
      keys={keys}
      status={problem(list) ?? status}
    >
      {({ columns, rows }) => <Apps {...{ list, health, usage, selection, columns, rows }} />}
    </Screen>
  );
}

/** `2 apps · 1.2 MB · $0/month`, as far as it is known by now. */
const headWords = (count: number, usage: StatusDocument | undefined): string =>
  [`${count} ${count === 1 ? "app" : "apps"}`, ...(usage?.running && count > 0 ? [totalWords(usage)] : [])].join(" · ");

function problem(list: Answer<ListDocument> | undefined): Status | undefined {
  if (list?.fault) return { words: faultWords(list.fault), tone: "bad" };
  const stale = list?.document?.stale;
  return stale ? { words: `As last seen; the account could not be asked: ${stale}`, tone: "warn" } : undefined;
}

interface AppsProps {
  list: Answer<ListDocument> | undefined;
  health: StatusDocument | undefined;
  usage: StatusDocument | undefined;
  selection: Selection;
  columns: number;
  rows: number;
}

function Apps({ list, health, usage, selection, columns, rows }: AppsProps) {
  const { color } = useShell();
  if (!list) return <Say tone="dim">{" looking"}</Say>;
  const apps = list.document?.apps ?? [];
  if (list.document?.cloud === null) return <Say wrap="wrap">{" No cloud yet. Enter sets one up."}</Say>;
  if (list.document?.unfinished && list.document.operation)
    return <Say wrap="wrap">{" Its setup is under way. Enter shows it."}</Say>;
  if (list.document?.unfinished)
    return <Say wrap="wrap">{" Its setup is not finished. Enter goes on from where it stopped."}</Say>;
  if (apps.length === 0) return <Say wrap="wrap">{" Nothing is installed. n installs the bundled app notes."}</Say>;
  const linesWith = (used: (app: Row) => string): string[] =>
    alignColumns(apps.map((app) => [app.name, app.version, healthWords(app, health), app.url ?? "", used(app)]));
  const whole = linesWith((app) => usedWords(app, usage));
  // "12 today" where "12 requests today" has no room.
  const fits = whole.every((line) => widthOf(line) <= columns - 3);
  const lines = fits ? whole : linesWith((app) => usedWords(app, usage).replace(/ requests?/, ""));
  return (
    <List
      selection={selection}
      rows={rows}
      columns={columns}
      row={(at) => linked(lines[at] ?? "", apps[at]?.url, color)}
    />
  );
}

/** Its address to be clicked. */
const linked = (line: string, url: string | undefined, color: boolean): string =>
  url ? line.replace(url, () => link(url, color)) : line;

function usedWords({ name }: Row, usage: StatusDocument | undefined): string {
  const found = usage?.apps.find((one) => one.name === name);
  return found ? requestWords(found) : "";
}

function healthWords({ name, state, update, operation }: Row, health: StatusDocument | undefined): string {
  if (operation) return "at work";
  if (state === "kept") return "data kept";
  if (state === "partial") return "half made";
  if (update) return `update ${updateWords(update)}`;
  const found = health?.apps.find((one) => one.name === name);
  if (!health || !found) return "installed";
  if (!health.running) return "stopped";
  return found.answers ? "running" : "no answer";
}

/** The newest of both, looked at again while the screen is seen. */
function useHome() {
  const shell = useShell();
  const active = useActive();
  const [list, setList] = useState<Answer<ListDocument>>();
  const [health, setHealth] = useState<StatusDocument>();
  const [usage, setUsage] = useState<StatusDocument>();
  const last = useRef("");
  const look = useCallback(async () => {
    const answer = await shell.call<ListDocument>("ls");
    const now = JSON.stringify(answer);
    if (now !== last.current) setList(answer);
    last.current = now;
    return answer;
  }, [shell]);
  const refresh = useCallback(async () => {
    const answer = await look();
    if (!answer.document?.cloud) return;
    // Counting takes longer than asking: whether they answer is not kept waiting for it.
    const ask = async (only: string) => (await shell.call<StatusDocument>("status", [], { only })).document;
    setHealth(await ask("health"));
    setUsage(await ask("usage"));
  }, [look, shell]);
  useEffect(() => {
    if (active) void refresh();
  }, [active, refresh]);
  const { target, cloud, operation, apps = [] } = list?.document ?? {};
  const changing = operation !== undefined || apps.some((app) => app.operation !== undefined);
  // Of an account each look is paid for, so only while something is at work here.
  const often = target === "local" || cloud === null || changing;
  useEffect(() => {
    if (!active || !often) return undefined;
    const timer = setInterval(() => void look(), lookEveryMs);
    return () => clearInterval(timer);
  }, [active, often, look]);
  return { list, health, usage, refresh };
}

interface KeysOf {
  shell: Shell;
  app: Row | undefined;
  /** Null where there is no cloud yet. */
  target: ListDocument["target"] | undefined;
  /** Its name, of a cloud whose setup stopped half-way. */
  unfinished: string | undefined;
  /** What is at work on the cloud itself. */
  operation: string | undefined;
  refresh(): Promise<void>;
  say(status: Status | undefined): void;
}

function homeKeys({ shell, app, target, unfinished, operation, refresh, say }: KeysOf): ScreenKey[] {
  const again: ScreenKey = { key: "r", does: "look again", run: () => void refresh() };
  const setUp = (): void => shell.open("setup", {});
  if (target === null) return [{ key: "enter", label: "set up", does: "make a cloud", run: setUp }, again];
  const browse: ScreenKey = {
    key: "b",
    label: "browse",
    does: "look for apps in the catalogs",
    run: () => shell.open("browse", {}),
  };
  const things: ScreenKey = {
    key: "t",
    label: "things",
    does: "buckets, tables, functions and other resources of your own",
    run: () => shell.open("things", {}),
  };
  if (unfinished !== undefined)
    return [operation ? watchKey(shell.open, "enter", operation) : goOn(shell, unfinished), browse, again];
  const line = { name: "up", args: ["notes"] };
  const notes: ScreenKey = {
    key: "n",
    label: "install notes",
    does: "install the bundled app notes",
    run: () => shell.open("progress", { line, title: "install notes" }),
  };
  const accounts: ScreenKey = {
    key: "a",
    label: "accounts",
    does: "accounts for others, which this cloud's account pays for",
    run: () => shell.open("accounts", {}),
  };
  const rest = [things, ...(target === "aws" ? [accounts] : []), again];
  if (!app) return [browse, notes, ...rest];
  const open = (section?: AppSection) => () => shell.open("app", { app: app.name, ...(section ? { section } : {}) });
  return [
    { key: "enter", label: "open", does: "look at the app", run: open() },
    { key: "s", label: "settings", does: "its settings, memory and time", run: open("settings") },
    { key: "l", label: "logs", does: "what it writes, as it comes", run: open("logs") },
    { key: "h", does: "what was done with it", run: open("history") },
    ...(app.operation ? [watchKey(shell.open, "w", app.operation)] : []),
    ...appKeys({ shell, say, app }),
    browse,
    ...rest,
  ];
}

const goOn = (shell: Shell, cloud: string): ScreenKey => ({
  key: "enter",
  label: "go on with setup",
  does: "make what the setup of this cloud has not made yet",
  run: () =>
    shell.open("progress", { line: { name: "setup", args: [], flags: { name: cloud } }, title: `set up ${cloud}` }),
});
