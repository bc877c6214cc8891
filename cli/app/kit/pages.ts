/**
 * What a question of a store finds, a page at a time: of a million items one page is in memory, and a token for each page
 * before it. Asks `data ls` or `data query`, and shows the page before while the next one comes.
 */
import { useCallback, useEffect, useState } from "react";
import type { PageDocument } from "../../commands/data-ls.ts";
import type { QueryDocument } from "../../commands/data-query.ts";
import type { FlagValues } from "../../flag-values.ts";
import { useActive } from "../../ui/keys.ts";
import { type Answer, useShell } from "../shell.ts";

export interface Question {
  command: "data ls" | "data query";
  args: readonly string[];
  flags: FlagValues;
}

/** What both commands answer. */
export type Page = Omit<PageDocument, "prefix"> & Pick<Partial<QueryDocument>, "total" | "read">;

interface Place {
  /** A token; nothing of the first page. */
  from?: string;
  /** Rows on the pages before it. */
  before: number;
}

export interface Pages {
  answer: Answer<Page> | undefined;
  page: Page | undefined;
  before: number;
  /** Counts the pages that were shown, and whether the last came from below it. */
  turn: { count: number; backwards: boolean };
  busy: boolean;
  next: (() => void) | undefined;
  previous: (() => void) | undefined;
  again(): void;
}

/** Rows of a page: more than a window has, and few enough to come at once. */
const pageRows = 100;
const firstPlace: Place = { before: 0 };

export const rowsIn = (page: Page | undefined): number => (page?.folders?.length ?? 0) + (page?.items.length ?? 0);

export function usePages(question: Question): Pages {
  const shell = useShell();
  const active = useActive();
  const asked = JSON.stringify(question);
  const [went, go] = useState<{ asked: string; places: readonly Place[]; backwards: boolean; again: number }>({
    ...{ asked, places: [firstPlace], backwards: false, again: 0 },
  });
  // Another question begins at its first page.
  const { places, backwards } = went.asked === asked ? went : { places: [firstPlace], backwards: false };
  const place = places.at(-1)!;
  const [shown, show] = useState<{ asked: string; place: Place; answer: Answer<Page>; turn: Pages["turn"] }>();
  const [busy, setBusy] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once more is a look more
  useEffect(() => {
    if (!active) return undefined;
    let left = false;
    const { command, args, flags } = JSON.parse(asked) as Question;
    const from = place.from === undefined ? {} : { from: place.from };
    setBusy(true);
    void shell.call<Page>(command, args, { ...flags, limit: String(pageRows), ...from }).then((answer) => {
      if (left) return;
      setBusy(false);
      show((before) => {
        const same = before?.asked === asked && before.place === place;
        const count = (before?.turn.count ?? 0) + (same ? 0 : 1);
        return { asked, place, answer, turn: { count, backwards } };
      });
    });
    return () => {
      left = true;
    };
  }, [shell, active, asked, place, backwards, went.again]);
  const now = shown?.asked === asked ? shown : undefined;
  const page = now?.answer.document;
  const next = page?.next;
  const turned = (to: readonly Place[], back: boolean): void =>
    go({ asked, places: to, backwards: back, again: went.again });
  const again = useCallback(() => go((before) => ({ ...before, again: before.again + 1 })), []);
  const still = now?.place === place;
  return {
    answer: now?.answer,
    page,
    before: now?.place.before ?? 0,
    turn: shown?.turn ?? { count: 0, backwards: false },
    busy,
    next:
      still && next !== undefined
        ? () => turned([...places, { from: next, before: place.before + rowsIn(page) }], false)
        : undefined,
    previous: still && places.length > 1 ? () => turned(places.slice(0, -1), true) : undefined,
    again,
  };
}
