/**
 * One table or bucket: a page of what is in it, a filter in plain words whose plan is said before it runs, folders of a
 * bucket. A view of `data ls` and `data query`, which page; nothing is loaded that is not shown.
 */
import { useEffect, useLayoutEffect } from "react";
import { useKeyLayer } from "../../ui/keys.ts";
import { sizeWords } from "../../ui/size.ts";
import { moment } from "../../ui/time.ts";
import { cut, fill } from "../../ui/width.ts";
import { lines } from "../../views/data-ls.ts";
import { List, type Selection, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { type Page, type Pages, type Question, rowsIn, usePages } from "../kit/pages.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { TextField } from "../kit/text-field.tsx";
import { Twin, typedFile } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Shell, useShell } from "../shell.ts";
import { type Subject, useDataActions } from "./data-actions.ts";
import { type Filter, useFilter } from "./store-filter.ts";

type Params = ScreenParams["store"];

export function StoreScreen(params: Params) {
  const { store, kind, folder } = params;
  const shell = useShell();
  const filter = useFilter(store, kind);
  const pages = usePages(questionOf(params, filter.asked));
  const { page } = pages;
  const selection = useRows(pages, filter.typing);
  const row = page && rowAt(page, selection.at);
  const actions = useDataActions({ store, changed: pages.again, removed: pages.again });
  const { forget } = actions;
  // What was asked about another row is no question any more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the row that counts
  useEffect(() => forget(), [selection.at, pages.turn.count]);
  const subject = row && "key" in row ? row : undefined;
  const keys = filter.keys ?? [
    ...openKeys(shell, params, row),
    { key: "/", label: "filter", does: "show what fits, in plain words: tag = x and size > 10", run: filter.begin },
    ...(filter.asked ? [{ key: "a", label: "all", does: "show everything again", run: filter.end }] : []),
    ...actions.keys(subject),
    ...pageKeys(pages),
  ];
  const fault = pages.answer?.fault;
  const failed = fault && { words: faultWords(fault), tone: "bad" as const };
  return (
    <Screen
      title={`${store}${folder ? ` · ${folder.name}` : ""}`}
      right={placeWords(params, pages, filter)}
      waiting={!pages.answer && !filter.typing}
      typing={filter.typing}
      keys={keys}
      status={filter.status ?? failed ?? actions.status}
    >
      {({ rows, columns }) => (
        <>
          {filter.typing || filter.asked ? (
            <TextField prompt=" Filter: " value={filter.value} width={columns} active={filter.typing} />
          ) : null}
          {filter.asked ? <Say tone="dim">{cut(` reads ${filter.asked.words}`, columns)}</Say> : null}
          <Rows
            pages={pages}
            selection={selection}
            rows={Math.max(1, rows - 1 - (filter.asked ? 2 : filter.typing ? 1 : 0))}
            columns={columns}
            inFolder={folder?.name ?? ""}
          />
          <Twin
            words={twinWords(params, filter)}
            flags={kind === "bucket" && !filter.asked ? ["--folders"] : []}
            columns={columns}
          />
        </>
      )}
    </Screen>
  );
}

function questionOf({ store, kind, folder }: Params, asked: Filter["asked"]): Question {
  // What it reads was said, and agreed to where that is a lot.
  if (asked) return { command: "data query", args: [store, asked.text], flags: { yes: true } };
  const args = folder ? [store, folder.prefix] : [store];
  return { command: "data ls", args, flags: kind === "bucket" ? { folders: true } : {} };
}

const twinWords = ({ store, folder }: Params, { asked }: Filter): string[] =>
  asked ? ["data", "query", store, asked.text] : ["data", "ls", store, ...(folder ? [typedFile(folder.prefix)] : [])];

