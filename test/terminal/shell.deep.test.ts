/** The app's frame at its edges: every way out, job control, sizes, what turns it off. The usual ones are in shell.test.ts. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { running } from "../support/descendants.ts";
import { freehold, type Home } from "../support/home.ts";
import { closeTerminals, openFreehold, openTerminal, storm, type Terminal, terminalEnv } from "../support/terminal.ts";
import { childrenOf, homeOf, inShell, installed, isAsItWas } from "./app-home.ts";

const hostile = "Evil\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etitle";
let home: Home;

beforeAll(async () => {
  const apps = Array.from({ length: 39 }, (_, at) => installed(`app-${String(at).padStart(2, "0")}`));
  home = await homeOf([...apps, installed("zz", { title: hostile, version: `1.0.0${hostile}`, ref: hostile })]);
});
afterEach(closeTerminals);
afterAll(() => home.close());

describe("the app", () => {
  it.each([
    ["Ctrl-C", "", (terminal: Terminal) => terminal.keys("ctrl-c"), 130],
    ["q in full screen", "--fullscreen", (terminal: Terminal) => terminal.keys("q"), 0],
  ])("leaves the terminal as it was after %s", async (_name, flags, leave, code) => {
    const terminal = inShell(home, flags);
    await terminal.shows(/enter open/);
    if (flags !== "") expect(terminal.alternate()).toBe(true);
    leave(terminal);
    await isAsItWas(terminal, code);
  });

  // kill(1), a supervisor, a shell that ends.
  it.each([
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("leaves the terminal as it was after %s", async (signal, code) => {
    const terminal = inShell(home);
    await terminal.shows(/enter open/);
    for (const pid of childrenOf(terminal.pid)) process.kill(pid, signal);
    await isAsItWas(terminal, code);
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

  it("is whole at 40 columns and after a storm of sizes, and never taller than the window", async () => {
    const terminal = openFreehold(home, [], { cols: 40, rows: 15 });
    await terminal.shows(/> app-00[\s\S]*q quit/);
    for (let at = 0; at < 60; at++) terminal.resize(40 + (at % 7) * 13, 15 + (at % 5) * 6);
    terminal.resize(80, 24);
    terminal.keys("end");
    await terminal.shows(/ > zz[\s\S]*q quit/);
    terminal.keys("home");
    await terminal.shows(/freehold {2}home[\s\S]*> app-00[\s\S]*q quit/);
  });

  it("waits in full screen until what a command printed was read, and has it in the scrollback at the end", async () => {
    const terminal = inShell(home, "--fullscreen");
    await terminal.shows(/enter open/);
    terminal.type(":cloud ls\r");
    await terminal.shows(/\$ freehold cloud ls[\s\S]*Enter goes back\./);
    expect(terminal.alternate()).toBe(false);
    terminal.keys("enter");
    await terminal.shows(/enter open/);
    expect(terminal.alternate()).toBe(true);
    terminal.keys("q");
    await isAsItWas(terminal, 0);
    expect(terminal.all().join("\n")).toContain("$ freehold cloud ls");
  });

  // A window closed, a connection lost: nobody will ever press a key.
  it("ends when its terminal goes away", async () => {
    const terminal = openFreehold(home, []);
    await terminal.shows(/enter open/);
    terminal.kill("SIGHUP");
    expect(await terminal.exited).toBe(129);
  });

  it.each([
    ["CI", { CI: "1" }, []],
    ["--plain", {}, ["--plain"]],
    ["--yes, which answers what nobody is asked", {}, ["--yes"]],
  ])("is the plain list with %s", async (_name, env, flags) => {
    const terminal = openFreehold(home, flags, { env });
    expect(await terminal.exited).toBe(0);
    expect(terminal.all().join("\n")).toMatch(/home · local · 40 apps/);
    expect(terminal.raw()).not.toMatch(/\u001b\[(\?|\d*[A-HJK])/);
  });

  it.each([["--json"], ["--quiet"]])("is no screen with %s", async (flag) => {
    const terminal = openFreehold(home, [flag]);
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw()).not.toMatch(/\u001b\[(\?|\d*[A-HJK])/);
    if (flag === "--json") expect(JSON.parse(terminal.all().join("")).apps).toHaveLength(40);
  });

  it("is the plain list in a window that is too small for it", async () => {
    const terminal = openFreehold(home, [], { cols: 30, rows: 8 });
    expect(await terminal.exited).toBe(0);
  });
});

/** Every screen of an app that is not installed from here, and what its frame shows. */
const screens: readonly (readonly [name: string, keys: readonly string[], shows: RegExp])[] = [
  ["home", [], /freehold {2}home · local[\s\S]*> zz/],
  ["an app", ["enter"], /zz · overview[\s\S]*Eviltitle/],
  ["its settings", ["s"], /zz · settings/],
  ["its logs", ["l"], /zz · logs/],
  ["its logs, filtered", ["l", "/"], /zz · logs[\s\S]* filter: /],
  ["its history", ["h"], /zz · history/],
  ["its removal", ["x"], /remove zz[\s\S]*Type zz to/],
  ["help", ["?"], /help · home/],
  ["the palette", [":"], /freehold {2}command[\s\S]* : /],
];

async function openAt(keys: readonly string[], shows: RegExp, env: NodeJS.ProcessEnv = {}): Promise<Terminal> {
  const terminal = openFreehold(home, [], { env });
  await terminal.shows(/enter open/);
  terminal.keys("end");
  await terminal.shows(/> zz/);
  terminal.keys(...keys);
  await terminal.shows(shows);
  return terminal;
}

