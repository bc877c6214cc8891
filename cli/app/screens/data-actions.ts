/**
 * What one does with an item or a file, the same in its store's list and on its own screen: edit, remove, take back. What
 * takes something away says first what it is; the same key again is the yes. Everything is a command of data's.
 */
import { useState } from "react";
import type { DataHistoryDocument } from "../../commands/data-history.ts";
import type { RemoveDocument } from "../../commands/data-rm.ts";
import type { UndoDocument } from "../../commands/data-undo.ts";
import { createPaint } from "../../ui/paint.ts";
import { many } from "../../ui/table.ts";
import { moment } from "../../ui/time.ts";
import { plain as undoneWords } from "../../views/data-undo.ts";
import { faultWords, type Status } from "../kit/operation.ts";
import type { ScreenKey } from "../kit/screen.tsx";
import { type Shell, useShell } from "../shell.ts";

export interface Subject {
  /** One word that names it whole. */
  key: string;
  /** As it is read. */
  shown: string;
}

interface Means {
  /** `notes/notes`, or with its kind: `notes/notes:table`. */
  store: string;
  /** Something is another: what is shown is looked at again. */
  changed(): void;
  /** With what there is to say of it, where nobody would see it here any more. */
  removed(words: string): void;
}

interface Asked {
  of: string;
  /** Nothing brings it back. */
  forGood?: true;
  /** What `data undo` is to take back. */
  change?: string;
}

export interface DataActions {
  status: Status | undefined;
  say(status: Status | undefined): void;
  /** A question that was not answered is none any more. */
  forget(): void;
  keys(subject: Subject | undefined): ScreenKey[];
}

export function useDataActions({ store, changed, removed }: Means): DataActions {
  const shell = useShell();
  const [status, say] = useState<Status>();
  const [asked, setAsked] = useState<Asked>();
  const ask = (of: string, words: string, more: Omit<Asked, "of"> = {}): void => {
    setAsked({ of, ...more });
    say({ words, tone: "warn" });
  };
  const forget = (): void => {
    if (asked) say(undefined);
    setAsked(undefined);
  };
  const edit = async ({ key }: Subject): Promise<void> => {
    forget();
    const code = await shell.run(["data", "edit", store, key]);
    say(code === 0 ? undefined : { words: "Nothing was changed; what was said of it stands above.", tone: "warn" });
    changed();
  };
  const remove = async ({ key, shown }: Subject, sure: boolean): Promise<void> => {
    const of = `rm ${key}`;
    if (asked?.of !== of) return ask(of, `Remove ${shown} from ${store}? x removes it, and u brings it back.`);
    // What nothing brings back wants a key of its own.
    if (asked.forGood && !sure) return;
    setAsked(undefined);
    const flags = asked.forGood ? { data: "delete" } : {};
    const { fault, document } = await shell.call<RemoveDocument>("data rm", [store, key], flags);
    if (fault?.code === "answer-needed") return ask(of, `${fault.detail} y does it.`, { forGood: true });
    if (fault) return say({ words: faultWords(fault), tone: "bad" });
    const end = asked.forGood ? " for good." : ". u brings it back.";
    const words = document?.removed ? `${shown} is removed${end}` : `${shown} was gone.`;
    say({ words });
    removed(words);
  };
  const undo = async (): Promise<void> => {
    if (asked?.of === "undo" && asked.change !== undefined) {
      setAsked(undefined);
      const { fault, document } = await shell.call<UndoDocument>("data undo", [asked.change]);
      if (fault) return say({ words: faultWords(fault), tone: "bad" });
      say({ words: document ? undoneWords(document, createPaint(false)).split("\n")[0]! : "done" });
      return changed();
    }
    const { fault, document } = await shell.call<DataHistoryDocument>("data history", [], { limit: "200" });
    if (fault) return say({ words: faultWords(fault), tone: "bad" });
    const last = document && lastOf(document, store);
    if (!last) return say({ words: `No change of ${store} is kept on this computer that is not taken back.` });
    ask("undo", `${lastWords(last)} u takes that back.`, { change: last.change });
  };
  const keys = (subject: Subject | undefined): ScreenKey[] => [
    ...(subject && asked?.forGood
      ? [
          {
            key: "y",
            label: "for good",
            does: "remove what nothing brings back",
            run: () => void remove(subject, true),
          },
        ]
      : []),
    ...(subject
      ? [
          {
            key: "e",
            label: "edit",
            does: "in your editor; never over what changed meanwhile",
            run: () => void edit(subject),
          },
          { key: "x", label: "remove", does: "remove it; asked about first", run: () => void remove(subject, false) },
        ]
      : []),
    { key: "u", label: "undo", does: "take the last change here back; says first what it is", run: () => void undo() },
  ];
  return { status, say, forget, keys };
}

/** Of what is gone there is nothing to show: what happened stands above. */
export function leave(shell: Shell, words: string): void {
  shell.print(words);
  shell.back();
}

type Change = DataHistoryDocument["changes"][number];

/** The newest change of this store that stands. */
const lastOf = ({ changes }: DataHistoryDocument, store: string): Change | undefined =>
  changes.find(
    ({ stores, what, undone }) => what !== "undo" && !undone && stores.includes(store.replace(/:(table|bucket)$/, "")),
  );

const lastWords = ({ what, key, count, at }: Change): string =>
  `${count > 1 ? many(count, "change") : key} ${count > 1 ? "were made" : `was ${what}`}, ${moment(at)}.`;
