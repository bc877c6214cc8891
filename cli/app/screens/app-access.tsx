/**
 * Who may come to an app and who did: doors open to everybody, keys, guests, and the newest of the last day. A view of
 * `show`, `key ls`, `guest ls` and `access`. What it would take to change any of it is a command, and named.
 */
import { useEffect, useState } from "react";
import type { AccessLine } from "../../../stacks/deploy.ts";
import type { GuestListDocument } from "../../commands/guest-ls.ts";
import type { KeyListDocument } from "../../commands/key-ls.ts";
import type { ShowDocument } from "../../commands/show.ts";
import { whoWords } from "../../ui/access.ts";
import { useActive } from "../../ui/keys.ts";
import { since, until } from "../../ui/time.ts";
import { fill, wrap } from "../../ui/width.ts";
import { reachWords } from "../../views/key-ls.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { type Shell, useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";

interface Seen {
  show?: ShowDocument;
  keys?: KeyListDocument;
  guests?: GuestListDocument;
  came: AccessLine[];
  problem?: string;
}

const most = 50;

export function AppAccess({ app, keys }: SectionProps) {
  const shell = useShell();
  const active = useActive();
  const [seen, setSeen] = useState<Seen>();
  useEffect(() => {
    let left = false;
    if (active) void look(shell, app).then((now) => left || setSeen(now));
    return () => {
      left = true;
    };
  }, [shell, app, active]);
  const status = seen?.problem === undefined ? undefined : { words: seen.problem, tone: "bad" as const };
  return (
    <Screen title={`${app} · access`} keys={keys} status={status}>
      {({ rows, columns }) =>
        seen ? <Lines lines={accessLines(app, seen, columns)} rows={rows} /> : <Say tone="dim"> looking</Say>
      }
    </Screen>
  );
}

async function look(shell: Shell, app: string): Promise<Seen> {
  const came: AccessLine[] = [];
  const onLine = (record: Record<string, unknown>): void => {
    came.push(record as unknown as AccessLine);
    if (came.length > most) came.shift();
  };
  const [show, keys, guests, access] = await Promise.all([
    shell.call<ShowDocument>("show", [app]),
    shell.call<KeyListDocument>("key ls", [app]),
    shell.call<GuestListDocument>("guest ls", [app]),
    shell.call("access", [app], { since: "1d" }, { onLine }),
  ]);
  const fault = [show, keys, guests, access].find((one) => one.fault)?.fault;
  return {
    ...(show.document ? { show: show.document } : {}),
    ...(keys.document ? { keys: keys.document } : {}),
    ...(guests.document ? { guests: guests.document } : {}),
    came: came.reverse(),
    ...(fault ? { problem: faultWords(fault) } : {}),
  };
}

const keyWidth = 7;

function accessLines(app: string, { show, keys, guests, came }: Seen, columns: number): string[] {
  const open = show?.definition?.routes.filter((route) => route.public) ?? [];
  const rows: [string, string][] = [
    ...section(
      "doors",
      open.map(({ path, to, limit }) => `${path}  ${to}, anybody${limit ? `, ${limit}` : ""}`),
      `Nothing is open. : settings ${app} routes.PATH=public`,
    ),
    ...section(
      "keys",
      keys?.keys.map((key) => `${key.name}  ${reachWords(key)}, ${until(key.expires)}, ${usedWords(key.used)}`),
      `None. freehold key new ${app} makes one, in a shell`,
    ),
    ...section(
      "guests",
      guests?.guests.map(
        ({ name, role, expires, accepted }) => `${name}  ${role}, ${until(expires)}${accepted ? "" : ", invited"}`,
      ),
      `Nobody. : guest invite ${app} --name NAME`,
    ),
    ...section("came", came.map(cameWords), "Nobody, in the last day."),
  ];
  return rows.flatMap(([key, value]) =>
    wrap(value, columns - keyWidth - 3).map((line, at) => ` ${fill(at === 0 ? key : "", keyWidth)}  ${line}`),
  );
}

const usedWords = (used: string | undefined): string => (used === undefined ? "never used" : `used ${since(used)}`);

function cameWords(line: AccessLine): string {
  const { at, method = "", path = "", what, status, allowed, why } = line;
  const end = allowed ? "" : `, refused${why ? ` (${why})` : ""}`;
  return `${at.slice(11, 19)} ${whoWords(line)}  ${what ?? `${method} ${path}`} ${status ?? ""}${end}`;
}

/** Its name before the first line only; where there is nothing, what would make something. */
const section = (name: string, lines: readonly string[] | undefined, none: string): [string, string][] =>
  (lines && lines.length > 0 ? lines : [none]).map((line, at) => [at === 0 ? name : "", line]);
