/** Home: what is installed, whether it answers, and one key for each thing one does with it. A view of `ls` and `status`. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ListDocument } from "../../commands/ls.ts";
import type { StatusDocument } from "../../commands/status.ts";
import { useActive } from "../../ui/keys.ts";
import { widthOf } from "../../ui/width.ts";
import { alignColumns, List, useSelection } from "../kit/list.tsx";
import { Say, type Tone } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { type Answer, useShell } from "../shell.ts";

/** The list is files of this computer; asking every app whether it answers is not. */
const lookEveryMs = 2_000;

type Row = ListDocument["apps"][number];

export function Home() {
  const shell = useShell();
  const { list, health, refresh } = useHome();
  const apps = list?.document?.apps ?? [];
  const [said, say] = useState<{ words: string; tone?: Tone }>();
  const [at] = useSelection(apps.length, 10);
  const app = apps[at];
  const keys = homeKeys({ shell, app, none: list?.document?.cloud === null, refresh, say });
  return (
    <Screen
      title={list?.document?.cloud ? `${list.document.cloud} · ${list.document.target}` : "home"}
      {...(list?.document?.cloud ? { right: counted(apps.length) } : {})}
      keys={keys}
      status={statusOf(list, said)}
    >
      {({ columns, rows }) => <Apps list={list} health={health} selected={at} columns={columns} rows={rows} />}
    </Screen>
  );
}

const counted = (count: number): string => `${count} ${count === 1 ? "app" : "apps"}`;

function statusOf(list: Answer<ListDocument> | undefined, said: { words: string; tone?: Tone } | undefined) {
  if (list?.fault)
    return {
      words: `${list.fault.summary}. ${list.fault.detail ?? ""} ${list.fault.next ?? ""}`,
      tone: "bad" as const,
    };
  if (list?.document?.stale)
    return { words: `As last seen; the account could not be asked: ${list.document.stale}`, tone: "warn" as const };
  return said;
}

interface AppsProps {
  list: Answer<ListDocument> | undefined;
  health: StatusDocument | undefined;
  selected: number;
  columns: number;
  rows: number;
}

function Apps({ list, health, selected, columns, rows }: AppsProps) {
  if (!list) return <Say tone="dim">{" looking"}</Say>;
  const apps = list.document?.apps ?? [];
  if (list.document?.cloud === null) return <Say wrap="wrap">{" No cloud yet. Enter makes one on this computer."}</Say>;
  if (apps.length === 0) return <Say wrap="wrap">{" Nothing is installed. n installs the bundled app notes."}</Say>;
  const lines = alignColumns(
    apps.map((app) => [app.name, app.version, healthWords(app, health), app.url ?? ""]),
    widthOf,
  );
  return <List count={apps.length} selected={selected} rows={rows} columns={columns} row={(at) => lines[at]} />;
}

function healthWords({ name, state }: Row, health: StatusDocument | undefined): string {
  if (state === "kept") return "data kept";
  if (state === "partial") return "half made";
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
    if (answer.document?.cloud) setHealth((await shell.call<StatusDocument>("status")).document);
  }, [look, shell]);
  useEffect(() => {
    if (active) void refresh();
  }, [active, refresh]);
  const local = list?.document?.target === "local" || list?.document?.cloud === null;
  useEffect(() => {
    if (!active || !local) return undefined;
    const timer = setInterval(() => void look(), lookEveryMs);
    return () => clearInterval(timer);
  }, [active, local, look]);
  return { list, health, refresh };
}

interface KeysOf {
  shell: ReturnType<typeof useShell>;
  app: Row | undefined;
  none: boolean;
  refresh(): Promise<void>;
  say(said: { words: string; tone?: Tone } | undefined): void;
}

function homeKeys({ shell, app, none, refresh, say }: KeysOf): ScreenKey[] {
  const run =
    (...argv: string[]) =>
    async () => {
      say(undefined);
      const code = await shell.run(argv);
      say(
        code === 0
          ? undefined
          : { words: `freehold ${argv.join(" ")} ended with ${code}; what it said is above.`, tone: "bad" },
      );
      await refresh();
    };
  if (none)
    return [{ key: "enter", label: "set up", does: "make a cloud on this computer", run: () => void run("setup")() }];
  const one = app?.name;
  const of = (keys: ScreenKey[]): ScreenKey[] => (one === undefined ? [] : keys);
  return [
    ...of([
      { key: "enter", label: "open", does: "look at the app", run: () => shell.open("app", { app: one! }) },
      {
        key: "o",
        label: "browser",
        does: "open the app in the browser, signed in",
        run: () => void openInBrowser(shell, one!, say),
      },
      {
        key: "u",
        label: "upgrade",
        does: "bring the app up, in its newest version",
        run: () => void run("up", one!)(),
      },
      {
        key: "x",
        label: "remove",
        does: "remove the app; asks what becomes of its data",
        run: () => shell.open("remove", { app: one! }),
      },
    ]),
    { key: "n", label: "notes", does: "install the bundled app notes", run: () => void run("up", "notes")() },
    { key: "r", does: "look again", run: () => void refresh() },
  ];
}

async function openInBrowser(shell: ReturnType<typeof useShell>, app: string, say: KeysOf["say"]): Promise<void> {
  const answer = await shell.call<{ link: string; opened: boolean }>("open", [app], {}, { interactive: true });
  if (answer.fault) say({ words: `${answer.fault.summary}. ${answer.fault.detail ?? ""}`, tone: "bad" });
  else if (answer.document && !answer.document.opened)
    say({ words: `Open this, once, within ten minutes: ${answer.document.link}` });
  else say({ words: `${app} is open in your browser.` });
}
