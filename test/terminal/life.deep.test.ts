/** An app's whole life by keys alone, on a real terminal and the local cloud. By flags alone it is in e2e/life.deep.test.ts. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { descendants } from "../support/descendants.ts";
import { ask, type Home, signIn, withHome } from "../support/home.ts";
import { closeTerminals, openFreehold, type Terminal } from "../support/terminal.ts";

const secret = `s3cr3t-${"x".repeat(20)}`;
let home: Home;
let terminal: Terminal;

beforeAll(async () => {
  home = await withHome();
  const folder = await copyCounter(home.dir);
  await changeFile(
    join(folder, "blueprint.yaml"),
    (text) =>
      `${text}  owner: { type: string, label: Owner, required: true, pattern: "^.{2,9}$" }\n  token: { type: secret, label: Token }\n`,
  );
  await home.freehold("setup", "--yes");
  terminal = openFreehold(home, [], { patienceMs: 90_000 });
}, 120_000);
afterAll(async () => {
  await closeTerminals();
  await home?.close();
});

/** A request of its owner's browser. */
async function counted(): Promise<unknown> {
  const { link, url } = await home.json("open", "counter");
  const cookie = await signIn(link);
  return JSON.parse((await ask(new URL("/api/count", url).href, { headers: { cookie } })).text);
}

// One after the other, as a person lives with an app: each step begins where the one before it has ended.
it("is installed when what it cannot be without is said, and opened", async () => {
  await terminal.shows(/Nothing is installed/);
  // On a pipe nobody could be asked.
  expect(await home.attempt("up", "./counter")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("freehold up ./counter --settings owner=VALUE"),
  });
  // The app gives the terminal away whole: what is typed at the command's question is the command's, from the first key on.
  terminal.type(":up ./counter\r");
  await terminal.has(/counter needs:\n +owner: Owner · has to be 2 to 9 characters\s+Owner:\s*$/);
  expect((await home.json("ls")).apps).toEqual([]);
  terminal.type("A\r");
  await terminal.has(/owner has to be 2 to 9 characters \(Owner\)\.\s+Owner:\s*$/);
  terminal.type("Ann\r");
  await terminal.has(/counter is up at/);
  await terminal.shows(/ > counter +1\.0\.0/);
  expect(await counted()).toEqual({ n: 1, greeting: "Hello" });
  terminal.keys("enter");
  await terminal.shows(/counter · overview[\s\S]*state +running/);
  // An app has one screen, however often one comes to it: esc leads home, and not through those one came from.
  for (let times = 0; times < 2; times++) {
    terminal.keys("u");
    await terminal.shows(/counter is up at[\s\S]*enter the app/);
    terminal.keys("enter");
    await terminal.shows(/counter · overview[\s\S]*state +running/);
  }
  terminal.keys("esc");
  await terminal.shows(/ > counter +1\.0\.0[\s\S]*b browse/);
  terminal.keys("enter");
  await terminal.shows(/counter · overview[\s\S]*state +running/);
}, 180_000);

it("is set by its form: a word, a secret that is never seen, and memory whose cost is shown", async () => {
  terminal.keys("s");
  await terminal.shows(/> Greeting +Hello[\s\S]*Owner +Ann[\s\S]*Token +not set/);
  terminal.keys("enter", "ctrl-u");
  terminal.type("Ho\r");
  await terminal.shows(/Greeting +Ho \(changed\)/);
  terminal.keys("down", "down");
  await terminal.shows(/> Token/);
  terminal.keys("enter");
  await terminal.shows(/enter take it/);
  terminal.paste(secret);
  await terminal.shows(/Token +\*{27}/);
  terminal.keys("enter");
  await terminal.shows(/Token +set/);
  terminal.keys("down");
  await terminal.shows(/> Memory of api +256 MB[\s\S]*per\s+1,000\s+requests/);
  terminal.keys("enter", "ctrl-u");
  terminal.type("512 MB\r");
  await terminal.shows(/Memory of api +512 MB \(changed\)/);
  terminal.keys("w");
  await terminal.shows(/settings: done/);
  await terminal.shows(/> Memory of api +512 MB\s[\s\S]*per\s+1,000\s+requests/);
  expect(await counted()).toEqual({ n: 2, greeting: "Ho" });
  expect(terminal.raw()).not.toContain(secret);
}, 180_000);

