/**
 * Keys, from the terminal to whoever they are meant for: layers, the topmost first, each takes a key or leaves it to the
 * next. Keys come one at a time, so that the second of two typed at once meets what the first one made; a paste is text
 * for a field and never keys.
 */
import type { Key } from "ink";
import { createContext, useContext, useLayoutEffect, useRef } from "react";
import { safeText } from "../safe-text.ts";
import { characters } from "./width.ts";

export interface KeyPress {
  /** `a`, `?`, `space`, `enter`, `esc`, `tab`, `up`, `ctrl-c`, …; `text` when several characters came at once. */
  name: string;
  /** What it types; empty when it types nothing. Safe for a terminal. */
  text: string;
}

/** Who is asked first: a field somebody types in, then its screen, then the frame. */
export type KeyLevel = "field" | "screen" | "frame";
const levels: readonly KeyLevel[] = ["field", "screen", "frame"];

interface Layer {
  level: KeyLevel;
  takesText: boolean;
  /** Whether it took it. */
  handle(press: KeyPress): boolean;
}

type Arrived = { press: KeyPress } | { typed: string } | { pasted: string };

export class KeyHub {
  readonly #layers: Layer[] = [];
  readonly #waiting: Arrived[] = [];
  /** When the last key came, as performance.now() has it. */
  lastAt = 0;
  #busy = false;
  #held = false;

  /** Returns how to take it away. Of one level, the newest comes first. */
  add(layer: Layer): () => void {
    this.#layers.push(layer);
    return () => {
      const at = this.#layers.indexOf(layer);
      if (at >= 0) this.#layers.splice(at, 1);
    };
  }

  /** As Ink tells it. */
  key(input: string, key: Key): void {
    const name = nameOf(input, key);
    this.#arrived(
      name === undefined ? { typed: input } : { press: { name, text: key.ctrl || key.meta ? "" : typedBy(name) } },
    );
  }

  paste(text: string): void {
    this.#arrived({ pasted: text });
  }

  /** Before any that have come since: keys that nobody could take when they came. */
  again(presses: readonly KeyPress[]): void {
    this.#waiting.unshift(...presses.map((press) => ({ press })));
    this.#next();
  }

  /** Keys wait: a screen is about to open, and they are meant for it. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#next();
  }

  #arrived(one: Arrived): void {
    this.lastAt = performance.now();
    this.#waiting.push(one);
    this.#next();
  }

  #next(): void {
    if (this.#busy || this.#held) return;
    const one = this.#waiting.shift();
    if (!one) return;
    this.#busy = true;
    try {
      this.#deliver(one);
    } finally {
      // React's work on what the key changed is queued by now; the second turn of the loop comes after it.
      setImmediate(() =>
        setImmediate(() => {
          this.#busy = false;
          this.#next();
        }),
      );
    }
  }

  #deliver(one: Arrived): void {
    const field = this.#ordered()[0]?.takesText === true;
    if ("press" in one) this.#give(one.press);
    else if ("pasted" in one) {
      if (field) this.#give({ name: "text", text: oneLine(one.pasted) });
    } else if (field) this.#typeInto(one.typed);
    else this.#asKeys(one.typed);
  }

  /** The first of them; the rest may be meant for what it opens. */
  #asKeys(typed: string): void {
    const [first = "", ...rest] = characters(typed);
    if (rest.length > 0) this.#waiting.unshift({ typed: rest.join("") });
    const name = nameOfCharacter(first);
    if (name !== undefined) this.#give({ name, text: typedBy(name) });
  }

  /**
   * Several characters at once are somebody who types fast, or a paste of a terminal that does not mark them: enter
   * counts at the very end only, so that no pasted line is carried out.
   */
  #typeInto(typed: string): void {
    const [, text = "", control = "", rest = ""] = /^([^\u0000-\u001f\u007f]*)([\s\S]?)([\s\S]*)$/.exec(typed) ?? [];
    if (/[\r\n]/.test(control) && /[^\r\n]/.test(rest)) {
      this.#waiting.unshift({ typed: `${text} ${rest.trimStart()}` });
      return;
    }
    const name = nameOfCharacter(control);
    if (rest !== "" && !/[\r\n]/.test(control)) this.#waiting.unshift({ typed: rest });
    if (control !== "" && name !== undefined) this.#waiting.unshift({ press: { name, text: "" } });
    if (text !== "") this.#give({ name: "text", text: oneLine(text) });
  }

  #give(press: KeyPress): void {
    for (const layer of this.#ordered()) if (layer.handle(press)) return;
  }

  #ordered(): Layer[] {
    return levels.flatMap((level) => this.#layers.filter((layer) => layer.level === level).reverse());
  }
}

