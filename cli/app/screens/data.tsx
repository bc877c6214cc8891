/** What an app keeps: its tables and buckets, how much is in each, and one key to look inside. A view of `data ls APP`. */
import { useEffect, useState } from "react";
import type { StoresDocument } from "../../commands/data-ls.ts";
import { useActive } from "../../ui/keys.ts";
import { sizeWords } from "../../ui/size.ts";
import { many } from "../../ui/table.ts";
import { alignColumns, List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { Twin } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, type Shell, useShell } from "../shell.ts";

type Store = StoresDocument["stores"][number];

export function Data({ app }: ScreenParams["data"]) {
  const shell = useShell();
  const active = useActive();
  const [answer, setAnswer] = useState<Answer<StoresDocument>>();
  const look = (): void => void shell.call<StoresDocument>("data ls", [app]).then(setAnswer);
  useEffect(() => {
    if (active) void shell.call<StoresDocument>("data ls", [app]).then(setAnswer);
  }, [shell, app, active]);
  const stores = answer?.document?.stores ?? [];
  const selection = useSelection(stores.length);
  const store = stores[selection.at];
  const again: ScreenKey = { key: "r", does: "look again", run: look };
  const keys = store ? [...storeKeys(shell, store, stores), again] : [again];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title={`${app} · data`}
      {...(answer?.document ? { right: totalOf(stores) } : {})}
      waiting={!answer}
      keys={keys}
      status={failed ?? (store && { words: aboutWords(store) })}
    >
      {({ rows, columns }) => (
        <>
          <Stores answer={answer} stores={stores} rows={rows - 1} columns={columns} selection={selection} />
          <Twin words={["data", "ls", app]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

interface StoresProps {
  answer: Answer<StoresDocument> | undefined;
  stores: readonly Store[];
  rows: number;
  columns: number;
  selection: ReturnType<typeof useSelection>;
}

function Stores({ answer, stores, rows, columns, selection }: StoresProps) {
  if (!answer) return <Say tone="dim"> looking</Say>;
  if (stores.length === 0) return <Say>{answer.fault ? " " : " It keeps nothing."}</Say>;
  const lines = alignColumns(stores.map((one) => [one.name, one.kind, countWords(one), sizeWords(one.sizeBytes ?? 0)]));
  return <List selection={selection} rows={rows} columns={columns} row={(at) => lines[at] ?? ""} />;
}

function storeKeys(shell: Shell, { app, name, kind, items, more }: Store, all: readonly Store[]): ScreenKey[] {
  // A table and a bucket may have one name.
  const several = all.filter((one) => one.name === name).length > 1;
  const store = `${app}/${name}${several ? `:${kind}` : ""}`;
  const count = { ...(items === undefined ? {} : { items }), ...(more ? { more } : {}) };
  const work = (name: string, title: string) => () =>
    shell.open("progress", { line: { name, args: [app] }, title: `${title} ${app}` });
  return [
    {
      key: "enter",
      label: "open",
      does: "look at what is in it",
      run: () => shell.open("store", { store, kind, ...count }),
    },
    {
      key: "w",
      label: "export",
      does: `all of it to the folder ${app}-export, in an open format`,
      run: work("data export", "export"),
    },
    {
      key: "b",
      label: "backup",
      does: "copy all of it into a bucket of the cloud's own, and read it back",
      run: work("data backup", "back up"),
    },
    {
      key: "l",
      label: "backups",
      does: "which backups there are; : data restore brings one back",
      run: () => shell.open("backups", { app }),
    },
  ];
}

function countWords({ kind, items = 0, more }: Store): string {
  const counted = `${items.toLocaleString("en")} ${kind === "table" ? "item" : "file"}${items === 1 ? "" : "s"}`;
  return more ? `over ${counted}` : counted;
}

function aboutWords({ key, indexes, ttl, kept, id }: Store): string {
  const names = key ? [key.hash.name, ...(key.range ? [key.range.name] : [])] : [];
  return [
    ...(names.length > 0 ? [`key ${names.join(", ")}`] : []),
    ...(indexes.length > 0 ? [`indexed by ${indexes.map(({ name }) => name).join(", ")}`] : []),
    ...(ttl ? [`items end by ${ttl}`] : []),
    ...(kept ? ["its app is removed, the data is kept"] : []),
    `in the cloud ${id}`,
  ].join(" · ");
}

const totalOf = (stores: readonly Store[]): string =>
  `${many(stores.length, "store")} · ${sizeWords(stores.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0))}`;
