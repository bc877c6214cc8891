/**
 * A cloud with its data as one folder: taken, brought up elsewhere with every item and file the same, cut off anywhere, damaged
 * anywhere. Between this computer and AWS, and between accounts: snapshot-moving.deep.test.ts.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { contentsOf, expectAllTheSame, fillCloud, secret } from "../support/moved.ts";
import { start } from "../support/running.ts";
import { rounds } from "../support/tools.ts";

let home: Home;
let folder: string;
let digest: string;
let before: unknown;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("setup");
  await fillCloud(home);
  before = await contentsOf(home);
  folder = join(home.dir, "moving");
  const events = await home.events("snapshot", folder, "--with-data");
  digest = /sha256:[0-9a-f]{64}/.exec(JSON.stringify(events))![0];
}, 120_000);
afterAll(() => home?.close());

/** A home with an empty cloud that knows the secret. */
async function another(): Promise<Home> {
  const other = await withHome();
  await other.freehold("setup");
  await other.pipe(secret, "secret", "set", "vault", "token");
  return other;
}

const copied = (): string => {
  const to = join(home.dir, "copy");
  rmSync(to, { recursive: true, force: true });
  cpSync(folder, to, { recursive: true });
  return to;
};

const files = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

// It is the whole cloud, and somebody else may find it: no secret, and for its owner alone.
it("is a folder of the snapshot and an export, for its owner alone, and changes nothing of its cloud", async () => {
  expect(readdirSync(folder).sort()).toEqual(["data", "snapshot.json"]);
  for (const file of files(folder)) {
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readFileSync(file, "latin1")).not.toContain(secret);
  }
  expect(await contentsOf(home)).toEqual(before);
  expect((await home.json("state", "verify")).strays).toEqual([]);
  const taken = await home.attempt("snapshot", folder, "--with-data");
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("is there already")]);
});

// The promise: on another computer it is the same cloud, and that is not believed but compared.
it("brings up the apps and then their data, compared item by item, and again changes nothing", async () => {
  const other = await another();
  try {
    const shown = await other.attempt("snapshot", "apply", folder);
    expect(shown.code).toBe(3);
    expect(shown.stderr).toContain("Data of things/photos comes: 2 objects, 9.4 MB");
    expect((await other.json("ls")).apps).toEqual([]);
    const result = resultOf(await other.events("snapshot", "apply", folder, "--accept", digest));
    expect(result.exitCode).toBe(0);
    expectAllTheSame(result);
    expect(await contentsOf(other)).toEqual(before);
    const again = resultOf(await other.events("snapshot", "apply", folder));
    expect(again.exitCode).toBe(0);
    expectAllTheSame(again);

    // Whoever went on working keeps what was done: a folder of last week does not undo a week.
    await other.freehold("data", "set", "vault/items", "id = item-1", "n=100", "--yes");
    await other.freehold("data", "put", "vault/items", '{"id":"new"}');
    const told = await other.freehold("snapshot", "apply", folder);
    expect(told.stderr).toMatch(
      /data of vault is here and differs: it stays[\s\S]*freehold data import \S+ vault --merge/,
    );
    expect(told.stdout + told.stderr).toMatch(
      /vault\/items: 5 items, [^;]*; here: 4 the same, 1 otherwise, 1 more, and stays so/,
    );
    expect((await other.json("data", "get", "vault/items", "id=item-1")).n).toBe(100);
  } finally {
    await other.close();
  }
});

// Where only a part came, from whichever computer, the rest comes; what is there is not written again.
it("fills up a store that has a part of it and nothing else", async () => {
  const other = await another();
  try {
    await other.freehold("snapshot", "apply", folder, "--accept", digest);
    rmSync(join(other.dir, "freehold/data/clouds/home/imports"), { recursive: true });
    await other.freehold("data", "rm", "things/photos", "films/film.bin", "--data", "delete");
    const shown = await other.attempt("snapshot", "apply", folder);
    expect(shown.code).toBe(3);
    expectAllTheSame(resultOf(await other.events("snapshot", "apply", folder, "--accept", digest)));
  } finally {
    await other.close();
  }
});

