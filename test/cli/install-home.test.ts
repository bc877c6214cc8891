/** The home page of a new cloud never makes fail what was asked for, whatever it runs into. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { tryLock } from "../../cli/lock.ts";
import { installHome } from "../../cli/operations/install-home.ts";
import { homeIsDue, type Work } from "../../cli/operations/work.ts";
import { findPaths } from "../../cli/paths.ts";

let dir: string;
let said: any[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "freehold-install-home-"));
  said = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cloud = { name: "home", target: "local", region: "eu-west-1", accountId: "123456789012", port: 1 } as never;

function work(more: Partial<Work> = {}): Work {
  return {
    request: { format: 1, id: "one", operation: "up", at: "", command: "freehold up notes", cwd: dir, ref: "notes" },
    answers: { settings: { title: "of another app" } },
    paths: findPaths({ FREEHOLD_HOME: dir, HOME: dir }),
    emit: (event) => void said.push(event),
    signal: new AbortController().signal,
    deploy: {
      deployFoundation: async () => {
        throw new Fault({ code: "unreachable", summary: "The cloud does not answer", exitCode: 6 });
      },
    } as never,
    ...more,
  } as Work;
}

// Who asked for notes has notes; that something else went wrong is a line with what to type, and no failure.
it("says what it ran into, and what installs it", async () => {
  expect(await installHome(work(), cloud)).toBeUndefined();
  expect(said.at(-1)).toMatchObject({
    ...{ type: "note", level: "warning", stack: "home" },
    message: expect.stringMatching(
      /^The home page is not there yet: The cloud does not.*: freehold up home --cloud home$/s,
    ),
  });
});

it("does not begin once the operation was interrupted", async () => {
  expect(await installHome(work({ signal: AbortSignal.abort() }), cloud)).toBeUndefined();
  expect(said.map(({ message }) => message)).toEqual([expect.stringMatching(/interrupted.*freehold up home/)]);
});

// Two first ups at once: one of them brings the page, and the other has nothing to say about it.
it("leaves it to another operation that is at it", async () => {
  const there = work();
  const release = tryLock(there.paths.state, "home--home", "another") as () => void;
  expect(await installHome(there, cloud)).toBeUndefined();
  expect(said.filter(({ level }) => level === "warning")).toEqual([]);
  release();
});

it("is due in a new cloud alone, unless somebody said that it is not", () => {
  const before = process.env["FREEHOLD_NO_HOME"];
  try {
    delete process.env["FREEHOLD_NO_HOME"];
    expect(homeIsDue(work(), "home")).toBe(true);
    expect(homeIsDue(work({ request: { ...work().request, noHome: true } }), "home")).toBe(false);
    process.env["FREEHOLD_NO_HOME"] = "1";
    expect(homeIsDue(work(), "home")).toBe(false);
  } finally {
    if (before === undefined) delete process.env["FREEHOLD_NO_HOME"];
    else process.env["FREEHOLD_NO_HOME"] = before;
  }
});
