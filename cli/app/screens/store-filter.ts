/**
 * A filter in plain words: typed, planned, then asked. What it would read is said before it is read; a whole table of more
 * than a few pages waits for enter. A view of `data query --plan`; the command says what is wrong with the words.
 */
import { useState } from "react";
import type { QueryDocument } from "../../commands/data-query.ts";
import { faultWords, type Status } from "../kit/operation.ts";
import type { ScreenKey } from "../kit/screen.tsx";
import { type Typed, useTextField } from "../kit/text-field.tsx";
import { useShell } from "../shell.ts";

export interface Filter {
  typing: boolean;
  value: Typed;
  /** What is shown, and what that read. */
  asked: { text: string; words: string } | undefined;
  status: Status | undefined;
  /** While somebody types, or is asked. */
  keys: ScreenKey[] | undefined;
  begin(): void;
  end(): void;
}

export function useFilter(store: string, kind: "table" | "bucket"): Filter {
  const shell = useShell();
  const [typing, setTyping] = useState(false);
  const [status, say] = useState<Status>();
  const [asked, setAsked] = useState<Filter["asked"]>();
  const [planned, setPlanned] = useState<{ text: string; words: string }>();
  const field = useTextField("", {
    active: typing,
    onChange: () => {
      say(undefined);
      setPlanned(undefined);
    },
  });
  const leave = (): void => {
    setTyping(false);
    setPlanned(undefined);
    say(undefined);
  };
  const run = (plan: NonNullable<Filter["asked"]>): void => {
    leave();
    setAsked(plan);
  };
  const end = (): void => {
    leave();
    field.set("");
    setAsked(undefined);
  };
  const plan = async (): Promise<void> => {
    const text = field.text.trim();
    if (text === "") return end();
    if (planned?.text === text) return run(planned);
    say({ words: "looking what it would read" });
    const { fault, document } = await shell.call<QueryDocument>("data query", [store, text], { plan: true });
    if (fault) return say({ words: faultWords(fault), tone: "bad" });
    const words = document?.planned?.words ?? "";
    if (document?.planned?.asked === false) return run({ text, words });
    setPlanned({ text, words });
    say({ words: `This reads ${words}. enter reads it, esc leaves it.`, tone: "warn" });
  };
  const back = (): void => {
    field.set(asked?.text ?? "");
    leave();
  };
  const names = kind === "bucket" ? "key, size and modified" : "any attribute";
  return {
    typing,
    value: field.value,
    asked,
    status:
      status ?? (typing ? { words: `= != < <= > >= between in starts with contains exists; of ${names}` } : undefined),
    keys: typing
      ? [
          {
            key: "enter",
            label: planned ? "read it" : "find",
            does: "say what it reads, and show what fits",
            run: () => void plan(),
          },
          { key: "esc", label: "leave it", does: "show what was shown", run: back },
        ]
      : undefined,
    begin: () => setTyping(true),
    end,
  };
}
