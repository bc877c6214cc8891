/**
 * The app's edge: mounts Ink on the terminal, gives the terminal to commands, stops and goes on with the shell's job
 * control, and leaves the terminal as it was, whatever happens. Only here and in main.ts is a process's end decided.
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { render } from "ink";
import type { ErrorEvent } from "../../stacks/events.ts";
import { parse } from "../args.ts";
import { commands } from "../command-table.ts";
import { toFault } from "../errors.ts";
import { expectedTimes } from "../operations/expected.ts";
import { distDir } from "../paths.ts";
import { codesAskedBy } from "../signing-in/second-factor.ts";
import { KeyHub } from "../ui/keys.ts";
import { type Caller, start } from "./call.ts";
import { Frame, type Host, load, type Means } from "./frame.tsx";
import { tidyWhenIdle } from "./idle.ts";
import type { ScreenId, ScreenParams } from "./params.ts";

export interface AppOptions extends Caller {
  color: boolean;
  fullscreen: boolean;
}

const interrupted = 130;
const terminated = 143;
const hungUp = 129;

/** Answers with what the command ends with. Throws what went wrong in a screen; the terminal is restored then, too. */
export async function startApp<Id extends ScreenId>(
  id: Id,
  params: ScreenParams[Id],
  options: AppOptions,
): Promise<number> {
  const app = createHost(options, await load(id, params));
  const unwatch = watchProcess(app);
  codesAskedBy(app.askCode);
  const leaveAsIs = tidyWhenIdle(() => app.host.hub.lastAt);
  const restore = (): void => restoreTerminal(options.fullscreen);
  process.on("exit", restore);
  try {
    const instance = render(<Frame host={app.host} />, {
      exitOnCtrlC: false,
      patchConsole: false,
      // A key and its answer are two drawings, to be seen within 33 ms; what comes by itself, as a log, counts its own.
      maxFps: 120,
      alternateScreen: options.fullscreen,
    });
    app.clear = () => instance.clear();
    return Number((await instance.waitUntilExit()) ?? 0);
  } finally {
    unwatch();
    leaveAsIs();
    restore();
    process.off("exit", restore);
    if (options.fullscreen) for (const text of app.printed) process.stdout.write(text);
  }
}

/** Said again at the end even where Ink has said it: a throw in the middle of a drawing leaves things half said. */
function restoreTerminal(fullscreen: boolean): void {
  try {
    process.stdin.setRawMode?.(false);
    writeSync(1, `\u001b[?2004l${fullscreen ? "\u001b[?1049l" : ""}\u001b[?25h`);
  } catch {
    // The terminal is gone; there is nothing to restore.
  }
}

function createHost(options: AppOptions, first: Host["first"]) {
  let ink: Means | undefined;
  const app = {
    clear: (): void => undefined,
    /** Full screen: for the scrollback, when the app has ended. */
    printed: [] as string[],
    left: false,
    /** The terminal is somebody else's. */
    away: false,
    /** What is printed meanwhile. */
    waiting: [] as (() => void)[],
    fail: (error: unknown): void => ink?.exit(error instanceof Error ? error : new Error(String(error))),
    host: undefined as unknown as Host,
    handOver,
    askCode,
  };
  let declinedAt: number | undefined;
  /** Who turned it down is not asked again before another key: a screen that is seen again looks again by itself. */
  async function askCode(question: string): Promise<string> {
    if (!ink || declinedAt === app.host.hub.lastAt) return "";
    const said = await ink.ask(question);
    declinedAt = said === "" ? app.host.hub.lastAt : undefined;
    return said;
  }
  async function handOver(work: () => Promise<void>): Promise<void> {
    if (app.away || !ink) return;
    app.away = true;
    try {
      await ink.suspendTerminal(async () => {
        await letGoOfInput();
        await work();
      });
    } finally {
      app.away = false;
      for (const write of app.waiting.splice(0)) write();
    }
  }
  app.host = {
    hub: new KeyHub(),
    first,
    color: options.color,
    cloud: typeof options.flags["cloud"] === "string" ? options.flags["cloud"] : undefined,
    fullscreen: options.fullscreen,
    commands: commands.map(({ name, summary, usage }) => ({ name, summary, usage })),
    understand,
    expected: (cloud) => expectedTimes(options.paths, cloud),
    call: (name, args, flags, more) => start<never>(options, name, args, flags, more).ended,
    start: (name, args, flags, more) => start(options, name, args, flags, more),
    run: async (argv) => {
      let code = 0;
      await handOver(async () => {
        code = await runCommand(argv, options);
      });
      return code;
    },
    suspend: () => handOver(stopAndContinue),
    print: (text, write) => {
      if (options.fullscreen) app.printed = [...app.printed, `${text}\n`].slice(-keptPrints);
      else if (app.away) app.waiting.push(() => write(`${text}\n`));
      else write(`${text}\n`);
    },
    onReady: (means) => (ink = means),
    // Once: a stdin that is gone says so again when its mode is put back.
    leave: (exitCode) => {
      if (app.left) return;
      app.left = true;
      app.clear();
      ink?.exit(exitCode);
    },
  };
  return app;
}

