/** What an app is, where it came from, what it is made of. A view of `show`. */
import { useEffect, useState } from "react";
import type { CostDocument } from "../../commands/cost.ts";
import type { ShowDocument } from "../../commands/show.ts";
import { useActive } from "../../ui/keys.ts";
import { originWords } from "../../ui/reach.ts";
import { moment } from "../../ui/time.ts";
import { fill, wrap } from "../../ui/width.ts";
import { money } from "../../views/cost.ts";
import { grantWords, stateWords, updateWords } from "../../views/show.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords, useOperation } from "../kit/operation.ts";
import { link, Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { type Answer, type Shell, useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";
import { appKeys } from "./actions.ts";

export function AppOverview({ app, keys }: SectionProps) {
  const shell = useShell();
  const active = useActive();
  const [shown, setShown] = useState<Answer<ShowDocument>>();
  const { status, say } = useOperation();
  useEffect(() => {
    if (active) void shell.call<ShowDocument>("show", [app]).then(setShown);
  }, [shell, app, active]);
  const document = shown?.document;
  const cost = useCost(app);
  const own: ScreenKey[] = document
    ? [...appKeys({ shell, app: document, say }), ...namesKeys(shell, document), cost.key]
    : [];
  const fault = shown?.fault ?? cost.fault;
  const failed = fault && { words: faultWords(fault), tone: "bad" as const };
  return (
    <Screen title={`${app} · overview`} waiting={!shown} keys={[...own, ...keys]} status={failed ?? status}>
      {({ rows, columns }) =>
        document ? (
          <Lines lines={overviewLines(document, cost.words, columns, shell.color)} rows={rows} />
        ) : (
          <Say tone="dim">{shown ? " " : " looking"}</Say>
        )
      }
    </Screen>
  );
}

/** A cloud on this computer has no names on the internet, and what is removed has none either. */
const namesKeys = (shell: Shell, { name, target, state }: ShowDocument): ScreenKey[] =>
  target === "local" || state === "kept"
    ? []
    : [
        {
          key: "n",
          label: "names",
          does: "names of your own that lead to it",
          run: () => shell.open("names", { site: name }),
        },
      ];

/** Of an app in AWS each look is paid for, so it is asked for by a key. */
function useCost(app: string): { words: string[]; fault: Answer<CostDocument>["fault"]; key: ScreenKey } {
  const shell = useShell();
  const [answer, setAnswer] = useState<Answer<CostDocument>>();
  const [asked, setAsked] = useState(false);
  const ask = (): void => {
    setAsked(true);
    void shell.call<CostDocument>("cost", [app]).then((ended) => {
      setAnswer(ended);
      setAsked(false);
    });
  };
  const words = answer?.document ? costWords(answer.document) : asked ? ["counting"] : [];
  return {
    words,
    fault: answer?.fault,
    key: { key: "$", label: "cost", does: "what it has cost this month", run: ask },
  };
}

function costWords({ apps, target, month, asking }: CostDocument): string[] {
  const [one] = apps;
  if (!one) return ["nothing is there that could cost anything"];
  const forecast = one.forecast === undefined ? "" : `, ${money(one.forecast)} by its end`;
  const where = target === "local" ? "; if it were in AWS" : `; this look took ${money(asking)}`;
  return [
    `${money(one.soFar)} in ${month.from.slice(0, 7)}${forecast}${where}`,
    ...one.lines.map(({ what, dollars }) => `${what}  ${money(dollars)}`),
    ...one.notes,
  ];
}

const keyWidth = 9;

function overviewLines(app: ShowDocument, cost: readonly string[], columns: number, color: boolean): string[] {
  const { definition } = app;
  const rows: [string, string][] = [
    ["app", app.title],
    ["state", stateWords[app.state]],
    // High up: it was just asked for, and a small window shows little.
    ...section("cost", cost),
    ...(app.url ? [["address", app.url] as [string, string]] : []),
    ...section(
      "names",
      app.domains?.map(({ host, awaits }) => (awaits ? `${host}, waits for its ${awaits}` : host)),
    ),
    ["version", `${app.version}${app.update ? `, update ${updateWords(app.update)}` : ""}`],
    ["from", app.source === "folder" ? app.ref : `${app.ref}, ${originWords(app.origin)}`],
    ["digest", app.digest],
    ["updated", moment(app.updatedAt)],
    ...(app.accepted ? [["accepted", `${moment(app.accepted.at)} by ${app.accepted.by}`] as [string, string]] : []),
    ...section(
      "functions",
      definition?.functions.map(
        ({ name, runtime, memoryMb, timeoutSeconds }) =>
          `${name}  ${runtime}, ${memoryMb} MB, at most ${timeoutSeconds} s`,
      ),
    ),
    ...section(
      "routes",
      definition?.routes.map(
        ({ path, to, public: open, limit }) =>
          `${path}  ${to}, ${open ? "anybody" : "you"}${limit ? `, ${limit}` : ""}`,
      ),
    ),
    ...section(
      "data",
      definition?.data.map(
        ({ kind, name, precious }) =>
          `${name}  ${kind}, ${precious ? "kept when the app is removed" : "can be made again"}`,
      ),
    ),
    ...section("grants", app.grants.map(grantWords)),
    ...section(
      "kept data",
      app.kept.map(({ kind, name, id }) => `${name}  ${kind} ${id}`),
    ),
  ];
  return rows.flatMap(([key, value]) =>
    wrap(value, columns - keyWidth - 3).map((line, at) => {
      const shown = value === app.url && line === value ? link(line, color) : line;
      return ` ${fill(at === 0 ? key : "", keyWidth)}  ${shown}`;
    }),
  );
}

/** Its name before the first line only. */
const section = (name: string, lines: readonly string[] = []): [string, string][] =>
  lines.map((line, at) => [at === 0 ? name : "", line]);
