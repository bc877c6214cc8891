/**
 * What every screen looks like: a title line, what it shows, a status line, the keys it takes. The keys that are shown
 * are the keys that work: both come from one list. Never taller than the window, which would make drawing slow.
 */
import { Box, Text, useWindowSize } from "ink";
import { createContext, type ReactNode, useContext } from "react";
import { useKeptKeys, useKeyLayer } from "../../ui/keys.ts";
import { fill, widthOf, wrap } from "../../ui/width.ts";
import { useShell } from "../shell.ts";
import { Say, type Tone } from "./say.tsx";

export interface ScreenKey {
  /** As the terminal names it: `u`, `enter`, `pageup`. */
  key: string;
  /** More keys that do the same; they are not shown. */
  also?: readonly string[];
  /** A word or two, for the line of keys. Without one it is in the help only. */
  label?: string;
  /** What it does, for the help. */
  does: string;
  run(): void;
}

export interface Area {
  columns: number;
  rows: number;
}

interface Props {
  title: string;
  /** At the end of the title line, where there is room. */
  right?: string;
  keys: readonly ScreenKey[];
  /** What it shows has not come yet: keys that have no use until then are kept for it. */
  waiting?: boolean;
  /** Somebody types in a field: keys that are characters are not taken, and not shown. */
  typing?: boolean;
  status?: { words: string; tone?: Tone } | undefined;
  /** What is shown, in at most this much room. */
  children(area: Area): ReactNode;
}

/** How deep in the stack a screen lies; the first has nothing to go back to. */
export const DepthContext = createContext(0);

export function Screen({ title, right, keys, waiting = false, typing = false, status, children }: Props) {
  const { columns, rows } = useWindowSize();
  const { fullscreen } = useShell();
  const all = useAllKeys(keys, title);
  const usable = typing ? all.filter(({ key }) => key.length > 1) : all;
  useKeyLayer("screen", ({ name }) => {
    const found = usable.find(({ key, also }) => key === name || also?.includes(name));
    found?.run();
    return found !== undefined;
  });
  useKeptKeys(
    waiting,
    (name) => isFrames(name) || usable.some(({ key, also }) => key === name || also?.includes(name)),
  );
  const width = Math.max(10, columns - 1);
  const footer = keyLines(usable, width - 1);
  // What to do next stands at the end of what went wrong: a window that has room shows all of it.
  const most = Math.max(4, Math.floor(rows / 2) - 3);
  const words = status ? wrap(status.words, width - 1).slice(0, most) : [];
  // Below the frame the cursor has a line of its own.
  const room = Math.max(1, rows - 1 - 2 - (words.length > 0 ? words.length + 1 : 0) - 1 - footer.length);
  return (
    <Box flexDirection="column" width={columns} {...(fullscreen ? { minHeight: rows - 1 } : {})}>
      <Say tone="strong">{titleLine(title, right, width)}</Say>
      <Text> </Text>
      <Box flexDirection="column" flexGrow={1}>
        {children({ columns: width, rows: room })}
      </Box>
      {words.length > 0 ? <Text> </Text> : null}
      {words.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
        <Say key={at} {...(status?.tone ? { tone: status.tone } : {})}>{` ${line}`}</Say>
      ))}
      <Text> </Text>
      {footer.map((line) => (
        <Say key={line} tone="dim">{` ${line}`}</Say>
      ))}
    </Box>
  );
}

/** Leaving and stopping never wait. */
const isFrames = (name: string): boolean => name === "ctrl-c" || name === "ctrl-z";

/** With those of every screen: help, the command line, back, quit. */
function useAllKeys(keys: readonly ScreenKey[], title: string): ScreenKey[] {
  const shell = useShell();
  const depth = useContext(DepthContext);
  const own = new Set(keys.flatMap(({ key, also }) => [key, ...(also ?? [])]));
  const everywhere: ScreenKey[] = [
    ...(depth > 0 ? [{ key: "esc", label: "back", does: "back to where you were", run: () => shell.back() }] : []),
    { key: ":", label: "command", does: "type any command", run: () => shell.open("palette", {}) },
    {
      key: "?",
      label: "help",
      does: "every key and every command",
      run: () => shell.open("help", { of: title, keys: all.map(({ key, does }) => ({ key, does })) }),
    },
    { key: "q", label: "quit", does: "leave; what runs goes on running", run: () => shell.quit() },
  ];
  const all = [...keys, ...everywhere.filter(({ key }) => !own.has(key))];
  return all;
}

function titleLine(title: string, right: string | undefined, width: number): string {
  const left = ` freehold  ${title}`;
  const end = right ? `  ${right}` : "";
  // `2 apps · 1.2 MB · $0/month` loses its last part first.
  if (right && widthOf(left) + widthOf(end) > width)
    return titleLine(title, right.split(" · ").slice(0, -1).join(" · "), width);
  if (!right) return fill(left, width).trimEnd();
  return fill(left, width - widthOf(end)) + end;
}

/** `enter open   u upgrade`, in as many lines as the width needs. */
export function keyLines(keys: readonly { key: string; label?: string }[], width: number): string[] {
  const lines: string[] = [];
  for (const { key, label } of keys) {
    if (label === undefined) continue;
    const words = `${key} ${label}`;
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(words) <= width)
      lines[lines.length - 1] = `${last}   ${words}`;
    else lines.push(words);
  }
  return lines;
}
