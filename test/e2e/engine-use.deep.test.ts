/**
 * `freehold engine`: which engine a cloud has, what is refused before anything is changed, and what is written down. The
 * official engine is played by ours as a program of its own; test/official has the real one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend } from "../../stacks/engine/state/index.ts";
import { copyCounter } from "../support/counter.ts";
import { changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { standInPulumi } from "../support/stand-in-pulumi.ts";

let home: Home;
let bin: string;
const clouds = (): string => readFileSync(join(home.dir, "freehold/config/clouds.yaml"), "utf8");

beforeAll(async () => {
  home = await withHome();
  bin = join(home.dir, "bin");
  await mkdir(bin);
  // Nothing of this machine's own is to be found.
  home.env["PATH"] = [dirname(process.execPath), bin].join(":");
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
}, 120_000);
afterAll(() => home?.close());

async function program(name: string, script: string): Promise<string> {
  const file = join(bin, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const resultsIn = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "result");

const standIn = (): Promise<string> => standInPulumi(home, "another");

// "Never silently": without a person and without --yes nothing is fetched, and a name too many is no engine.
it("fetches nothing that nobody said yes to, and knows two engines", async () => {
  const before = clouds();
  const asked = await home.attempt("engine", "use", "official");
  expect([asked.code, asked.stderr]).toEqual([
    3,
    expect.stringMatching(/no Pulumi on PATH[\s\S]*engine use official --yes/),
  ]);
  expect((await home.attempt("engine", "use", "other")).code).toBe(2);
  await program("pulumi", "echo v3.100.0");
  const old = await home.attempt("engine", "use", "official");
  expect([old.code, old.stderr]).toEqual([1, expect.stringMatching(/says that it is v3\.100\.0/)]);
  await program("pulumi", 'echo "sh: no such thing" >&2; exit 1');
  const none = await home.attempt("engine", "use", "official");
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringMatching(/asked for its version it fails, sh: no such thing\./),
  ]);
  await program("pulumi", '[ "$1" = version ] && echo v3.270.0 && exit; echo "error: no network" >&2; exit 1');
  const offline = await home.attempt("engine", "use", "official", "--provider", "pulumi");
  expect([offline.code, offline.stderr]).toEqual([
    1,
    expect.stringMatching(/aws plugin 7\.48\.0 comes from .*error: no network[\s\S]*--provider freehold/),
  ]);
  await program("pulumi", "echo v3.100.0");
  expect(clouds()).toBe(before);
  expect(await home.json("engine", "status")).toMatchObject({
    engine: "embedded",
    pulumi: null,
    provider: "freehold",
    found: null,
    recommended: "embedded",
  });
});

it("is written down once nothing is to be done, and asked from then on", async () => {
  const file = await standIn();
  expect(changesOf(await home.events("engine", "use", "official", "--pulumi", file))).toEqual([]);
  expect(clouds()).toContain(`pulumi: ${file}`);
  expect(await home.json("engine", "status")).toMatchObject({ engine: "official", pulumi: file, provider: "freehold" });
  writeFileSync(join(home.dir, "asked"), "");
  await home.freehold("settings", "counter", "greeting=Hi");
  expect(readFileSync(join(home.dir, "asked"), "utf8")).toContain("up\n");
});

// A program that was removed leaves a cloud that says so, and goes on with what comes along.
it("says when the program it was told of is gone, and goes back", async () => {
  const before = clouds();
  writeFileSync(join(home.dir, "freehold/config/clouds.yaml"), before.replace(/pulumi: .*/, "pulumi: /nowhere/pulumi"));
  const gone = await home.attempt("settings", "counter", "greeting=Ho");
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/\/nowhere\/pulumi: [\s\S]*engine use embedded/)]);
  expect((await home.json("engine", "status")).problem).toContain("/nowhere/pulumi");
  expect(changesOf(await home.events("engine", "use", "embedded"))).toEqual([]);
  expect(clouds()).not.toContain("official");
});

