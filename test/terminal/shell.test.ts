/** The app's frame in a real pseudo-terminal: where keys go, what stays in the scrollback, and that it leaves the terminal as it was. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freehold, type Home } from "../support/home.ts";
import { closeTerminals, openFreehold, openTerminal, type Terminal, terminalEnv } from "../support/terminal.ts";
import { homeOf, installed } from "./app-home.ts";

const evil = "Evil\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u200btitle";
let home: Home;

beforeAll(async () => {
  const many = Array.from({ length: 40 }, (_, at) => installed(`more-${String(at).padStart(2, "0")}`));
  const hostile = installed("hostile", { title: evil, version: `1.0.0${evil}`, ref: evil, digest: evil });
  // As no Freehold writes it: the screen that shows it throws.
  const broken = { ...installed("broken"), kept: undefined, versions: undefined };
  home = await homeOf([installed("notes"), hostile, broken, ...many]);
});
afterEach(closeTerminals);
afterAll(() => home.close());

/** In a shell, so that the terminal's own settings can be asked for when the app has ended. */
function inShell(flags = "", env: NodeJS.ProcessEnv = {}): Terminal {
  const line = `"${process.execPath}" "${freehold}" ${flags}; echo "ended with $?"; stty -a; echo done; read end`;
  return openTerminal(["-c", line], { command: "/bin/sh", cwd: home.dir, env: terminalEnv(home, env) });
}

/** Cooked, echoing, with its cursor, no bracketed paste, on the screen it began on. */
async function isAsItWas(terminal: Terminal, code: number): Promise<void> {
  await terminal.has(/^done$/m);
  const all = terminal.all().join("\n");
  expect(all).toContain(`ended with ${code}`);
  expect(all).toMatch(/(^|[ ;])icanon\b/m);
  expect(all).toMatch(/(^|[ ;])echo\b/m);
  expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?25l"));
  expect(terminal.modes().bracketedPasteMode).toBe(false);
  expect(terminal.alternate()).toBe(false);
}

