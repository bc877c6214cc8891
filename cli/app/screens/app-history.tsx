/** What was done with an app, newest first. A view of `history`. */
import { useEffect, useState } from "react";
import type { HistoryDocument } from "../../commands/history.ts";
import { useActive } from "../../ui/keys.ts";
import { moment } from "../../ui/time.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { type Answer, useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";

export function AppHistory({ app, keys }: SectionProps) {
  const shell = useShell();
  const active = useActive();
  const [answer, setAnswer] = useState<Answer<HistoryDocument>>();
  const [said, say] = useState<Status>();
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!active) return;
    setAsked(false);
    say(undefined);
    void shell.call<HistoryDocument>("history", [app]).then(setAnswer);
  }, [shell, app, active]);
  const run = (name: string, flags = {}): void =>
    shell.open("progress", { line: { name, args: [app], flags }, title: `${name} ${app}` });
  // What it would take back is the command's own question; the same key again is the yes.
  const undo = async (): Promise<void> => {
    if (asked) return run("undo", { yes: true });
    const { fault } = await shell.call("undo", [app]);
    const question = fault?.code === "answer-needed" ? fault.detail : undefined;
    setAsked(question !== undefined);
    if (question !== undefined) say({ words: `${question} z does it.`, tone: "warn" });
    else if (fault) say({ words: faultWords(fault), tone: "bad" });
  };
  const own: ScreenKey[] = [
    { key: "z", label: "undo", does: "take the last change back; says first what it is", run: () => void undo() },
    { key: "b", label: "roll back", does: "the version before, with its settings", run: () => run("rollback") },
  ];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  const items = answer?.document?.items ?? [];
  return (
    <Screen title={`${app} · history`} keys={[...own, ...keys]} status={failed ?? said}>
      {({ rows }) =>
        items.length > 0 ? (
          <Lines lines={items.map(itemLine)} rows={rows} />
        ) : (
          <Say tone="dim">{answer ? " Nothing is recorded." : " looking"}</Say>
        )
      }
    </Screen>
  );
}

function itemLine(item: HistoryDocument["items"][number]): string {
  const when = ` ${moment(item.at)}  `;
  if (item.type === "exec") {
    const end = item.exitCode === undefined ? "no end recorded" : `exit code ${item.exitCode}`;
    return `${when}exec ${item.command} as ${item.function}${item.write ? ", writing" : ""}, ${end}, by ${item.by.user}`;
  }
  const { operation, version, before, settings, by } = item;
  const moved = before && before.version !== version ? `${before.version} to ${version}` : version;
  return `${when}${operation} ${moved}, by ${by}${settings.length > 0 ? `, set ${settings.join(", ")}` : ""}`;
}