describe("refused before any cloud is asked or made", () => {
  const cases: [string, (dir: string) => void, RegExp][] = [
    [
      "an item that is another",
      (dir) => changed(dir, /items-\d+\.jsonl$/, (text) => text.replace('"roof"', '"cell"')),
      /checksum differs/,
    ],
    [
      "a file that is cut off",
      (dir) => truncateSync(fileIn(dir, /film\.bin$/), 1000),
      /has 1000 bytes, and was written with/,
    ],
    ["a part that is missing", (dir) => rmSync(fileIn(dir, /items-\d+\.jsonl$/)), /is missing/],
    [
      "a manifest of another export",
      (dir) => changed(dir, /manifest\.json$/, (text) => text.replace(/"begun": "2/, '"begun": "1')),
      /data beside it is not what was written with it/,
    ],
    [
      "no data at all",
      (dir) => rmSync(join(dir, "data"), { recursive: true }),
      /has data beside it, and that is not there/,
    ],
    [
      "a snapshot that was changed",
      (dir) => changed(dir, /snapshot\.json$/, (text) => text.replace('"Mine"', '"Yours"')),
      /it is not what was written/,
    ],
    [
      "one of a newer Freehold",
      (dir) => changed(dir, /snapshot\.json$/, (text) => text.replace("freehold-snapshot/1", "freehold-snapshot/2")),
      /newer Freehold wrote this snapshot/,
    ],
    [
      "an export of a newer Freehold",
      (dir) => changed(dir, /manifest\.json$/, (text) => text.replace("freehold-export/1", "freehold-export/2")),
      /not there, or not whole/,
    ],
  ];
  const fileIn = (dir: string, name: RegExp): string => files(dir).find((file) => name.test(file))!;
  const changed = (dir: string, name: RegExp, change: (text: string) => string): void => {
    const file = fileIn(dir, name);
    const text = readFileSync(file, "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(file, change(text));
  };

  // Found when half of it is there, a damaged file costs a cloud.
  it.each(cases)("%s", async (_, harm, says) => {
    const bad = copied();
    harm(bad);
    const other = await withHome();
    try {
      const done = await other.attempt("snapshot", "apply", bad, "--accept", digest);
      expect(done.stderr).toMatch(says);
      expect(done.code).toBe(2);
      expect(existsSync(join(other.dir, "freehold/data/clouds"))).toBe(false);
    } finally {
      await other.close();
    }
  });
});

/** While it checks, while an app comes, while its data comes, while it compares. */
const moments = [
  /"type":"start"/,
  /"type":"resource"[^\n]*"name":"api"/,
  /"op":"import"[^\n]*"name":"items"/,
  /"op":"import"[^\n]*"name":"photos"/,
  /Comparing what arrived of things\/photos/,
];

// Row F3, of a whole cloud with its data: whoever loses power types the same again.
it("goes on by the same command after kill -9 at any moment of applying", { timeout: 400_000 }, async () => {
  for (let round = 0; round < Math.max(rounds, moments.length); round++) {
    const other = await another();
    try {
      await cutOff(other, moments[round % moments.length]!, "snapshot", "apply", folder, "--accept", digest);
      const result = resultOf(await other.events("snapshot", "apply", folder, "--accept", digest, "--wait"));
      expect(result.exitCode).toBe(0);
      expectAllTheSame(result);
      expect(await contentsOf(other)).toEqual(before);
    } finally {
      await other.close();
    }
  }
});

it("goes on by the same command after kill -9 while it is taken", { timeout: 200_000 }, async () => {
  const half = join(home.dir, "half");
  for (const moment of [/"type":"start"/, /"op":"read"[^\n]*"name":"photos"/, /"op":"same"[^\n]*"name":"items"/]) {
    // One that was done before it could be killed shows nothing.
    do rmSync(half, { recursive: true, force: true });
    while ((await cutOff(home, moment, "snapshot", half, "--with-data")) === 0);
    await home.freehold("snapshot", half, "--with-data", "--wait");
    expect(readdirSync(half).sort()).toEqual(["data", "snapshot.json"]);
    const said = JSON.parse(readFileSync(join(half, "snapshot.json"), "utf8"));
    expect(said.data.manifest).toMatch(/^sha256:/);
    expect(resultOf(await home.events("snapshot", "apply", half)).exitCode).toBe(0);
  }
});

async function cutOff(of: Home, moment: RegExp, ...args: string[]): Promise<number | null> {
  const running = start(of, ...args, "--json");
  await running.said(moment);
  const worker = Number(/"pid":(\d+)/.exec(running.output())?.[1] ?? 0);
  running.child.kill("SIGKILL");
  try {
    if (worker > 0) process.kill(worker, "SIGKILL");
  } catch (error) {
    // It may have ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  return await running.ended;
}