describe("the app", () => {
  // The frame's whole contract in one go: first screen, help, palette, output that stays, the way out.
  it("opens home, helps, runs any command from the palette into the scrollback, and quits", async () => {
    const terminal = inShell();
    await terminal.shows(/freehold {2}home · local .*43 apps[\s\S]*enter open/);
    terminal.keys("?");
    await terminal.shows(/help · home[\s\S]*look at the app[\s\S]*Commands, after :/);
    terminal.keys("end");
    await terminal.shows(/ engine install DIR/);
    terminal.keys("esc");
    await terminal.shows(/enter open/);
    // As fast as no person types: every key goes to the screen that the one before it has opened.
    terminal.type(":cloud ls\r");
    await terminal.has(/\$ freehold cloud ls\n[\s\S]*home[\s\S]*enter open/);
    terminal.type(":cluod\r");
    await terminal.shows(/There is no such command.*cluod/);
    terminal.keys("esc");
    await terminal.hides(/no such command/);
    terminal.keys("q");
    await isAsItWas(terminal, 0);
    expect(terminal.all().join("\n")).toContain("$ freehold cloud ls");
    expect(terminal.raw()).not.toContain("\u001b[?1049h");
  });

  it.each([
    ["Ctrl-C", "", (terminal: Terminal) => terminal.keys("ctrl-c"), 130],
    ["q in full screen", "--fullscreen", (terminal: Terminal) => terminal.keys("q"), 0],
  ])("leaves the terminal as it was after %s", async (_name, flags, leave, code) => {
    const terminal = inShell(flags);
    await terminal.shows(/enter open/);
    if (flags !== "") expect(terminal.alternate()).toBe(true);
    leave(terminal);
    await isAsItWas(terminal, code);
  });

  // kill(1), a supervisor, a shell that ends.
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("leaves the terminal as it was after %s", async (signal, code) => {
    const terminal = inShell();
    await terminal.shows(/enter open/);
    for (const pid of childrenOf(terminal.pid)) process.kill(pid, signal);
    await isAsItWas(terminal, code);
  });

  // L17's neighbour: a bug of ours must not cost a person their terminal.
  it("says that it is a bug when a screen throws, with a note, and leaves the terminal as it was", async () => {
    const terminal = inShell();
    await terminal.shows(/> broken/);
    terminal.keys("enter");
    await isAsItWas(terminal, 1);
    expect(terminal.all().join("\n")).toContain("This is a bug in Freehold");
    expect(readdirSync(join(home.env["FREEHOLD_HOME"]!, "state/crashes")).length).toBeGreaterThan(0);
  });

  it("stops on Ctrl-Z as other programs do, and is drawn anew by fg", async () => {
    const env = terminalEnv(home, { PS1: "PROMPT> " });
    const terminal = openTerminal(["--norc", "--noprofile", "-i"], { command: "/bin/bash", cwd: home.dir, env });
    await terminal.shows(/PROMPT>/);
    terminal.type(`"${process.execPath}" "${freehold}"\r`);
    await terminal.shows(/enter open/);
    terminal.keys("ctrl-z");
    await terminal.shows(/Stopped[\s\S]*PROMPT>$/);
    terminal.type("echo $((40 + 2))\r");
    await terminal.shows(/^42$/m);
    await terminal.hides(/enter open/);
    terminal.type("fg\r");
    await terminal.shows(/enter open/);
    terminal.keys("?");
    await terminal.shows(/Commands, after :/);
    terminal.keys("q");
    await terminal.shows(/PROMPT>$/);
  });

  it("takes a paste for text, never for keys", async () => {
    const terminal = openFreehold(home, []);
    await terminal.shows(/enter open/);
    terminal.paste("qqq\r:x");
    terminal.keys("?");
    await terminal.shows(/Commands, after :/);
    terminal.keys("esc");
    await terminal.shows(/enter open/);
    terminal.keys(":");
    await terminal.shows(/freehold {2}command/);
    terminal.paste("日本\u001b[31m\r\nls");
    await terminal.shows(/ : 日本 ls/);
    terminal.keys("ctrl-u");
    terminal.type("status");
    await terminal.shows(/ : status/);
    terminal.keys("esc");
    await terminal.shows(/enter open/);
  });

  // Foreign text is made safe once, before any screen.
  it("lets no escape sequence of an app's text reach the terminal", async () => {
    const terminal = openFreehold(home, []);
    await terminal.shows(/hostile +1\.0\.0Eviltitle/);
    terminal.keys("down", "enter");
    await terminal.shows(/hostile · overview[\s\S]*Eviltitle/);
    for (const bytes of ["owned", "\u001b[2J", "\u009b", "\u202e", "\u200b"])
      expect(terminal.raw()).not.toContain(bytes);
  });

  it("is whole at 40 columns and after a storm of sizes, and never taller than the window", async () => {
    const terminal = openFreehold(home, [], { cols: 40, rows: 15 });
    await terminal.shows(/> broken[\s\S]*q quit/);
    for (let at = 0; at < 60; at++) terminal.resize(40 + (at % 7) * 13, 15 + (at % 5) * 6);
    terminal.resize(80, 24);
    terminal.keys("end");
    await terminal.shows(/ > notes[\s\S]*q quit/);
    terminal.keys("home");
    await terminal.shows(/freehold {2}home[\s\S]*> broken[\s\S]*q quit/);
  });

  it.each([
    ["TERM=dumb", { TERM: "dumb" }, []],
    ["CI", { CI: "1" }, []],
    ["a screen reader", { INK_SCREEN_READER: "true" }, []],
    ["--plain", {}, ["--plain"]],
  ])("is the plain list with %s", async (_name, env, flags) => {
    const terminal = openFreehold(home, flags, { env });
    expect(await terminal.exited).toBe(0);
    expect(terminal.all().join("\n")).toMatch(/home · local · 43 apps[\s\S]*notes {2,}1\.0\.0/);
    expect(terminal.raw()).not.toMatch(/\u001b\[(\?|\d*[A-HJK])/);
  });
});

// L17: nobody is there to see a screen, or to type.
it("is the same as freehold ls when it is piped", async () => {
  const [bare, ls] = [await home.freehold(), await home.freehold("ls")];
  expect(bare.stdout).toBe(ls.stdout);
});

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