describe.each(screens)("the screen of %s", (_name, keys, shows) => {
  // Whatever somebody's hands, window manager or clipboard do to it, it is the same screen afterwards.
  it("is whole after a storm of sizes, takes no paste for keys, shows nothing hostile, and has sixteen colours", async () => {
    const terminal = await openAt(keys, shows, { TERM: "xterm" });
    await storm(terminal, hostile, shows);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(80);
    for (const bytes of ["owned", "\u009b", "\u202e"]) expect(terminal.raw()).not.toContain(bytes);
    expect(terminal.raw()).not.toMatch(/\u001b\[[\d;]*[34]8[;:]/);
    expect(terminal.raw()).toMatch(/\u001b\[1m/);
    terminal.keys("ctrl-c");
    expect(await terminal.exited).toBe(130);
  });

  // Row L17: nobody is there any more; what nobody can see may not go on.
  it("has no colour with NO_COLOR, and ends with its terminal", async () => {
    const terminal = await openAt(keys, shows, { NO_COLOR: "1" });
    // The cell under the cursor is turned over, which is no colour.
    expect(terminal.raw().match(/\u001b\[(?!(7|27)m)[\d;:]*m|\u001b\]8;/g)).toBeNull();
    const below = [terminal.pid, ...childrenOf(terminal.pid)];
    terminal.hangUp();
    await expect.poll(() => running(below), { timeout: 10_000 }).toEqual([]);
  });
});

it("leaves nothing behind when it is killed, and begins anew", async () => {
  const terminal = await openAt(["l"], /zz · logs/);
  const below = [terminal.pid, ...childrenOf(terminal.pid)];
  terminal.kill("SIGKILL");
  await terminal.exited;
  await expect.poll(() => running(below), { timeout: 10_000 }).toEqual([]);
  const again = await openAt(["h"], /zz · history/);
  again.keys("q");
  expect(await again.exited).toBe(0);
});

// Row L17's neighbour. Nobody runs after SIGKILL: the shell sets the terminal's modes itself, and what it knows nothing
// of, the cursor, comes back with the next Freehold that ends.
it("leaves a shell that works when it is killed on any screen, and the cursor to the next start", async () => {
  const env = terminalEnv(home, { PS1: "PROMPT> " });
  const terminal = openTerminal(["--norc", "--noprofile", "-i"], { command: "/bin/bash", cwd: home.dir, env });
  await terminal.shows(/PROMPT>/);
  for (const [at, [, keys, shows]] of screens.entries()) {
    terminal.type("clear\r");
    await terminal.hides(/clear|\S[\s\S]*PROMPT/);
    terminal.type(`"${process.execPath}" "${freehold}"\r`);
    await terminal.shows(/enter open/);
    terminal.keys("end");
    await terminal.shows(/> zz/);
    terminal.keys(...keys);
    await terminal.shows(shows);
    for (const pid of childrenOf(terminal.pid)) process.kill(pid, "SIGKILL");
    await terminal.shows(/Killed[\s\S]*PROMPT> *$/);
    // What is typed is seen, and a line is a line.
    terminal.type(`stty -a; echo "$((1000 + ${at}))"\r`);
    await terminal.shows(new RegExp(`echo "\\$\\(\\(1000 \\+ ${at}\\)\\)"[\\s\\S]*^${1000 + at}$`, "m"));
    expect(terminal.text()).toMatch(/(^|[ ;])icanon\b[\s\S]*(^|[ ;])echo\b/m);
  }
  terminal.type("clear\r");
  await terminal.hides(/clear|\S[\s\S]*PROMPT/);
  terminal.type(`"${process.execPath}" "${freehold}"\r`);
  await terminal.shows(/enter open/);
  terminal.keys("q");
  await terminal.shows(/PROMPT> *$/);
  expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?25l"));
}, 120_000);

describe("when one of its streams is another terminal, which goes away", () => {
  /** The app in a shell, begun when it is told that terminal's file; and the terminal, which goes when it is closed. */
  async function between(redirected: string): Promise<{ terminal: Terminal; other: Terminal }> {
    const options = { command: "/bin/sh", cwd: home.dir, env: terminalEnv(home) };
    const line = `read file; "${process.execPath}" "${freehold}" ${redirected} "$file"; echo "ended with $?"; read end`;
    // First, so that it does not hold the other one open.
    const terminal = openTerminal(["-c", line], options);
    const other = openTerminal(["-c", "tty; exec sleep 1000"], options);
    await other.shows(/^\/dev\/pts\/\d+$/m);
    terminal.type(`${/\/dev\/pts\/\d+/.exec(other.text())![0]}\r`);
    return { terminal, other };
  }

  // Nobody can press a key any more, though everything can still be seen.
  it("ends when it was what keys came from", async () => {
    const { terminal, other } = await between("<");
    await terminal.shows(/enter open/);
    other.hangUp();
    await terminal.has(/ended with 129/, 10_000);
    expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?25l"));
  });

  // Nobody sees anything any more: the next drawing ends it, and until then it costs nothing.
  it("ends when it was what it is drawn on, and turns in no circle until then", async () => {
    const { terminal, other } = await between(">");
    await other.shows(/enter open[\s\S]*q quit/);
    const [pid] = childrenOf(terminal.pid) as [number];
    const before = cpuSeconds(pid)!;
    let used = 0;
    other.hangUp();
    const app = join(home.env["FREEHOLD_HOME"]!, "data/clouds/home/apps/aa.json");
    writeFileSync(app, JSON.stringify(installed("aa")));
    await terminal.until("ended with 129", () => {
      used = (cpuSeconds(pid) ?? before + used) - before;
      return /ended with 129/.test(terminal.text());
    });
    rmSync(app);
    expect(used).toBeLessThan(1);
  });
});

/** Of a process so far; undefined when it is gone. */
function cpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
