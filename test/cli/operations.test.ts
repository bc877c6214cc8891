/** An operation's files: locks that name the living and outlast nobody, events that are read whole while they grow. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../blueprints/fault.ts";
import { holderOf, lock, tryLock } from "../../cli/lock.ts";
import { tailEvents } from "../../cli/operations/tail.ts";
import { processId } from "../../cli/process-id.ts";
import type { OperationEvent } from "../../stacks/events.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "freehold-operations-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("the lock", () => {
  const file = (name: string): string => join(dir, "locks", `${name}.json`);

  it("names its holder, and is free again when given back", () => {
    const release = tryLock(dir, "home--notes", "one");
    expect(tryLock(dir, "home--notes", "two")).toMatchObject({ id: "one", pid: process.pid });
    expect(tryLock(dir, "home--diary", "two")).toBeTypeOf("function");
    expect(statSync(file("home--notes")).mode & 0o777).toBe(0o600);
    (release as () => void)();
    expect(holderOf(dir, "home--notes")).toBeUndefined();
    expect(tryLock(dir, "home--notes", "two")).toBeTypeOf("function");
  });

  it("refuses at once with exit code 5 and how to watch, and waits when asked to", async () => {
    const release = tryLock(dir, "home--notes", "one") as () => void;
    const { signal } = new AbortController();
    const fault = await lock(dir, "home--notes", "two", {
      waitMs: 0,
      signal,
      onWait: () => expect.fail("waited"),
    }).catch((error: Fault) => error);
    expect(fault).toMatchObject({ exitCode: 5, next: "freehold attach one" });
    const got = await lock(dir, "home--notes", "two", {
      waitMs: Number.POSITIVE_INFINITY,
      signal,
      onWait: () => release(),
    });
    expect(holderOf(dir, "home--notes")).toMatchObject({ id: "two" });
    got();
  });

  // A pid alone would keep the lock of whoever the system gives that pid next.
  it("is taken over from the dead, and from a process that only has the same pid", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
    await once(child, "spawn");
    const dead = { ...processId(child.pid!), id: "dead", since: "" };
    child.kill("SIGKILL");
    await once(child, "exit");
    mkdirSync(join(dir, "locks"));
    for (const holder of [dead, { pid: process.pid, started: "another time", id: "reused", since: "" }]) {
      writeFileSync(file("home--notes"), JSON.stringify(holder));
      expect(holderOf(dir, "home--notes")).toBeUndefined();
      const release = tryLock(dir, "home--notes", "mine");
      expect(release).toBeTypeOf("function");
      (release as () => void)();
    }
  });
});

describe("the events", () => {
  const note = (message: string): string => `${JSON.stringify({ type: "note", level: "info", message })}\n`;
  const end = `${JSON.stringify({ type: "result", ok: true, exitCode: 0, operation: "up", cloud: "home", apps: [], durationMs: 1 })}\n`;

  it("are read as they come, in pieces too, up to the result", async () => {
    const file = join(dir, "events.ndjson");
    const seen: OperationEvent[] = [];
    const rest = [note("é").slice(0, 12), note("é").slice(12), note("three"), end];
    const result = tailEvents(file, {
      alive: () => true,
      pollMs: 20,
      onEvent: (event) => {
        seen.push(event);
        for (const part of rest.splice(0)) appendFileSync(file, part);
      },
    });
    writeFileSync(file, note("one"));
    expect(await result).toMatchObject({ ok: true });
    expect(seen.map((event) => (event.type === "note" ? event.message : event.type))).toEqual([
      "one",
      "é",
      "three",
      "result",
    ]);
  });

  it("of a writer that died end where it ended, without the line it was cut off in", async () => {
    const file = join(dir, "events.ndjson");
    writeFileSync(file, `${note("one")}{"type":"no`);
    const seen: OperationEvent[] = [];
    expect(await tailEvents(file, { alive: () => false, onEvent: (event) => seen.push(event) })).toBeUndefined();
    expect(seen).toHaveLength(1);
  });
});
