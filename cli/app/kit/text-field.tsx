/** One line that somebody types, pastes or corrects. A hidden one shows how much was typed and never what. */
import { Text } from "ink";
import { useState } from "react";
import { type KeyPress, useKeyLayer } from "../../ui/keys.ts";
import { characters, widthOf } from "../../ui/width.ts";

export interface Typed {
  /** Characters as a person sees them, so that none is cut apart. */
  before: string[];
  after: string[];
}

export const typed = (text: string): Typed => ({ before: characters(text), after: [] });
export const textOf = ({ before, after }: Typed): string => [...before, ...after].join("");

const isSpace = (character: string | undefined): boolean => character !== undefined && /^\s$/.test(character);

/** Where the word before the cursor begins. */
function wordStart(before: readonly string[]): number {
  let at = before.length;
  while (at > 0 && isSpace(before[at - 1])) at--;
  while (at > 0 && !isSpace(before[at - 1])) at--;
  return at;
}

/** What each key of editing makes of it, as readline has them. */
const edits: Record<string, (now: Typed) => Typed> = {
  left: ({ before, after }) =>
    before.length === 0 ? { before, after } : { before: before.slice(0, -1), after: [before.at(-1)!, ...after] },
  right: ({ before, after }) =>
    after.length === 0 ? { before, after } : { before: [...before, after[0]!], after: after.slice(1) },
  home: ({ before, after }) => ({ before: [], after: [...before, ...after] }),
  end: ({ before, after }) => ({ before: [...before, ...after], after: [] }),
  backspace: ({ before, after }) => ({ before: before.slice(0, -1), after }),
  delete: ({ before, after }) => ({ before, after: after.slice(1) }),
  "ctrl-k": ({ before }) => ({ before, after: [] }),
  "ctrl-u": ({ after }) => ({ before: [], after }),
  "ctrl-w": ({ before, after }) => ({ before: before.slice(0, wordStart(before)), after }),
};
const aliases: Record<string, string> = {
  "ctrl-a": "home",
  "ctrl-e": "end",
  "ctrl-b": "left",
  "ctrl-f": "right",
  "ctrl-h": "backspace",
  "ctrl-d": "delete",
};

/** The field after a key; undefined when the key is none of its. */
export function edit(now: Typed, { name, text }: KeyPress): Typed | undefined {
  const change = edits[aliases[name] ?? name];
  if (change) return change(now);
  // Marks join what they stand behind: the whole is taken apart anew.
  return text === "" ? undefined : { before: characters(now.before.join("") + text), after: now.after };
}

/** Text under the person's hands. The field takes keys while `active`; enter, esc, up and down are its screen's. */
export function useTextField(
  initial: string,
  { active, onChange }: { active: boolean; onChange?(text: string): void },
) {
  const [value, setValue] = useState(() => typed(initial));
  useKeyLayer(
    "field",
    (press) => {
      const next = edit(value, press);
      if (!next) return false;
      setValue(next);
      if (textOf(next) !== textOf(value)) onChange?.(textOf(next));
      return true;
    },
    { active, takesText: true },
  );
  return { value, text: textOf(value), set: (text: string) => setValue(typed(text)) };
}

interface FieldProps {
  value: Typed;
  /** Of prompt and field together. */
  width: number;
  active: boolean;
  prompt?: string;
  hidden?: boolean;
}

/** As much of it as fits, the cursor always in sight. */
export function TextField({ value, width, active, prompt = " ", hidden = false }: FieldProps) {
  const room = width - widthOf(prompt);
  const show = (list: readonly string[]): string => (hidden ? "*".repeat(list.length) : list.join(""));
  const before = endOf(show(value.before), Math.max(1, room - 1));
  const [under = " ", ...rest] = characters(show(value.after));
  const after = startOf(rest.join(""), room - widthOf(before) - widthOf(under));
  // The cursor is a cell turned over, which terminals without colours have, too.
  return (
    <Text wrap="truncate-end">
      {prompt}
      {before}
      {active ? <Text inverse>{under}</Text> : under}
      {after}
    </Text>
  );
}

function endOf(text: string, width: number): string {
  let out = "";
  for (const one of characters(text).reverse()) {
    if (widthOf(out) + widthOf(one) > width) break;
    out = one + out;
  }
  return out;
}

function startOf(text: string, width: number): string {
  let out = "";
  for (const one of characters(text)) {
    if (widthOf(out) + widthOf(one) > width) break;
    out += one;
  }
  return out;
}