const oneLine = (text: string): string => safeText(text.replace(/[\r\n]+$/, "")).replaceAll("\ufffd", "");
const typedBy = (name: string): string => (name === "space" ? " " : characters(name).length === 1 ? name : "");

/** Undefined: it is text of several characters. */
function nameOf(input: string, key: Key): string | undefined {
  const named: [boolean, string][] = [
    [key.return, "enter"],
    [key.escape, "esc"],
    [key.tab, key.shift ? "shift-tab" : "tab"],
    [key.backspace || (key.delete && input === ""), key.delete ? "delete" : "backspace"],
    [key.upArrow, "up"],
    [key.downArrow, "down"],
    [key.leftArrow, "left"],
    [key.rightArrow, "right"],
    [key.pageUp, "pageup"],
    [key.pageDown, "pagedown"],
    [key.home, "home"],
    [key.end, "end"],
  ];
  const found = named.find(([is]) => is)?.[1];
  if (found) return found;
  if (key.ctrl && input !== "") return `ctrl-${input === " " ? "space" : input}`;
  if (key.meta && input !== "") return `alt-${input}`;
  if (input === "") return "unknown";
  return characters(input).length === 1 ? (nameOfCharacter(input) ?? "unknown") : undefined;
}

function nameOfCharacter(character: string): string | undefined {
  if (character === " ") return "space";
  if (character === "\r" || character === "\n") return "enter";
  if (character === "\t") return "tab";
  if (character === "\u007f" || character === "\b") return "backspace";
  const code = character.codePointAt(0) ?? 0;
  if (code > 0 && code < 27) return `ctrl-${String.fromCodePoint(code + 96)}`;
  const safe = safeText(character);
  return safe === character ? character : undefined;
}

export const KeyHubContext = createContext<KeyHub | undefined>(undefined);
/** Whether a screen is the one that is seen: keys go to no other. */
export const ActiveContext = createContext(true);
export const useActive = (): boolean => useContext(ActiveContext);

/**
 * While `waiting`, keys that `now` has no use for are kept, and given out anew when it is over: what is typed ahead is
 * not lost. Of a screen that is left meanwhile they are forgotten.
 */
export function useKeptKeys(waiting: boolean, now: (name: string) => boolean): void {
  const hub = useContext(KeyHubContext);
  const seen = useActive();
  const kept = useRef<KeyPress[]>([]);
  useKeyLayer(
    "field",
    (press) => {
      if (now(press.name)) return false;
      kept.current.push(press);
      return true;
    },
    { active: waiting },
  );
  useLayoutEffect(() => {
    if (waiting && seen) return;
    const presses = kept.current.splice(0);
    if (seen) hub?.again(presses);
  }, [hub, waiting, seen]);
}

/** Listens while its screen is seen and `active` is left true. The handler says whether it took the key. */
export function useKeyLayer(
  level: KeyLevel,
  handle: (press: KeyPress) => boolean,
  { active = true, takesText = false }: { active?: boolean; takesText?: boolean } = {},
): void {
  const hub = useContext(KeyHubContext);
  const seen = useActive();
  const newest = useRef(handle);
  // In the same commit as what is drawn: the next key may come right after it.
  useLayoutEffect(() => {
    newest.current = handle;
  });
  const listening = active && (level === "frame" || seen);
  useLayoutEffect(
    () => (listening ? hub?.add({ level, takesText, handle: (press) => newest.current(press) }) : undefined),
    [hub, level, takesText, listening],
  );
}
