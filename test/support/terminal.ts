/**
 * A command in a real pseudo-terminal, and its screen as a person sees it: bytes go through a terminal emulator of a
 * given size, which answers its questions, too. Waits for what is shown and never sleeps.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { expect } from "vitest";
import { freehold, type Home, root } from "./home.ts";

export interface TerminalOptions {
  cols?: number;
  rows?: number;
  /** Whole; nothing of this process's own comes along. */
  env: NodeJS.ProcessEnv;
  cwd: string;
  command?: string;
  /** Milliseconds a wait may take. */
  patienceMs?: number;
}

const named: Record<string, string> = {
  enter: "\r",
  esc: "\u001b",
  tab: "\t",
  "shift-tab": "\u001b[Z",
  space: " ",
  backspace: "\u007f",
  delete: "\u001b[3~",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  home: "\u001b[H",
  end: "\u001b[F",
  pageup: "\u001b[5~",
  pagedown: "\u001b[6~",
};

/** A key's bytes: `enter`, `ctrl-c`, or a character as it is. */
function bytesOf(key: string): string {
  const control = /^ctrl-([a-z])$/.exec(key)?.[1];
  if (control) return String.fromCharCode(control.charCodeAt(0) - 96);
  const bytes = named[key] ?? (key.length === 1 ? key : undefined);
  if (bytes === undefined) throw new Error(`no key is called ${key}; type() sends text`);
  return bytes;
}

const open = new Set<Terminal>();

/** Ends all that are open; for afterEach. */
export async function closeTerminals(): Promise<void> {
  await Promise.all([...open].map((terminal) => terminal.close()));
}

export type Terminal = ReturnType<typeof openTerminal>;

export function openTerminal(args: readonly string[], options: TerminalOptions) {
  const { cols = 80, rows = 24, env, cwd, command = process.execPath, patienceMs = 30_000 } = options;
  const screen = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
  const pty: IPty = spawn(command, [...args], { name: env["TERM"] ?? "xterm-256color", cols, rows, env, cwd });
  const waiting = new Set<() => void>();
  let raw = "";
  let code: number | undefined;
  const look = (): void => {
    for (const one of [...waiting]) one();
  };
  // A write to a command that has ended fails: it has nothing to say any more.
  const send = (data: string): void => {
    if (code === undefined) pty.write(data);
  };
  screen.onData(send);
  pty.onData((data) => {
    raw += data;
    screen.write(data, look);
  });
  const exited = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode, signal }) => {
      code = signal ? 128 + signal : exitCode;
      // Behind what was written before it.
      screen.write("", () => {
        look();
        resolve(code!);
      });
    }),
  );
  const rowsFrom = (from: number, to: number): string[] =>
    Array.from(
      { length: Math.max(0, to - from) },
      (_, at) => screen.buffer.active.getLine(from + at)?.translateToString(true) ?? "",
    );
  /** What is in the window now. */
  const lines = (): string[] => {
    const { baseY } = screen.buffer.active;
    return rowsFrom(baseY, baseY + screen.rows);
  };
  /** What has left the window at its top. */
  const scrollback = (): string[] => rowsFrom(0, screen.buffer.active.baseY);
  const all = (): string[] => [...scrollback(), ...lines()];
  const text = (): string => lines().join("\n").trimEnd();

  /** Answers once `holds` does; looks after every change of the screen. */
  const until = (what: string, holds: () => boolean, ms = patienceMs): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        waiting.delete(check);
        clearTimeout(timer);
      };
      const fail = (why: string): void => {
        done();
        reject(
          new Error(`${why} ${what}; the screen:\n${text()}\n(the last bytes: ${JSON.stringify(raw.slice(-300))})`),
        );
      };
      const timer = setTimeout(() => fail(`in ${ms} ms never`), ms);
      const check = (): void => {
        if (holds()) {
          done();
          resolve();
        } else if (code !== undefined) fail(`it ended with ${code} and never`);
      };
      waiting.add(check);
      check();
    });

  const terminal = {
    pid: pty.pid,
    exited,
    lines,
    scrollback,
    all,
    text,
    /** Every byte so far. */
    raw: () => raw,
    cursor: () => ({ x: screen.buffer.active.cursorX, y: screen.buffer.active.cursorY }),
    /** Whether the command has asked for the alternate screen and not left it. */
    alternate: () => screen.buffer.active.type === "alternate",
    modes: () => screen.modes,
    /** One after the other, each a key of its own: `keys("down", "enter", "q")`. */
    keys(...keys: string[]): void {
      for (const key of keys) send(bytesOf(key));
    },
    type: send,
    /** As a terminal does it: in brackets when the command asked for them. */
    paste(what: string): void {
      send(screen.modes.bracketedPasteMode ? `\u001b[200~${what}\u001b[201~` : what);
    },
    resize(columns: number, height: number): void {
      screen.resize(columns, height);
      if (code === undefined) pty.resize(columns, height);
    },
    /** The terminal goes away, as when its window is closed or its connection lost. */
    hangUp(): void {
      (pty as IPty & { destroy(): void }).destroy();
    },
    kill(signal: NodeJS.Signals = "SIGKILL"): void {
      if (code === undefined) pty.kill(signal);
    },
    until,
    /** The window comes to show it. */
    shows: (pattern: RegExp, ms?: number) => until(`showed ${pattern}`, () => pattern.test(text()), ms),
    /** Nothing has come for a while: what is written to a file is the whole of a drawing. */
    async settled(): Promise<void> {
      for (let before = -1; before !== raw.length; await after(500)) before = raw.length;
    },
    hides: (pattern: RegExp, ms?: number) => until(`was without ${pattern}`, () => !pattern.test(text()), ms),
    /** It stands somewhere, in the window or above it. */
    has: (pattern: RegExp, ms?: number) => until(`had ${pattern}`, () => pattern.test(all().join("\n")), ms),
    async close(): Promise<void> {
      open.delete(terminal);
      terminal.kill();
      await exited;
      screen.dispose();
    },
  };
  open.add(terminal);
  return terminal;
}

