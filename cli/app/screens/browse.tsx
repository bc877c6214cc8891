/**
 * Browse: type to search every catalog this home knows, narrow it with one key each, look closer, install. A view of
 * `search`: what it shows is what that answers.
 */
import { useWindowSize } from "ink";
import { useEffect, useRef, useState } from "react";
import type { SearchDocument, SearchHit } from "../../../catalog/documents.ts";
import type { FlagValues } from "../../flag-values.ts";
import { ageWords } from "../../ui/time.ts";
import { cut, fill } from "../../ui/width.ts";
import { compactWords } from "../../views/search.ts";
import { List, type Selection, useSelection } from "../kit/list.tsx";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, type Shell, useShell } from "../shell.ts";

/** Flags of `search`, one value each. */
type Filters = Partial<Record<FilterName, string>>;
type FilterName = "tag" | "license" | "runtime" | "reach";

/** As many more rows are asked for when somebody scrolls to the end of those that fill the window. */
const page = 60;

export function Browse({ query = "", flags = {} }: ScreenParams["browse"]) {
  const shell = useShell();
  const [filters, setFilters] = useState(() => begunWith(flags));
  const [typing, setTyping] = useState(true);
  const field = useTextField(query, { active: typing });
  const { answer, more } = useSearch(shell, field.text, filters);
  const hits = answer?.document?.hits ?? [];
  const selection = useSelection(hits.length, { typing });
  const hit = hits[selection.at];
  useEffect(() => {
    if (selection.at >= hits.length - 1) more();
  });
  const narrow = (name: FilterName) => async () => {
    const next = await nextValue(shell, field.text, filters, name);
    const { [name]: _, ...others } = filters;
    setFilters(next === undefined ? others : { ...others, [name]: next });
  };
  const keys: ScreenKey[] = [
    ...hitKeys(shell, hit),
    ...(typing
      ? [{ key: "tab", label: "filters", does: "keys narrow the list instead of typing", run: () => setTyping(false) }]
      : [
          ...filterKeys(narrow),
          { key: "x", label: "all", does: "no filters", run: () => setFilters({}) },
          { key: "/", also: ["tab"], label: "type", does: "type to search", run: () => setTyping(true) },
        ]),
  ];
  return (
    <Screen title="browse" right={counted(answer)} typing={typing} keys={keys} status={statusOf(answer, hit)}>
      {({ rows, columns }) => (
        <>
          <TextField prompt=" Search: " value={field.value} width={columns} active={typing} />
          <Say tone="dim">{` ${filterWords(filters)}`}</Say>
          <Hits answer={answer} selection={selection} rows={Math.max(1, rows - 2)} columns={columns} />
        </>
      )}
    </Screen>
  );
}

/** Of a filter given more than once the first: a screen has one of each. */
function begunWith(flags: FlagValues): Filters {
  const names = ["tag", "license", "runtime", "reach"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const [value] = [flags[name]].flat();
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

function hitKeys(shell: Shell, hit: SearchHit | undefined): ScreenKey[] {
  if (!hit) return [];
  // With its catalog: a plain name would mean an installed app first.
  const ref = `${hit.catalog}/${hit.name}`;
  return [
    {
      key: "enter",
      label: "look closer",
      does: "what it is, may reach and costs",
      run: () => shell.open("card", { ref }),
    },
    { key: "c", label: "code", does: "read the code that would run", run: () => shell.open("source", { ref }) },
  ];
}

const filterKeys = (narrow: (name: FilterName) => () => Promise<void>): ScreenKey[] => [
  { key: "t", label: "tag", does: "only the next tag among those found", run: () => void narrow("tag")() },
  { key: "l", label: "licence", does: "only the next licence among those found", run: () => void narrow("license")() },
  { key: "r", label: "runtime", does: "only the next runtime among those found", run: () => void narrow("runtime")() },
  {
    key: "w",
    label: "reach",
    does: "only what reaches nothing, is public, talks to hosts, wants a secret",
    run: () => void narrow("reach")(),
  },
];

const filterWords = (filters: Filters): string => {
  const said = Object.entries(filters).map(([name, value]) => `${name} ${value}`);
  return `Only:   ${said.length === 0 ? "no filter" : said.join(", ")}`;
};

/** The newest answer; while one is under way only the newest question after it waits. */
function useSearch(shell: Shell, text: string, filters: Filters) {
  const [answer, setAnswer] = useState<Answer<SearchDocument>>();
  const [further, setFurther] = useState(0);
  const limit = useWindowSize().rows + further;
  const under = useRef({ busy: false, wanted: undefined as (() => Promise<void>) | undefined, gone: false });
  useEffect(() => {
    const state = under.current;
    return () => {
      state.gone = true;
    };
  }, []);
  useEffect(() => {
    const state = under.current;
    state.gone = false;
    state.wanted = async () => {
      const found = await search(shell, text, filters, limit);
      if (!state.gone) setAnswer(found);
    };
    const go = async (): Promise<void> => {
      const next = state.wanted;
      state.wanted = undefined;
      if (!next || state.gone) return;
      state.busy = true;
      await next();
      state.busy = false;
      await go();
    };
    if (!state.busy) void go();
  }, [shell, text, filters, limit]);
  const shown = answer?.document;
  const more = (): void => {
    if (shown && shown.hits.length < shown.total && shown.hits.length === limit) setFurther(further + page);
  };
  return { answer, more };
}

const search = (shell: Shell, text: string, filters: Filters, limit: number): Promise<Answer<SearchDocument>> =>
  shell.call<SearchDocument>("search", [text], {
    ...Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, name === "tag" ? [value] : value])),
    limit: String(limit),
  });

