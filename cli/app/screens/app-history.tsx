/** What was done with an app, newest first. A view of `history`. */
import { useEffect, useState } from "react";
import type { HistoryDocument } from "../../commands/history.ts";
import { useActive } from "../../ui/keys.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords, useOperation } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { type Answer, useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";
import { runCommand } from "./actions.ts";

export function AppHistory({ app, keys }: SectionProps) {
  const shell = useShell();
  const active = useActive();
  const [answer, setAnswer] = useState<Answer<HistoryDocument>>();
  const [looks, look] = useState(0);
  const { status, say } = useOperation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `looks` is counted to look again
  useEffect(() => {
    if (active) void shell.call<HistoryDocument>("history", [app]).then(setAnswer);
  }, [shell, app, active, looks]);
  const means = { shell, app: { name: app, state: "running" as const }, say, after: () => look((count) => count + 1) };
  const has = (name: string): boolean => shell.commands.some((command) => command.name === name);
  const own: ScreenKey[] = [
    ...(has("undo")
      ? [
          {
            key: "z",
            label: "undo",
            does: "take the last change back",
            run: () => void runCommand(means, ["undo", app]),
          },
        ]
      : []),
    ...(has("rollback")
      ? [
          {
            key: "b",
            label: "roll back",
            does: "the version before, with its settings",
            run: () => void runCommand(means, ["rollback", app]),
          },
        ]
      : []),
  ];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  const items = answer?.document?.items ?? [];
  return (
    <Screen title={`${app} · history`} keys={[...own, ...keys]} status={failed ?? status}>
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
  const when = ` ${item.at.slice(0, 16).replace("T", " ")}  `;
  if (item.type === "exec") {
    const end = item.exitCode === undefined ? "no end recorded" : `exit code ${item.exitCode}`;
    return `${when}exec ${item.command} as ${item.function}${item.write ? ", writing" : ""}, ${end}, by ${item.by.user}`;
  }
  const { operation, version, before, settings, by } = item;
  const moved = before && before.version !== version ? `${before.version} to ${version}` : version;
  return `${when}${operation} ${moved}, by ${by}${settings.length > 0 ? `, set ${settings.join(", ")}` : ""}`;
}
