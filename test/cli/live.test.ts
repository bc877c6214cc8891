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

function open(cols: number, rows: number) {
  const file = join(dir, `events-${cols}.ndjson`);
  const env = { PATH: process.env["PATH"], TERM: "xterm-256color", HOME: dir };
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