/** What a filter may be set to, of what is found without it: the most frequent first. */
async function nextValue(shell: Shell, text: string, filters: Filters, name: FilterName): Promise<string | undefined> {
  const { [name]: now, ...others } = filters;
  const values = name === "reach" ? ["none", "public", "hosts", "secret"] : await valuesOf(shell, text, others, name);
  const at = now === undefined ? -1 : values.indexOf(now);
  return values[at + 1];
}

async function valuesOf(shell: Shell, text: string, filters: Filters, name: FilterName): Promise<string[]> {
  const { document } = await search(shell, text, filters, 1000);
  const counts = new Map<string, number>();
  for (const hit of document?.hits ?? [])
    for (const value of name === "tag"
      ? hit.tags
      : name === "runtime"
        ? hit.runtimes
        : hit.license
          ? [hit.license]
          : [])
      counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
}

interface HitsProps {
  answer: Answer<SearchDocument> | undefined;
  selection: Selection;
  rows: number;
  columns: number;
}

function Hits({ answer, selection, rows, columns }: HitsProps) {
  if (!answer) return <Say tone="dim">{" looking"}</Say>;
  const hits = answer.document?.hits ?? [];
  if (hits.length === 0) return <Say>{answer.fault ? " " : " Nothing fits. Fewer letters, or x for no filters."}</Say>;
  return <List selection={selection} rows={rows} columns={columns} row={(at, width) => hitLine(hits[at]!, width)} />;
}

/** Name and version always; the rest where there is room. */
function hitLine({ name, version, title, tagline, installed, warnings }: SearchHit, width: number): string {
  const mark = warnings.length > 0 ? "!" : installed?.length ? "*" : " ";
  const start = `${mark} ${fill(name, Math.min(24, Math.max(10, width - 12)))} ${fill(version, 8)}`;
  return width < 60 ? cut(start, width) : cut(`${start}  ${tagline ?? title}`, width);
}

function counted(answer: Answer<SearchDocument> | undefined): string {
  if (!answer?.document) return "";
  const { total, catalogs, corrected } = answer.document;
  const all = catalogs.reduce((sum, { entries }) => sum + entries, 0);
  return `${corrected ? "close to it: " : ""}${total.toLocaleString("en")} of ${all.toLocaleString("en")}`;
}

/** Of the row that is meant: who answers for it, what it may reach, what to look at twice; and of catalogs, how old. */
function statusOf(answer: Answer<SearchDocument> | undefined, hit: SearchHit | undefined): Status | undefined {
  if (answer?.fault) return { words: faultWords(answer.fault), tone: "bad" };
  if (hit?.warnings.length)
    return { words: `Look twice: ${hit.warnings.join("; ")}. From ${hit.publisher}.`, tone: "warn" };
  const old = answer?.document?.catalogs.filter(({ state }) => state !== "fresh") ?? [];
  const aged = old.map(({ name, state, ageMs, failure }) => {
    const age = ageMs === undefined ? "" : `, as of ${ageWords(ageMs)}`;
    return `${name} ${state === "broken" ? "cannot be read" : "is a copy"}${age}${failure ? ` (${failure.summary})` : ""}`;
  });
  if (!hit) return aged.length > 0 ? { words: aged.join("; "), tone: "warn" } : undefined;
  const facts = [hit.publisher, hit.license ?? "no licence", compactWords(hit.reach)];
  const installed = hit.installed?.map(({ app, version }) => `installed as ${app} ${version}`) ?? [];
  return { words: [...facts, ...installed, ...aged].join(" · ") };
}