it("is listened to: what it writes comes by itself, and is filtered as one types", async () => {
  terminal.keys("l");
  await terminal.shows(/counter · logs +[1-9]\d* lines/);
  terminal.keys("/");
  terminal.type("nowhere");
  await terminal.shows(/No line has this/);
  terminal.keys("ctrl-u");
  terminal.type("report");
  await terminal.shows(/\d+ of \d+ lines[\s\S]*filter: report[\s\S]*REPORT RequestId/);
  const lines = Number(/of (\d+) lines/.exec(terminal.text())![1]);
  await counted();
  await terminal.until("had more lines", () => Number(/of (\d+) lines/.exec(terminal.text())?.[1]) > lines);
  terminal.keys("esc");
  await terminal.shows(/\/ filter/);
}, 120_000);

it("is taken back from its history: the question is the command's, and only the key again is the yes", async () => {
  terminal.keys("h");
  await terminal.shows(/settings 1\.0\.0, by .*api\.memory/);
  terminal.keys("z");
  await terminal.shows(/counter as it was at[\s\S]*greeting\s+goes back[\s\S]*z does\s+it/);
  expect((await home.json("show", "counter")).settings).toEqual({ greeting: "Ho", owner: "Ann" });
  terminal.keys("z");
  await terminal.shows(/undo counter[\s\S]*done/);
  terminal.keys("esc");
  await terminal.shows(/counter · history[\s\S]* undo 1\.0\.0, by /);
  expect((await home.json("show", "counter")).settings).toEqual({ owner: "Ann" });
  expect(await counted()).toEqual({ n: 4, greeting: "Hello" });
}, 180_000);

it("goes when its name is typed, and comes back with its data, though the work is killed in the middle", async () => {
  terminal.keys("esc");
  await terminal.shows(/ > counter +1\.0\.0 +running/);
  terminal.keys("x");
  await terminal.shows(/remove counter[\s\S]*Its data is kept[\s\S]*1 item/);
  terminal.type("counter\r");
  await terminal.has(/counter is removed\./);
  terminal.keys("enter");
  await terminal.shows(/ > counter +1\.0\.0 +data kept/);
  // And the work killed in the middle: it is said, the app stays, and the same key goes on.
  terminal.keys("u");
  await terminal.shows(/working on counter/);
  for (const { pid } of descendants(terminal.pid)) process.kill(pid, "SIGKILL");
  await terminal.shows(/up counter[\s\S]*Next: freehold/);
  terminal.keys("esc");
  await terminal.shows(/ > counter +1\.0\.0/);
  terminal.keys("u");
  await terminal.shows(/counter is up at[\s\S]*enter the app/);
  expect(await counted()).toEqual({ n: 5, greeting: "Hello" });
  terminal.keys("esc");
  await terminal.shows(/ > counter +1\.0\.0/);
  terminal.keys("x");
  await terminal.shows(/remove counter[\s\S]*1 item/);
}, 240_000);

const stored = async (): Promise<string[]> => {
  const { stdout } = await home.freehold("exec", "counter", "--", process.execPath, "-p", "process.env.TABLE_COUNTS");
  return stdout.trim().split("\n");
};

// What is deleted for ever is named and counted first, and nothing but its name, whole, deletes it.
it("goes with its data only when that was chosen, said and named", async () => {
  expect((await stored())[0]).toMatch(/counter/);
  terminal.keys("tab");
  await terminal.shows(/deleted\s+for ever[\s\S]*counts \(DynamoDB table\): 1 item[\s\S]*enter remove with its data/);
  for (const wrong of ["count", "Counter", "counter counter", "yes"]) {
    terminal.type(`${wrong}\r`);
    await terminal.shows(/Nothing is removed: that is not counter\./);
    terminal.keys("ctrl-u");
    await terminal.hides(/Nothing is removed/);
  }
  terminal.keys("enter");
  await terminal.shows(/Nothing is removed/);
  expect((await home.json("ls")).apps).toMatchObject([{ name: "counter", state: "running" }]);
  expect((await home.json("show", "counter", "--data")).measured).toContainEqual(
    expect.objectContaining({ name: "counts", items: 1 }),
  );
  terminal.type("counter\r");
  await terminal.has(/counter is removed\.(?![\s\S]*kept)/);
  terminal.keys("enter");
  await terminal.shows(/Nothing is installed/);
  expect((await home.json("ls")).apps).toEqual([]);
  // Installed again it begins anew: nothing of it was kept.
  await home.freehold("up", "./counter", "--settings", "owner=Ann");
  expect(await counted()).toMatchObject({ n: 1 });
}, 240_000);