/** At the end of a page the next one, at its beginning the one before: whoever scrolls need not know of pages. */
function useRows(pages: Pages, typing: boolean): Selection {
  const count = rowsIn(pages.page);
  const selection = useSelection(count, { typing });
  const { turn } = pages;
  // In the same commit as what is drawn: the next key may come right after it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that is looked at again keeps its row
  useLayoutEffect(() => selection.select(turn.backwards ? count - 1 : 0), [turn.count]);
  useKeyLayer(
    "screen",
    ({ name }) => {
      const down = ["down", "j", "pagedown"].includes(name) && selection.at >= count - 1 && pages.next;
      const up = ["up", "k", "pageup"].includes(name) && selection.at === 0 && pages.previous;
      const go = down || up;
      if (go) go();
      return Boolean(go);
    },
    { active: !typing },
  );
  return selection;
}

type Row = Subject | { folder: { name: string; prefix: string } };

/** Folders first, as they are listed. */
function rowAt(page: Page, at: number): Row | undefined {
  const folders = page.folders ?? [];
  const folder = folders[at];
  if (folder) return { folder };
  const item = page.items[at - folders.length];
  const key = page.keys[at - folders.length];
  if (!item || key === undefined) return undefined;
  const word = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const shown =
    page.kind === "bucket" ? word(item["key"]) : page.key.map((name) => `${name}=${word(item[name])}`).join(" ");
  return { key, shown };
}

function openKeys(shell: Shell, { store, kind }: Params, row: Row | undefined): ScreenKey[] {
  if (!row) return [];
  const run = (): void =>
    "folder" in row
      ? shell.open("store", { store, kind, folder: row.folder })
      : shell.open("item", { store, kind, id: row.key, shown: row.shown });
  return [{ key: "enter", label: "open", does: "look at it, whole", run }];
}

function pageKeys({ next, previous, again }: Pages): ScreenKey[] {
  return [
    ...(next ? [{ key: "n", label: "next page", does: "the page that follows", run: next }] : []),
    ...(previous ? [{ key: "p", label: "page before", does: "the page before this one", run: previous }] : []),
    { key: "r", does: "look again", run: again },
  ];
}

/** `101 to 200 · about 1,000,000 in all` */
function placeWords({ items, more, folder }: Params, { page, before, busy }: Pages, { asked }: Filter): string {
  const count = rowsIn(page);
  if (!page) return "";
  const wait = busy ? " · looking" : "";
  if (count === 0) return `nothing${wait}`;
  const whole = before === 0 && page.next === undefined;
  const of =
    asked || folder || items === undefined ? "" : ` · ${more ? "over" : "about"} ${items.toLocaleString("en")} in all`;
  const total = whole ? ` of ${count}` : of;
  return `${(before + 1).toLocaleString("en")} to ${(before + count).toLocaleString("en")}${total}${wait}`;
}

interface RowsProps {
  pages: Pages;
  selection: Selection;
  rows: number;
  columns: number;
  inFolder: string;
}

function Rows({ pages: { page, answer, next }, selection, rows, columns, inFolder }: RowsProps) {
  if (!page) return <Say tone="dim">{answer ? " " : " looking"}</Say>;
  if (rowsIn(page) === 0) return <Say>{next ? " Nothing so far; n goes on." : " Nothing is in it that fits."}</Say>;
  const folders = page.folders ?? [];
  const row = (at: number, width: number): string => {
    const folder = folders[at];
    if (folder) return cut(`${fill("folder", fileStart(width) - 1)} ${folder.name.slice(inFolder.length)}`, width);
    const item = page.items[at - folders.length]!;
    if (page.kind === "table") return lines({ ...page, items: [item] }, width);
    const time = width < narrow ? "" : `  ${moment(String(item["modified"]))}`;
    const name = String(item["key"]);
    const below = name.startsWith(inFolder) ? name.slice(inFolder.length) : name;
    return cut(`${fill(sizeWords(Number(item["size"])), sizeWidth)}${time}  ${below}`, width);
  };
  return <List selection={selection} rows={rows} columns={columns} row={row} />;
}

const narrow = 60;
const sizeWidth = 8;
/** Where names of files begin. */
const fileStart = (width: number): number => sizeWidth + 2 + (width < narrow ? 0 : 18);
