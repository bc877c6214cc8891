/** What one does with an app, the same on each screen that shows one. What no command does yet is not among it. */

import { linkWords } from "../../ui/time.ts";
import type { Status } from "../kit/operation.ts";
import { faultWords } from "../kit/operation.ts";
import type { ScreenKey } from "../kit/screen.tsx";
import type { Shell } from "../shell.ts";

/** What each section of an app's screen is drawn with. */
export interface SectionProps {
  app: string;
  /** To the other sections. */
  keys: ScreenKey[];
}

interface Subject {
  name: string;
  state: "running" | "partial" | "kept";
  update?: { version: string };
}

interface Means {
  shell: Shell;
  app: Subject;
  say(status: Status | undefined): void;
}

export function appKeys({ shell, app, say }: Means): ScreenKey[] {
  const { name, state, update } = app;
  const upgrade = update !== undefined && shell.commands.some((command) => command.name === "upgrade");
  const run = (command: string) => () =>
    shell.open("progress", { line: { name: command, args: [name] }, title: `${command} ${name}` });
  return [
    ...(state === "running"
      ? [
          {
            key: "o",
            label: "browser",
            does: "open it in the browser, signed in",
            run: () => void openInBrowser(shell, name, say),
          },
        ]
      : []),
    upgrade
      ? {
          key: "u",
          label: "upgrade",
          does: `bring it to ${update.version}; says first what changes`,
          run: run("upgrade"),
        }
      : { key: "u", label: "up", does: "bring it to what it should be", run: run("up") },
    {
      key: "d",
      label: "data",
      does: "what it keeps: tables, buckets, items, files",
      run: () => shell.open("data", { app: name }),
    },
    {
      key: "x",
      label: "remove",
      does: "remove it; says what becomes of its data",
      run: () => shell.open("remove", { app: name }),
    },
  ];
}

/** To an operation that is at work already, wherever it was begun on this computer. `go`: how the shell gets there. */
export const watchKey = (go: Shell["open"], key: string, id: string): ScreenKey => ({
  key,
  label: "watch it",
  does: "show what is at work; it goes on whoever looks",
  run: () => go("progress", { line: { name: "attach", args: [id] }, title: `${id.split("-")[2]}, under way` }),
});

async function openInBrowser(shell: Shell, app: string, say: Means["say"]): Promise<void> {
  const { fault, document } = await shell.call<{ link: string; opened: boolean }>(
    "open",
    [app],
    {},
    { interactive: true },
  );
  if (fault) say({ words: faultWords(fault), tone: "bad" });
  else if (document?.opened) say({ words: `${app} is open in your browser.` });
  else say({ words: `There is no browser here. This opens it, once, within ${linkWords}: ${document?.link ?? ""}` });
}