// Both are refused with everything as it was: an engine that would change something, and one that would come in between.
it("refuses an engine that finds something to do, and one while somebody is at it", async () => {
  const before = clouds();
  const file = await standIn();
  const dir = join(home.dir, "freehold/data/clouds/home");
  const ref = { organization: "organization", project: "freehold-app-counter", stack: "home" };
  const update = await openBackend(pathToFileURL(dir).href, { clock: systemClock }).openUpdate(
    ref,
    "update",
    undefined,
  );
  const held = await home.attempt("engine", "use", "official", "--pulumi", file);
  expect([held.code, held.stderr]).toEqual([5, expect.stringContaining(`pid ${process.pid}`)]);
  await update.abandon();

  const state = JSON.parse((await home.freehold("state", "export", "counter")).stdout);
  const ofApi = ({ type, urn }: any): boolean => type === "aws:lambda/function:Function" && urn.endsWith("::api");
  const api = state.deployment.resources.find(ofApi);
  api.inputs.memorySize += 64;
  api.outputs.memorySize += 64;
  await writeFile(join(home.dir, "other.json"), JSON.stringify(state));
  await home.freehold("state", "import", "counter", "--file", "other.json", "--yes");
  const differs = await home.attempt("engine", "use", "official", "--pulumi", file);
  expect([differs.code, differs.stderr]).toEqual([
    1,
    expect.stringMatching(/counter: update aws:lambda\/function:Function api \(memorySize\)/),
  ]);
  expect(clouds()).toBe(before);
  await home.freehold("up", "counter");
  expect(changesOf(await home.events("engine", "use", "embedded"))).toEqual([]);
});

// Said with the setup it is one command; without a Pulumi and a yes the cloud is there, with ours.
it("is chosen with setup, and told by doctor", async () => {
  const engineIn = async (cloud: string) =>
    JSON.parse((await home.attempt("doctor", "--cloud", cloud, "--json")).stdout).checks.find(
      ({ id }: { id: string }) => id === "engine",
    );
  await rm(join(bin, "pulumi"), { force: true });
  const asked = await home.attempt("setup", "--name", "second", "--no-home", "--engine", "official");
  expect([asked.code, asked.stderr]).toEqual([
    3,
    expect.stringMatching(/no Pulumi on PATH[\s\S]*engine official --yes/),
  ]);
  expect(await engineIn("second")).toMatchObject({ state: "ok", detail: expect.stringContaining("Freehold's own") });
  // Two operations, and one result: what of the cloud was to be made is there, and what of it failed is told.
  await program("pulumi", '[ "$1" = version ] && echo v3.270.0 || exit 1');
  const failed = await home.attempt("setup", "--name", "second", "--no-home", "--engine", "official", "--json");
  expect([failed.code, resultsIn(failed.stdout)]).toEqual([1, [expect.objectContaining({ operation: "engine" })]]);
  const file = await standInPulumi(home, "pulumi");
  const chosen = await home.events("setup", "--name", "second", "--no-home", "--engine", "official");
  expect(chosen.filter(({ type }) => type === "result")).toEqual([resultOf(chosen)]);
  expect(resultOf(chosen)).toMatchObject({ operation: "setup", ok: true, cloud: "second" });
  expect(await home.json("engine", "status", "--cloud", "second")).toMatchObject({ engine: "official", pulumi: file });
  expect(await engineIn("second")).toMatchObject({ state: "ok", detail: expect.stringContaining(file) });
  await program("pulumi", "echo v3.210.0");
  expect(await engineIn("second")).toMatchObject({
    state: "warn",
    detail: expect.stringMatching(/Pulumi 3\.210\.0.*written for 3\.\d+\.\d+/),
    next: "freehold engine use official --cloud second",
  });
  await rm(file);
  expect(await engineIn("second")).toMatchObject({ state: "fail", next: "freehold engine use embedded" });
  await standInPulumi(home, "pulumi");
  await home.freehold("setup", "--name", "second", "--no-home", "--engine", "embedded");
  expect((await home.json("engine", "status", "--cloud", "second")).engine).toBe("embedded");
  await home.freehold("cloud", "stop", "--cloud", "second");
}, 120_000);