/** The environment of a home's command on a terminal: no CI, which turns questions off. */
export function terminalEnv(home: Home, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { CI: _, ...env } = home.env;
  return { ...env, TERM: "xterm-256color", LANG: "C.UTF-8", ...more };
}

export function openFreehold(
  home: Home,
  args: readonly string[],
  options: Partial<Omit<TerminalOptions, "command">> = {},
): Terminal {
  return openTerminal([freehold, ...args], { cwd: home.dir, ...options, env: terminalEnv(home, options.env) });
}

/** What differs from run to run, and what stands for it. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/\d{8}-\d{6}-([a-z]+)-[0-9a-f]{6}/g, "OPERATION-$1"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, "TIME"],
  [/\b\d\d:\d\d(:\d\d)?\b/g, "TIME"],
  [/sha256:[0-9a-f…]+/g, "sha256:DIGEST"],
  [/localhost:\d+/g, "localhost:PORT"],
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT"],
  [/\/[^\s"']*freehold-home-[A-Za-z0-9]+/g, "HOME"],
  [/\b\d+ min \d+ s\b|\b\d+(\.\d+)? (ms|s)\b/g, "DURATION"],
  [/\b\d+(\.\d+)? (B|KB|MB|kB|KiB|MiB)\b/g, "SIZE"],
  [/\b\d+ (seconds?|minutes?|hours?) ago\b|\bjust now\b/g, "AGE"],
  // What turns while a step is under way; neither a key nor a line that is gone says how long.
  [/^([ ]*)[|/\\-] (?=\w.*DURATION)/gm, "$1* "],
];

/** Masked; a line with something masked keeps its words but not the width of its gaps. */
export function masked(lines: readonly string[], more: readonly (readonly [RegExp, string])[] = []): string {
  const one = (line: string): string => {
    const out = [...more, ...volatile].reduce((text, [pattern, word]) => text.replace(pattern, word), line);
    return (out === line ? out : out.replace(/(\S) {2,}/g, "$1  ")).trimEnd();
  };
  return `${lines.map(one).join("\n").trimEnd()}\n`;
}

const goldens = join(root, "test/terminal/golden");

/** The app's frame without what lies above it in the window: from its title line on. */
function frameOf(lines: readonly string[]): readonly string[] {
  return lines.slice(
    Math.max(
      0,
      lines.findLastIndex((line) => line.startsWith(" freehold  ")),
    ),
  );
}

/**
 * The frame is what the file says; waits until it is. FREEHOLD_GOLDEN=write writes the file instead, from a window that
 * the caller has waited for.
 */
export async function matchesGolden(
  terminal: Terminal,
  name: string,
  more: readonly (readonly [RegExp, string])[] = [],
): Promise<void> {
  const file = join(goldens, `${name}.txt`);
  if (process.env["FREEHOLD_GOLDEN"] === "write") {
    await terminal.settled();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, masked(frameOf(terminal.lines()), more));
    return;
  }
  expect(existsSync(file), `${file} is missing; FREEHOLD_GOLDEN=write makes it`).toBe(true);
  const wanted = readFileSync(file, "utf8");
  await terminal
    .until("was as wanted", () => masked(frameOf(terminal.lines()), more) === wanted, 5000)
    .catch(() => undefined);
  expect(masked(frameOf(terminal.lines()), more)).toBe(wanted);
}

const sizes = [
  [120, 40],
  [40, 15],
  [80, 24],
] as const;

/** What is seen at each size, as it is kept; no row is wider than the screen. `more`: as of `masked`. */
export async function matchesGoldenAtEachSize(
  terminal: Terminal,
  name: string,
  shows: RegExp,
  more: readonly (readonly [RegExp, string])[] = [],
): Promise<void> {
  for (const [cols, rows] of sizes) {
    terminal.resize(cols, rows);
    await terminal.shows(shows);
    await matchesGolden(terminal, `${name}-${cols}x${rows}`, more);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(cols);
  }
}

/** Through a storm of sizes and a paste that looks like keys; then, at 80x24, it is the same screen. */
export async function storm(terminal: Terminal, pasted: string, shows: RegExp): Promise<void> {
  for (let at = 0; at < 40; at++) terminal.resize(40 + (at % 7) * 13, 12 + (at % 5) * 6);
  terminal.paste(`q\r\n${pasted}\u0003`);
  terminal.resize(40, 12);
  await terminal.shows(/ freehold {2}\S/);
  terminal.resize(80, 24);
  await terminal.shows(shows);
}
