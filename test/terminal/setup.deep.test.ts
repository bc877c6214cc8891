/** A new cloud and its first app by keys alone, in a real terminal on the local cloud; left in the middle; disturbed. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Home, withHome } from "../support/home.ts";
import { closeTerminals, matchesGolden, openFreehold } from "../support/terminal.ts";

let home: Home;

beforeEach(async () => {
  home = await withHome();
});
afterEach(async () => {
  await closeTerminals();
  await home.close();
});

describe.each([
  [80, 24],
  [120, 40],
  [40, 15],
])("at %ix%i", (cols, rows) => {
  // The first minute with Freehold: nobody should need a manual for it.
  it("sets a cloud up, installs an app and shows it, with the Enter key alone", async () => {
    const terminal = openFreehold(home, [], { cols, rows });
    await terminal.shows(/Where is it to be\?/);
    await matchesGolden(terminal, `setup-where-${cols}x${rows}`);
    terminal.keys("enter");
    await terminal.shows(/Name: home/);
    await matchesGolden(terminal, `setup-name-${cols}x${rows}`);
    terminal.keys("enter");
    await terminal.shows(/^ The cloud home is ready\.\s+done/m, 60_000);
    await matchesGolden(terminal, `setup-done-${cols}x${rows}`);
    terminal.keys("enter");
    await terminal.shows(/notes is up at/, 60_000);
    terminal.keys("enter");
    await terminal.shows(/notes · overview/);
    // What was done stays above, once.
    const all = terminal.all().join("\n");
    expect(all.match(/^ {2}succeeded, /gm)).toHaveLength(2);
    expect(terminal.raw()).not.toContain("\u001b[?1049h");
    terminal.keys("q");
    expect(await terminal.exited).toBe(0);
    expect((await home.json("ls")).apps).toMatchObject([{ name: "notes", state: "running" }]);
  }, 180_000);
});

// A terminal is closed, enlarged, pasted into; none of it may end a setup or write what it should not.
it("goes on when it is left, resized and pasted into", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/Where is it to be\?/);
  terminal.resize(40, 15);
  await terminal.shows(/and no\s+network/);
  terminal.resize(100, 30);
  terminal.keys("enter");
  await terminal.shows(/Name: home/);
  terminal.keys("ctrl-u");
  terminal.paste("mine\u001b]0;taken\u0007\u001b[2J\n");
  await terminal.shows(/Name: mine/);
  expect(terminal.raw()).not.toMatch(/\u001b\]0;|\u001b\[2J.*taken/);
  terminal.keys("enter");
  await terminal.shows(/getting ready|working on/);
  terminal.keys("d");
  await terminal.has(/Left running\. To come back: freehold attach \S+-setup-/);
  terminal.keys("q");
  expect(await terminal.exited).toBe(0);
  const attached = await home.freehold("attach");
  expect(attached.stdout).toContain("The cloud mine is ready.");
  // Its record gone is what a setup leaves that was stopped: one key goes on.
  rmSync(join(home.env["FREEHOLD_HOME"]!, "data/clouds/mine/foundation.json"));
  const half = openFreehold(home, []);
  await half.shows(/setup is not finished[\s\S]*enter go on with setup/);
  half.keys("enter");
  await half.shows(/The cloud mine is ready\.[\s\S]*h home/, 60_000);
  half.keys("h");
  await half.shows(/Nothing is installed[\s\S]*n install notes/);
  half.keys("q");
  expect(await half.exited).toBe(0);
  // And killed outright: the operation does not notice.
  const second = openFreehold(home, []);
  await second.shows(/install notes/);
  second.keys("n");
  await second.shows(/working on notes/);
  second.kill("SIGKILL");
  expect((await home.freehold("attach")).stdout).toContain("notes is up at");
}, 120_000);