const keptPrints = 1000;

/** By the command line's own parser. */
function understand(argv: readonly string[]): Omit<ErrorEvent, "type"> | undefined {
  try {
    parse(argv);
    return undefined;
  } catch (error) {
    const { exitCode: _, ...fault } = toFault(error, "").toJSON();
    return fault;
  }
}

/**
 * Ink stops listening, yet Node has one read under way, which would take the first key from whoever has the terminal now.
 * A pause counts only once Node has seen that nobody listens any more, a turn later.
 */
async function letGoOfInput(): Promise<void> {
  await setImmediate();
  process.stdin.resume();
  process.stdin.pause();
  await setImmediate();
}

/** In a process of its own, which has the terminal as if it had been typed there: questions, Ctrl-C and all. */
function runCommand(argv: readonly string[], { cwd, env, flags, fullscreen }: AppOptions): Promise<number> {
  const cloud = typeof flags["cloud"] === "string" && !argv.includes("--cloud") ? ["--cloud", flags["cloud"]] : [];
  const at = argv.indexOf("--");
  const words = at < 0 ? [...argv, ...cloud] : [...argv.slice(0, at), ...cloud, ...argv.slice(at)];
  process.stdout.write(`$ freehold ${argv.join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(distDir(), "freehold.cjs"), ...words], { cwd, env, stdio: "inherit" });
    child.once("error", () => resolve(127));
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? interrupted : terminated)));
  }).then(async (code) => {
    if (fullscreen) await enterPressed();
    return code as number;
  });
}

/** In full screen what was printed would be gone at once. */
function enterPressed(): Promise<void> {
  process.stdout.write("\nEnter goes back. ");
  // Ink has let go of it: without this nothing would keep the process.
  process.stdin.ref();
  process.stdin.resume();
  return new Promise((resolve) => {
    process.stdin.once("data", () => {
      process.stdin.pause();
      resolve();
    });
  });
}

/** The whole job stops, so that the shell has the terminal; where nobody could make it go on, it does not stop. */
async function stopAndContinue(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGCONT", resolve);
    process.kill(0, "SIGTSTP");
    // Stopped time is no time: this comes after going on, or at once when the signal stopped nothing.
    setTimeout(resolve, 100);
  });
}

/** Signals, a terminal that goes away, and what nobody caught. */
function watchProcess(app: ReturnType<typeof createHost>): () => void {
  const leave = (code: number) => () => {
    if (!app.away) app.host.leave(code);
  };
  const listeners: [NodeJS.EventEmitter, string, (...args: any[]) => void][] = [
    [process, "SIGINT", leave(interrupted)],
    [process, "SIGTERM", () => app.host.leave(terminated)],
    [process, "SIGHUP", () => app.host.leave(hungUp)],
    [process, "uncaughtException", app.fail],
    [process, "unhandledRejection", app.fail],
    // Stopped from outside, nothing of the terminal's settings was kept: they are made anew.
    [process, "SIGCONT", () => void app.handOver(async () => undefined)],
    [process.stdin, "end", leave(hungUp)],
    [process.stdin, "error", leave(hungUp)],
  ];
  for (const [from, name, listener] of listeners) from.on(name, listener);
  return () => {
    for (const [from, name, listener] of listeners) from.off(name, listener);
  };
}
