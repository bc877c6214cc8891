/** Resources of the owner's own, beside the apps: what there is, and how one more comes. A view of `ls`. */
import { useEffect, useState } from "react";
import type { ListDocument } from "../../commands/ls.ts";
import { useActive } from "../../ui/keys.ts";
import { kindWords } from "../../ui/steps.ts";
import { many } from "../../ui/table.ts";
import { alignColumns, List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { Twin } from "../kit/twin.tsx";
import { type Answer, type Shell, useShell } from "../shell.ts";

type Thing = ListDocument["things"][number];

export function Things() {
  const shell = useShell();
  const active = useActive();
  const [answer, setAnswer] = useState<Answer<ListDocument>>();
  useEffect(() => {
    if (active) void shell.call<ListDocument>("ls").then(setAnswer);
  }, [shell, active]);
  const things = answer?.document?.things ?? [];
  const selection = useSelection(things.length);
  const thing = things[selection.at];
  const lines = linesOf(things);
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title="things"
      {...(answer?.document ? { right: many(things.length, "thing") } : {})}
      waiting={!answer}
      keys={[...(thing ? thingKeys(shell, thing) : []), ...commonKeys(shell)]}
      status={failed ?? (thing && { words: aboutWords(thing) })}
    >
      {({ rows, columns }) => (
        <>
          {things.length > 0 ? (
            <List selection={selection} rows={rows - 1} columns={columns} row={(at) => lines[at] ?? ""} />
          ) : (
            <Say wrap="wrap">
              {answer ? " Nothing of your own yet. a adds a bucket, a table, a function or any resource." : " looking"}
            </Say>
          )}
          <Twin words={["ls"]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

const stateWords: Record<Thing["state"], string> = { running: "there", partial: "half made", kept: "data kept" };

const linesOf = (things: readonly Thing[]): string[] =>
  alignColumns(
    things.map(({ name, kind, state, adopted }) => [
      name,
      kindWords(kind),
      stateWords[state],
      adopted ? "protected" : "",
    ]),
  );

function aboutWords({ id, url, uses, adopted, state }: Thing): string {
  return [
    ...(id ? [id] : []),
    ...(url ? [url] : []),
    ...(uses.length > 0 ? [`uses ${uses.join(", ")}`] : []),
    ...(adopted ? ["was there before Freehold: it is deleted only when its id is typed"] : []),
    ...(state === "partial" ? ["add it again, or x takes away what was begun"] : []),
  ].join(" · ");
}

function thingKeys(shell: Shell, { name, kind }: Thing): ScreenKey[] {
  return [
    { key: "enter", label: "open", does: "look at it", run: () => shell.open("thing", { name }) },
    ...(dataOf(kind)
      ? [
          {
            key: "d",
            label: "data",
            does: "what is in it",
            run: () => shell.open("store", { store: `things/${name}`, kind: dataOf(kind)! }),
          },
        ]
      : []),
    {
      key: "x",
      label: "remove",
      does: "remove it; says what becomes of it",
      run: () => shell.open("thing-remove", { name }),
    },
  ];
}

/** What the data commands read of it. */
export const dataOf = (kind: string): "table" | "bucket" | undefined =>
  kind === "aws:dynamodb/table:Table" ? "table" : kind === "aws:s3/bucket:Bucket" ? "bucket" : undefined;

const commonKeys = (shell: Shell): ScreenKey[] => [
  {
    key: "a",
    label: "add",
    does: "a bucket, a table, a function or any resource",
    run: () => shell.open("thing-types", {}),
  },
  {
    key: "s",
    label: "adopt",
    does: "take in what the account has already",
    run: () => shell.open("thing-scan", {}),
  },
];
