/** Which version `rollback` and `undo` mean, told by the log alone: each going back is one more line of it. */
import { describe, expect, it } from "vitest";
import type { InstalledApp, InstalledVersion } from "../../cli/registry.ts";
import { rollbackTarget, rootOf, undoTarget } from "../../cli/versions.ts";

const version = (at: string, digest: string, title = "one", restored?: string): InstalledVersion => ({
  version: `${digest}.0.0`,
  digest,
  ref: "notes",
  origin: { source: "bundled" },
  settings: { title },
  functions: {},
  at,
  operation: "up",
  by: "me",
  ...(restored ? { restored } : {}),
});

/** What runs is the last of them, unless told. */
function app(versions: InstalledVersion[], now: Partial<InstalledApp> = {}): InstalledApp {
  const { digest, settings, functions, version, ref, origin } = versions.at(-1)!;
  const base = { format: 1 as const, name: "notes", source: "bundled" as const, blueprint: "notes", title: "Notes" };
  const rest = { state: "running" as const, kept: [], installedAt: "a", updatedAt: "a" };
  return { ...base, ...rest, digest, settings, functions, version, ref, origin, versions, ...now };
}

describe("rollback", () => {
  // Settings changed since are of the version that runs: going back is to other code, not to another title.
  it("means the newest version before with other code, as it was set last", () => {
    const log = [version("1", "1", "first"), version("2", "1", "second"), version("3", "2"), version("4", "2", "new")];
    expect(rollbackTarget(app(log))).toMatchObject({ at: "2", settings: { title: "second" } });
    expect(rollbackTarget(app(log.slice(0, 2)))).toBeUndefined();
  });

  // Otherwise two rollbacks would only go there and back.
  it("goes further back when it is done again, and after an upgrade begins anew", () => {
    const log = [version("1", "1"), version("2", "2"), version("3", "3"), version("4", "2", "one", "2")];
    expect(rollbackTarget(app(log))).toMatchObject({ at: "1" });
    const further = [...log, version("5", "1", "one", "1")];
    expect(rollbackTarget(app(further))).toBeUndefined();
    expect(rollbackTarget(app([...further, version("6", "3")]))).toMatchObject({ at: "5", digest: "1" });
    expect(rootOf(further.at(-1)!)).toBe("1");
  });

  // An upgrade that was cut off says `partial` with the new digest: what ran before it is the last line.
  it("means what ran last when what is installed never came up", () => {
    const log = [version("1", "1"), version("2", "2")];
    expect(rollbackTarget(app(log, { digest: "3", state: "partial" }))).toMatchObject({ at: "2" });
  });

  // It had come back to the version that it was to leave.
  it("goes on with the one it was bringing back when it was cut off; undo takes that back", () => {
    const log = [version("1", "1"), version("2", "2"), version("3", "3")];
    const cut = app(log, { digest: "2", state: "partial", goingBack: { operation: "rollback", to: "2" } });
    expect(rollbackTarget(cut)).toMatchObject({ at: "2" });
    expect(rollbackTarget(cut, "2.0.0")).toMatchObject({ at: "2" });
    expect(rollbackTarget(cut, "3.0.0")).toMatchObject({ at: "3" });
    expect(undoTarget(cut)).toMatchObject({ at: "3" });
    // An upgrade that brings back what was there by itself is no rollback.
    expect(rollbackTarget({ ...cut, goingBack: { operation: "upgrade", to: "2" } })).toMatchObject({ at: "3" });
  });

  it("takes the version it is told, forward too, and no other", () => {
    const log = [version("1", "1"), version("2", "2"), version("3", "1", "one", "1")];
    expect(rollbackTarget(app(log), "2.0.0")).toMatchObject({ at: "2" });
    expect(rollbackTarget(app(log), "1.0.0")).toBeUndefined();
    expect(rollbackTarget(app(log), "9.0.0")).toBeUndefined();
  });
});

describe("undo", () => {
  it("goes on with the one it was bringing back when it was cut off", () => {
    const log = [version("1", "1"), version("2", "2")];
    const cut = app(log, { digest: "1", state: "partial", goingBack: { operation: "undo", to: "1" } });
    expect(undoTarget(cut)).toMatchObject({ at: "1" });
  });

  it("means the change before, of settings or of version, and once more the one before that", () => {
    const log = [version("1", "1"), version("2", "1", "two"), version("3", "2", "two")];
    expect(undoTarget(app(log))).toMatchObject({ at: "2" });
    const once = [...log, version("4", "1", "two", "2")];
    expect(undoTarget(app(once))).toMatchObject({ at: "1" });
    expect(undoTarget(app([...once, version("5", "1", "one", "1")]))).toBeUndefined();
  });

  // Ten are kept: what an undo leads back to may be gone, and then nothing is before it.
  it("ends where the log does", () => {
    expect(undoTarget(app([version("7", "1", "two"), version("8", "1", "one", "gone")]))).toBeUndefined();
  });
});
