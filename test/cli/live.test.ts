/** The live view as a person sees it: a real pseudo-terminal, its screen rebuilt, at two sizes. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { OperationEvent, ResourceEvent } from "../../stacks/events.ts";
import { root } from "../support/home.ts";
import { closeTerminals, openTerminal } from "../support/terminal.ts";

let dir: string;
let script: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "freehold-live-"));
  script = join(dir, "live.mjs");
  const stub = join(dir, "absent.mjs");
  writeFileSync(stub, "export default {};\n");
  await build({
    entryPoints: [join(root, "test/cli/fixtures/live.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    // Ink's debugger, which only runs with DEV=true.
    alias: { "react-devtools-core": stub },
  });
});
afterEach(closeTerminals);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const start: OperationEvent = {
  type: "start",
  format: 1,
  operation: "up",
  id: "op-1",
  cloud: "home",
  apps: ["notes"],
  at: "",
  pid: 1,
};
const stack: OperationEvent = { type: "stack", stack: "notes", app: "notes", preview: false };
const resource = (name: string, phase: ResourceEvent["phase"], more: Partial<ResourceEvent> = {}): ResourceEvent => ({
  type: "resource",
  phase,
  stack: "notes",
  op: "create",
  urn: `urn:${name}`,
  kind: "aws:s3/bucket:Bucket",
  name,
  at: new Date().toISOString(),
  ...more,
});
const result: OperationEvent = {
  type: "result",
  ok: true,
  exitCode: 0,
  operation: "up",
  cloud: "home",
  apps: [{ name: "notes", url: "http://notes--home.localhost:4780/" }],
  durationMs: 10,
};

const consent: OperationEvent = {
  type: "consent",
  stack: "notes",
  needed: true,
  consent: {
    app: "notes",
    digest: `sha256:${"a".repeat(64)}`,
    reasons: ["outside", "wider-reach"],
    before: { version: "1.0.0", digest: "sha256:b" },
    added: [{ who: "anybody", may: "public", what: "/s/*", limit: "60 per minute" }],
    removed: [],
    findings: [],
    card: {
      format: 1,
      name: "notes",
      title: "Notes",
      version: "2.0.0",
      tags: [],
      origin: { source: "github", repository: "ann/notes", commit: "c".repeat(40) },
      digest: "sha256:c",
      sizeBytes: 12_345,
      fileCount: 9,
      creates: [{ kind: "aws:lambda/function:Function", count: 2 }],
      functions: [],
      routes: [{ path: "/s/*", to: "api", public: true, limit: "60 per minute" }],
      data: [{ kind: "table", name: "notes", precious: true }],
      settings: [],
      reach: [
        { who: "anybody", may: "public", what: "/s/*", limit: "60 per minute" },
        { who: "app", may: "host", what: "api.example.com" },
      ],
      cost: {
        pricesOf: "2026-11-01",
        region: "eu-central-1",
        idlePerMonth: 0,
        perThousandRequests: 0.0042,
        assumes: [],
      },
    },
  },
};

let opened = 0;

function open(cols: number, rows: number, more: NodeJS.ProcessEnv = { NO_COLOR: "1" }) {
  const file = join(dir, `events-${opened++}.ndjson`);
  const env = { PATH: process.env["PATH"], TERM: "xterm-256color", HOME: dir, ...more };
  const terminal = openTerminal([script, file], { cols, rows, env, cwd: dir });
  const send = (...events: OperationEvent[]): void => {
    for (const event of events) appendFileSync(file, `${JSON.stringify(event)}\n`);
  };
  return { ...terminal, send };
}

describe.each([
  [80, 24],
  [120, 40],
])("at %ix%i", (cols, rows) => {
  it("shows what is under way and what it waits for, and leaves the finished tree in the scrollback", async () => {
    const terminal = open(cols, rows);
    terminal.send(start, stack, resource("files", "started"));
    await terminal.shows(/S3 bucket files {2}creating/);
    terminal.send(resource("files", "waiting", { message: "for its name" }));
    await terminal.shows(/creating .*for its name/);
    for (let at = 0; at < 60; at++) terminal.send(resource(`b${at}`, "started"));
    await terminal.shows(/and \d+ more/);
    for (let at = 0; at < 60; at++) terminal.send(resource(`b${at}`, "done", { elapsedMs: 5 }));
    terminal.send(resource("files", "done", { elapsedMs: 1500 }));
    terminal.send({
      type: "summary",
      stack: "notes",
      app: "notes",
      result: "succeeded",
      preview: false,
      changes: { create: 61 },
      durationMs: 1600,
    });
    terminal.send(result);
    expect(await terminal.exited).toBe(0);
    await terminal.shows(/notes is up at http:\/\/notes--home\.localhost:4780\//);
    const all = terminal.all();
    expect(all.filter((line) => / S3 bucket b\d+ {2}created {2}5 ms/.test(line))).toHaveLength(60);
    expect(all.filter((line) => line.includes("S3 bucket files  created  1.5 s"))).toHaveLength(1);
    expect(all.join("\n")).toMatch(/succeeded, 61 created \(1\.6 s\)/);
    // Never the alternate screen: what was there before stays there.
    expect(terminal.raw()).not.toContain("\u001b[?1049h");
  });
});

// What is asked has to be readable whole: a line cut off at the window's edge would hide what somebody says yes to.
it("draws what is asked in full in a window of 40 columns, and no colour where none is wanted", async () => {
  const terminal = open(40, 15);
  terminal.send(start, consent);
  await terminal.has(/--accept[\s\S]*sha256/);
  const text = terminal.all().join("").replace(/ +/g, " ");
  for (const said of [
    "anybody may call /s/*, at most 60 per minute (new)",
    "api.example.com",
    `consent's digest what --accept takes sha256:${"a".repeat(64)}`,
    "folder's digest what --expect takes sha256:c",
    "2 Lambda functions",
  ])
    expect(text.replaceAll(" ", "")).toContain(said.replaceAll(" ", ""));
  expect(terminal.raw()).not.toMatch(/\u001b\[[0-9;]*[1-9][0-9;]*m/);
});

// What resolving a REF has to say comes before it is known what starts: drawn again with the start, it was said twice.
it("says a note that comes before the start once, above it", async () => {
  const terminal = open(80, 24);
  terminal.send({ type: "note", level: "warning", message: "GitHub was not asked" });
  await terminal.has(/GitHub was not asked/);
  terminal.send(start, result);
  expect(await terminal.exited).toBe(0);
  const said = terminal.all().filter((line) => /GitHub was not asked|up notes on home/.test(line));
  expect(said).toEqual(["warning: GitHub was not asked", expect.stringMatching(/^up notes on home/)]);
});

// Wide characters are two columns; counted as one, every line below is off.
it("keeps the frame within the window with wide names", async () => {
  const terminal = open(40, 15);
  terminal.send(start, stack);
  for (let at = 0; at < 20; at++) terminal.send(resource(`表格表格表格表格表格表格表格-${at}`, "started"));
  await terminal.shows(/and \d+ more/);
  expect(terminal.text().match(/working on notes/g)).toHaveLength(1);
  expect(terminal.text()).toMatch(/d leave it running/);
});

// What is usual is known from before; a person may go away meanwhile, and the tree is not theirs to keep open.
it("says how long it usually takes, and d leaves it", async () => {
  const terminal = open(80, 24, {});
  terminal.send(start, stack, resource("files", "started"));
  await terminal.shows(/creating {2}[\d.]+ m?s of about 2\.0 s/);
  await terminal.shows(/d leave it running {3}ctrl-c stop/);
  terminal.keys("d");
  expect(await terminal.exited).toBe(130);
});

// Keys are read one by one, so the terminal sends no signal any more: Ctrl-C has to stay what it was.
it("takes Ctrl-C as the signal it is everywhere else", async () => {
  const terminal = open(80, 24, {});
  terminal.send(start, stack, resource("files", "started"));
  await terminal.shows(/d leave it running/);
  terminal.keys("ctrl-c");
  await terminal.has(/warning: interrupted/);
});
