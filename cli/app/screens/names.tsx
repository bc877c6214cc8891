/**
 * Names of the owner's own that lead to an app, or to sign-in: what each waits for, which records are to be written for it,
 * how its certificate is. A view of `domain ls`.
 */
import { useEffect, useState } from "react";
import type { DomainListDocument } from "../../commands/domain-ls.ts";
import { useActive } from "../../ui/keys.ts";
import { many } from "../../ui/table.ts";
import { dnsWords, stateWords, toBeWritten } from "../../views/domain-ls.ts";
import { alignColumns, List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { Twin } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, type Shell, useShell } from "../shell.ts";

type Name = DomainListDocument["domains"][number];

export function Names({ site }: ScreenParams["names"]) {
  const shell = useShell();
  const active = useActive();
  const [answer, setAnswer] = useState<Answer<DomainListDocument>>();
  useEffect(() => {
    if (active) void shell.call<DomainListDocument>("domain ls").then(setAnswer);
  }, [shell, active]);
  const names = answer?.document?.domains.filter((one) => one.site === site) ?? [];
  const selection = useSelection(names.length);
  const name = names[selection.at];
  const lines = alignColumns(names.map((one) => [one.host, stateWords(one), one.front, dnsWords(one)]));
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title={`${site} · names`}
      {...(answer?.document ? { right: many(names.length, "name") } : {})}
      waiting={!answer}
      keys={[...(name ? nameKeys(shell, name) : []), ...commonKeys(shell, site)]}
      status={failed ?? (name && { words: aboutWords(name) })}
    >
      {({ rows, columns }) => (
        <>
          {names.length > 0 ? (
            <List selection={selection} rows={rows - 1} columns={columns} row={(at) => lines[at] ?? ""} />
          ) : (
            <Say wrap="wrap">{answer ? " No name of your own yet. a adds one, as notes.example.com." : " looking"}</Say>
          )}
          <Twin words={["domain", "ls"]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

/** What somebody has to do; else what a narrow window has cut off above. */
function aboutWords(name: Name): string {
  const { host, state, front, certificate } = name;
  const [awaited] = toBeWritten(name).filter(({ purpose }) => purpose === state);
  if (awaited) return `For its ${state}, to be written into DNS: ${awaited.name} ${awaited.type} ${awaited.value}`;
  const says = certificate?.refused ? ` ACM says: ${certificate.refused}` : "";
  return `${host}: ${stateWords(name)}, by ${front}, DNS ${dnsWords(name)}.${says}`;
}

function nameKeys(shell: Shell, { site, host, state }: Name): ScreenKey[] {
  const line = { name: "domain add", args: [site, host] };
  return [
    ...(state === "ready"
      ? []
      : [
          {
            key: "enter",
            label: "go on",
            does: "go on with it: shows the record it waits for, and waits",
            run: () => shell.open("progress", { line, title: `add ${host}` }),
          },
        ]),
    {
      key: "x",
      label: "remove",
      does: "take the name away, with its records and certificate",
      run: () => shell.open("name-remove", { site, host }),
    },
  ];
}

const commonKeys = (shell: Shell, site: string): ScreenKey[] => [
  { key: "a", label: "add", does: "a name of your own", run: () => shell.open("name-add", { site }) },
  ...(site === "signin"
    ? []
    : [
        {
          key: "s",
          label: "sign-in's",
          does: "names of your own that lead to sign-in",
          run: () => shell.open("names", { site: "signin" }),
        },
      ]),
];
