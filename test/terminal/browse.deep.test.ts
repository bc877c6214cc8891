/**
 * From a catalog on an emulated GitHub to an app and its next version by keys alone, on a real pseudo-terminal and a real
 * local cloud: browse, card, code, consent, progress, what they look like at three sizes, and what they take from
 * nobody: bytes of others, pastes, a process that is killed.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { type Hub, type HubRepository, startGitHub } from "../support/github.ts";
import { freehold, type Home, withHome } from "../support/home.ts";
import {
  closeTerminals,
  matchesGolden,
  openFreehold,
  openTerminal,
  type Terminal,
  terminalEnv,
} from "../support/terminal.ts";
import { childrenOf } from "./app-home.ts";

let hub: Hub;
let home: Home;
let ann: HubRepository;
let folder: string;

beforeAll(async () => {
  hub = await startGitHub();
  home = await withHome({ env: hub.env });
  folder = join(home.dir, "anns");
  mkdirSync(folder);
  await copyCounter(folder);
  ann = hub.repository("ann/apps", await catalogFiles(folder));
  await home.freehold("setup");
  await home.freehold("catalog", "add", "github:ann/apps");
}, 180_000);
afterEach(closeTerminals);
afterAll(async () => {
  await home.close();
  await hub.close();
});

/** A folder of blueprints as a repository has it, its index made anew. */
async function catalogFiles(dir: string): Promise<Record<string, string>> {
  await home.freehold("catalog", "build", dir);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(dir.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

const sizes = [
  [80, 24],
  [120, 40],
  [40, 15],
] as const;
/** Commits, digests and links as a window breaks them, and the widths of what is masked. */
const more = [
  [/\b[0-9a-f]{12}\b/g, "COMMIT"],
  [/^ +[0-9a-f]{4,}$/g, "            …DIGEST"],
  [/(l?ink)=[\w-]*/g, "$1=TOKEN"],
  [/^ *[\w-]{11}$|^ *[\w-]{16,}$/g, " …TOKEN"],
  [/:\d{5}\//g, ":PORT/"],
] as const;

/** The same screen at each size, as it is kept: what a person sees, and that resizing draws all of it anew. */
async function looksAsKept(terminal: Terminal, name: string, shows: RegExp): Promise<void> {
  for (const [cols, rows] of sizes) {
    terminal.resize(cols, rows);
    await terminal.shows(shows);
    await matchesGolden(terminal, `${name}-${cols}x${rows}`, more);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(cols);
  }
  terminal.resize(80, 24);
  await terminal.shows(shows);
}

const installedApps = async (): Promise<{ name: string; version: string }[]> => (await home.json("ls")).apps;

describe("by keys alone, an app of somebody's catalog", () => {
  it("is found, looked at, read, declined, and installed when exactly it is accepted", async () => {
    const terminal = openFreehold(home, []);
    await terminal.shows(/b browse/);
    terminal.keys("b");
    await terminal.shows(/8 of 8/);
    terminal.paste("coun\u001b]0;taken\u0007ter\n");
    await terminal.shows(/Search: counter[\s\S]*> .*counter/);
    await looksAsKept(terminal, "browse", /Search: counter[\s\S]*> .*counter/);
    terminal.keys("tab", "w");
    await terminal.shows(/Only: +reach none[\s\S]*Nothing fits/);
    terminal.keys("w", "r");
    await terminal.shows(/Only: +reach public, runtime nodejs24\.x[\s\S]*> .*counter/);
    terminal.keys("x");
    await terminal.shows(/Only: +no filter[\s\S]*> .*counter/);
    terminal.keys("enter");
    await terminal.shows(/anns\/counter[\s\S]*i install/);
    await looksAsKept(terminal, "card", /anns\/counter[\s\S]*i install/);
    terminal.paste("iq");
    terminal.keys("c");
    await terminal.shows(/anns\/counter · code +\d+ files[\s\S]*index\.mjs/);
    await looksAsKept(terminal, "code", /anns\/counter · code/);
    terminal.keys("enter");
    await terminal.shows(/index\.mjs[\s\S]*import /);
    terminal.keys("esc");
    await terminal.shows(/what changes/);
    terminal.keys("esc");
    await terminal.shows(/a install as/);
    terminal.keys("i");
    await terminal.shows(/> Name +counter[\s\S]*i install/);
    await looksAsKept(terminal, "install", /> Name +counter/);
    terminal.keys("i");
    await terminal.shows(/install counter · asks first/, 90_000);
    await looksAsKept(terminal, "consent", /Type yes to accept this/);
    // Not an answer, and then no.
    terminal.paste("no\nyes\n");
    await terminal.shows(/Only yes accepts it/);
    terminal.keys("enter", "esc");
    await terminal.shows(/a install as/);
    expect(await installedApps()).toEqual([]);
    terminal.keys("i");
    await terminal.shows(/> Name +counter/);
    terminal.keys("i");
    await terminal.shows(/Type yes to accept this/, 90_000);
    // Pressed before the files are there: kept until they are.
    terminal.keys("tab", "down", "up", "enter");
    await terminal.shows(/index\.mjs[\s\S]*import /);
    terminal.keys("esc");
    await terminal.shows(/anns\/counter · code/);
    terminal.keys("esc");
    await terminal.shows(/Type yes to accept this/);
    terminal.type("yes\r");
    await terminal.shows(/counter is up at[\s\S]*enter the app/, 90_000);
    await looksAsKept(terminal, "progress", /counter is up[\s\S]*enter the app/);
    terminal.keys("enter");
    await terminal.shows(/counter · overview/);
    expect(terminal.raw()).not.toContain("taken");
    const { origin, accepted } = await home.json("show", "counter");
    expect(origin).toMatchObject({ catalog: "anns", repository: "ann/apps", commit: ann.head });
    expect(terminal.all().join("\n")).toContain(accepted.digest.slice(0, 20));
  }, 240_000);

  it("is upgraded to what may reach more only when that is accepted, and goes back", async () => {
    await changeFile(
      join(folder, "counter/blueprint.yaml"),
      (text) => `${text.replace("version: 1.0.0", "version: 1.1.0")}\nreach: { hosts: [api.github.com] }\n`,
    );
    ann.commit(await catalogFiles(folder));
    await home.freehold("catalog", "refresh");
    const terminal = openFreehold(home, []);
    await terminal.shows(/> counter +1\.0\.0 +update to 1\.1\.0/);
    terminal.keys("u");
    await terminal.shows(/upgrade counter · asks first[\s\S]*api\.github\.com +\(new\)/, 90_000);
    // What would run, and not what runs now.
    terminal.keys("tab");
    await terminal.shows(/anns\/counter · code/);
    terminal.keys("d");
    await terminal.shows(/api\.github\.com/);
    terminal.keys("esc");
    await terminal.shows(/what changes/);
    terminal.keys("esc");
    await terminal.shows(/Type yes to accept this/);
    terminal.keys("esc");
    await terminal.shows(/> counter +1\.0\.0/);
    expect(await installedApps()).toMatchObject([{ name: "counter", version: "1.0.0" }]);
    terminal.keys("u");
    await terminal.shows(/Type yes to accept this/, 90_000);
    terminal.type("yes\r");
    await terminal.shows(/counter is up at[\s\S]*enter the app/, 90_000);
    expect(await installedApps()).toMatchObject([{ name: "counter", version: "1.1.0" }]);
    terminal.keys("enter");
    await terminal.shows(/counter · overview/);
    terminal.keys("h");
    await terminal.shows(/counter · history[\s\S]*upgrade 1\.0\.0 to 1\.1\.0/);
    terminal.keys("b");
    await terminal.shows(/rollback counter[\s\S]*counter is up at[\s\S]*enter the app/, 90_000);
    terminal.keys("esc");
    await terminal.shows(/counter · history[\s\S]*rollback 1\.1\.0 to 1\.0\.0/);
    expect(await installedApps()).toMatchObject([{ name: "counter", version: "1.0.0" }]);
  }, 240_000);
});

describe("what somebody else wrote", () => {
  const hostile = "Evil\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u200btext";
  const bytes = ["owned", "\u001b[2J", "\u009b", "\u202e", "\u200b"];
  const harmless = (terminal: Terminal): void => {
    for (const one of bytes) expect(terminal.raw()).not.toContain(one);
  };

  // Bytes in a README and in code are nobody's mistake to refuse; joiners in a title belong to some languages.
  it("reaches no terminal as anything but text, on browse, card, code and consent", async () => {
    const dir = join(home.dir, "eves");
    mkdirSync(dir);
    await copyCounter(dir, "evil");
    await changeFile(join(dir, "evil/blueprint.yaml"), (text) =>
      text.replace("name: counter", "name: evil").replace("title: Counter", 'title: "C\u200dоunter"'),
    );
    await changeFile(join(dir, "evil/README.md"), (text) => `# ${hostile}\n\n\`${hostile}\`\n\n${text}`);
    await changeFile(join(dir, "evil/api/index.mjs"), (text) => `// ${hostile}\n${text}`);
    hub.repository("eve/apps", await catalogFiles(dir));
    await home.freehold("catalog", "add", "github:eve/apps");
    const terminal = openFreehold(home, ["browse"]);
    await terminal.shows(/9 of 9/);
    terminal.type("evil");
    await terminal.shows(/Search: evil[\s\S]*> ! evil[\s\S]*Look twice/);
    terminal.keys("enter");
    await terminal.shows(/eves\/evil[\s\S]*i install/);
    terminal.keys("end");
    await terminal.shows(/Eviltext/);
    terminal.keys("c");
    await terminal.shows(/eves\/evil · code[\s\S]*> api\/index\.mjs/);
    terminal.keys("enter");
    await terminal.shows(/Eviltext/);
    terminal.keys("esc");
    await terminal.shows(/what changes/);
    terminal.keys("esc");
    await terminal.shows(/a install as/);
    terminal.keys("i");
    await terminal.shows(/> Name +evil/);
    harmless(terminal);
    terminal.keys("i");
    await terminal.shows(/install evil · asks first/, 90_000);
    harmless(terminal);
    expect(terminal.raw()).not.toContain("\u200d");
  }, 120_000);

  // Every text field of an index, one after the other; a copy in the cache that was tampered with goes the same way.
  it("is refused where a catalog says it of a blueprint, and said without its bytes", async () => {
    const dir = join(home.dir, "hostiles");
    mkdirSync(dir);
    await copyCounter(dir, "hostile");
    await catalogFiles(dir);
    const index = readFileSync(join(dir, "catalog.json"), "utf8");
    const fields = ["title", "tagline", "license", "version", "tags", "runtimes", "reach", "id", "path", "digest"];
    for (const field of fields) {
      const said = JSON.parse(index);
      const [entry] = said.entries;
      entry[field] = ["tags", "runtimes", "reach"].includes(field) ? [hostile] : hostile;
      writeFileSync(join(dir, "catalog.json"), JSON.stringify(said));
      const terminal = openFreehold(home, ["catalog", "add", dir, "--name", "hostiles"]);
      expect(await terminal.exited, field).not.toBe(0);
      harmless(terminal);
    }
    expect((await home.json("catalog", "ls")).catalogs.map(({ name }: { name: string }) => name)).not.toContain(
      "hostiles",
    );
  }, 120_000);
});

describe("an app that needs to be told things", () => {
  const secret = `ghp_${"s3cr3t".repeat(3)}`;
  let manifest: string;

  beforeAll(async () => {
    const dir = join(home.dir, "needys");
    mkdirSync(dir);
    manifest = join(await copyCounter(dir, "needy"), "blueprint.yaml");
    await changeFile(
      manifest,
      (text) =>
        `${text.replace("name: counter", "name: needy")}  owner: { type: string, label: Owner, required: true, pattern: "^.{2,10}$" }\n  token: { type: secret, label: Token, required: true, pattern: "^ghp_" }\n`,
    );
    await home.freehold("catalog", "build", dir);
    await home.freehold("catalog", "add", dir);
  });

  // What does not fit is told where it was typed: nothing typed before it is lost.
  it("is asked by its rules, under a name of one's own, and what is secret is never seen", async () => {
    const terminal = openFreehold(home, ["browse", "needy"]);
    await terminal.shows(/Search: needy[\s\S]*> .*needy/);
    terminal.keys("enter");
    await terminal.shows(/a install as/);
    terminal.keys("a");
    await terminal.shows(/> Name +needy[\s\S]*enter take it/);
    terminal.keys("ctrl-u");
    terminal.type("Mine\r");
    await terminal.shows(/Name cannot be this: a name is made of a-z/);
    terminal.keys("ctrl-u");
    terminal.type("mine\r");
    await terminal.shows(/Name +mine \(changed\)[\s\S]*> Owner/);
    terminal.type("x\r");
    await terminal.shows(/Owner has to be 2 to 10 characters/);
    terminal.keys("esc");
    await terminal.shows(/Owner +empty, needed[\s\S]*i install/);
    terminal.keys("i");
    await terminal.shows(/Needed: Owner, Token\./);
    terminal.keys("enter");
    terminal.type("Ann\r");
    await terminal.shows(/Owner +Ann \(changed\)[\s\S]*> Token/);
    terminal.type("hunter22\r");
    await terminal.shows(/Token does not meet \^ghp_/);
    terminal.keys("ctrl-u");
    terminal.paste(secret);
    terminal.keys("enter");
    await terminal.shows(/nothing more is needed[\s\S]*> Token +typed, not saved[\s\S]*Greeting +Hello/);
    terminal.keys("i");
    await terminal.shows(/asks first/, 90_000);
    terminal.type("yes\r");
    await terminal.shows(/mine is up at[\s\S]*enter the app/, 90_000);
    expect((await home.json("show", "mine")).settings).toEqual({ owner: "Ann" });
    expect((await home.json("secret", "ls", "mine")).secrets).toEqual(["token"]);
    expect(terminal.raw()).not.toMatch(/s3cr3t|hunter22/);
    expect(kept(join(home.dir, "freehold")).filter((text) => text.includes(secret))).toEqual([]);
  }, 180_000);

  it("is asked for what its next version needs before it is upgraded", async () => {
    await changeFile(
      manifest,
      (text) =>
        `${text.replace("version: 1.0.0", "version: 1.1.0")}  days: { type: number, label: Days, required: true }\n`,
    );
    await home.freehold("catalog", "build", join(home.dir, "needys"));
    await home.freehold("catalog", "refresh");
    const terminal = openFreehold(home, []);
    await terminal.shows(/mine +1\.0\.0.*update to 1\.1\.0/);
    for (let at = 0; at < 9 && !/> mine/.test(terminal.text()); at++) {
      terminal.keys("down");
      await terminal.settled();
    }
    terminal.keys("u");
    await terminal.shows(/upgrade mine +1 needed[\s\S]*> Days/, 90_000);
    terminal.type("many\r");
    await terminal.shows(/Days has to be a number/);
    expect((await home.json("show", "mine")).version).toBe("1.0.0");
    terminal.keys("ctrl-u");
    terminal.type("7\r");
    await terminal.shows(/Days +7 \(changed\)[\s\S]*i go on/);
    terminal.keys("i");
    await terminal.shows(/mine is up at[\s\S]*enter the app/, 90_000);
    expect(await home.json("show", "mine")).toMatchObject({ version: "1.1.0", settings: { owner: "Ann", days: 7 } });
  }, 180_000);
});

/** The text of every file. */
const kept = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));

// L17's neighbour: nobody restores anything after SIGKILL, so the shell's own prompt has to be enough.
it("leaves a shell that works, and nothing installed, when it is killed at any of these screens", async () => {
  const before = await installedApps();
  const env = terminalEnv(home, { PS1: "PROMPT> " });
  const terminal = openTerminal(["--norc", "--noprofile", "-i"], { command: "/bin/bash", cwd: home.dir, env });
  await terminal.shows(/PROMPT>/);
  const ways: (readonly [RegExp, string?])[][] = [
    [],
    [[/i install/, "enter"]],
    [
      [/i install/, "enter"],
      [/· code/, "c"],
    ],
  ];
  ways.push([
    [/a install as/, "enter"],
    [/> Name +evil/, "i"],
    [/asks first/, "i"],
  ]);
  for (const [at, steps] of ways.entries()) {
    terminal.type("clear\r");
    await terminal.hides(/evil|clear/);
    terminal.type(`"${process.execPath}" "${freehold}" browse evil\r`);
    await terminal.shows(/> ! evil/);
    for (const [shows, key] of steps) {
      terminal.keys(key!);
      await terminal.shows(shows, 90_000);
    }
    for (const pid of childrenOf(terminal.pid)) process.kill(pid, "SIGKILL");
    await terminal.shows(/Killed[\s\S]*PROMPT> *$/);
    terminal.type(`echo $((40 + ${at}))\r`);
    await terminal.shows(new RegExp(`^${40 + at}$`, "m"));
  }
  expect(await installedApps()).toEqual(before);
}, 240_000);
