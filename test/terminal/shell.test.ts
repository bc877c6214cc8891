/** The app's frame in a real pseudo-terminal: where keys go, what stays in the scrollback, and that it leaves the terminal as it was. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Home } from "../support/home.ts";
import { closeTerminals, openFreehold } from "../support/terminal.ts";
import { childrenOf, homeOf, inShell, installed, isAsItWas } from "./app-home.ts";

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

describe("the app", () => {
  // The frame's whole contract in one go: first screen, help, palette, output that stays, the way out.
  it("opens home, helps, runs any command from the palette into the scrollback, and quits", async () => {
    const terminal = inShell(home);
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

  // A supervisor, a shutdown.
  it("leaves the terminal as it was after SIGTERM", async () => {
    const terminal = inShell(home);
    await terminal.shows(/enter open/);
    for (const pid of childrenOf(terminal.pid)) process.kill(pid, "SIGTERM");
    await isAsItWas(terminal, 143);
  });

  // L17's neighbour: a bug of ours must not cost a person their terminal.
  it("says that it is a bug when a screen throws, with a note, and leaves the terminal as it was", async () => {
    const terminal = inShell(home);
    await terminal.shows(/> broken/);
    terminal.keys("enter");
    await isAsItWas(terminal, 1);
    expect(terminal.all().join("\n")).toContain("This is a bug in Freehold");
    expect(readdirSync(join(home.env["FREEHOLD_HOME"]!, "state/crashes")).length).toBeGreaterThan(0);
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

  it.each([
    ["TERM=dumb", { TERM: "dumb" }],
    ["a screen reader", { INK_SCREEN_READER: "true" }],
  ])("is the plain list with %s", async (_name, env) => {
    const terminal = openFreehold(home, [], { env });
    expect(await terminal.exited).toBe(0);
    expect(terminal.all().join("\n")).toMatch(/home · local · 43 apps[\s\S]*notes {2,}1\.0\.0/);
    expect(terminal.raw()).not.toMatch(/\u001b\[(\?|\d*[A-HJK])/);
  });
});

// Nothing of it can be used yet, and "nothing is installed" would send somebody the wrong way.
it("says that a setup stopped half-way, and which key goes on with it", async () => {
  const half = await homeOf([]);
  try {
    expect((await half.freehold("ls")).stdout).toContain("freehold setup --name home");
    const terminal = openFreehold(half, []);
    await terminal.shows(/home · local +0 apps[\s\S]*not finished[\s\S]*enter go on with setup/);
    terminal.keys("q");
    expect(await terminal.exited).toBe(0);
  } finally {
    await closeTerminals();
    await half.close();
  }
});

// L17: nobody is there to see a screen, or to type.
it("is the same as freehold ls when it is piped", async () => {
  const [bare, ls] = [await home.freehold(), await home.freehold("ls")];
  expect(bare.stdout).toBe(ls.stdout);
});
