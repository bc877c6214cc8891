/**
 * Rows F8 and F9: the disk under the state is full, may not be written, fails to sync, or the process has no files left.
 * No provider is called without a durable intent, the error says what is wrong, and what was there is still there.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { type Backend, openBackend } from "../../stacks/engine/state/index.ts";
import { info, keys, ref, root, thing } from "../stacks/engine/state/things.ts";
import { fillDisk, smallDisk, unmount } from "../support/small-disk.ts";
import { missing } from "../support/tools.ts";

const names = (backend: Backend) =>
  backend.load(ref).then((loaded) => loaded.snapshot().resources.map((state) => state.urn.split("::").at(-1)));

/** A run as the executor drives it; answers the things whose provider was called, and what went wrong. */
async function run(backend: Backend, things: readonly string[]): Promise<{ called: string[]; error: unknown }> {
  const called: string[] = [];
  try {
    const update = await backend.openUpdate(ref, "update", undefined);
    const present = new Set(update.base.resources.map(({ urn }) => urn));
    let failed: unknown;
    try {
      if (!present.has(root().urn)) update.journal.record({ resource: root(), replaces: null });
      for (const operation of update.base.pendingOperations) update.journal.settle(operation);
      for (const name of things) {
        const resource = thing(name, { parent: root().urn }, { text: "x".repeat(4000) });
        if (present.has(resource.urn)) continue;
        const entry = await update.journal.begin({ type: "creating", resource });
        called.push(name);
        await entry.done({ resource, replaces: null });
      }
    } catch (error) {
      failed = error;
    }
    await update.finish(info);
    return { called, error: failed };
  } catch (error) {
    return { called, error };
  }
}

const disk = smallDisk("512k");

describe.skipIf(missing(disk, "the right to mount a small disk"))("F8: a full disk", () => {
  const at = disk as string;
  const backend = () => openBackend(pathToFileURL(at).href, { clock: systemClock });
  afterAll(() => unmount(at));

  it("loses nothing wherever it fills up, and goes on when there is room again", { timeout: 60_000 }, async () => {
    await backend().create(ref);
    expect((await run(backend(), ["first"])).error).toBeUndefined();
    const known = new Set(["shop-dev", "first"]);
    let full = 0;
    for (let free = 0; free <= 80; free += 4) {
      const makeRoom = fillDisk(at, free * 1024);
      const things = Array.from({ length: 4 }, (_, n) => `t${free}-${n}`);
      const { called, error } = await run(backend(), things);
      if (error) {
        full += 1;
        expect((error as NodeJS.ErrnoException).code ?? String(error)).toMatch(/ENOSPC|ERR_SQLITE_ERROR/);
      }
      makeRoom();
      // Whatever was called for is in state or is waiting to be looked for.
      const update = await backend().openUpdate(ref, "update", undefined);
      const there = [
        ...update.base.resources.map(({ urn }) => urn),
        ...update.base.pendingOperations.map(({ resource }) => resource.urn),
      ].map((urn) => urn.split("::").at(-1));
      for (const name of [...known, ...called]) expect(there, `${free} kB: ${name}`).toContain(name);
      // The next round begins as small as this one.
      for (const state of update.base.resources)
        if (!known.has(state.urn.split("::").at(-1)!)) update.journal.record({ resource: null, replaces: state });
      for (const operation of update.base.pendingOperations) update.journal.settle(operation);
      await update.abandon();
      for (const folder of ["history", "backups"])
        rmSync(join(at, ".pulumi", folder, "shop/dev"), { recursive: true, force: true });
    }
    expect(full).toBeGreaterThan(3);
    expect((await run(backend(), ["last"])).error).toBeUndefined();
    expect(await names(backend())).toEqual(expect.arrayContaining(["shop-dev", "first", "last"]));
  });
});

describe("F9: a disk that refuses", () => {
  let dir: string;
  let backend: Backend;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "freehold-state-refuses-"));
    backend = openBackend(pathToFileURL(dir).href, { clock: systemClock });
    await backend.create(ref);
    await run(backend, ["first"]);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    execFileSync("chmod", ["-R", "u+rwx", dir]);
    rmSync(dir, { recursive: true, force: true });
  });

  it.skipIf(process.getuid?.() === 0)("a folder that may not be written fails before the first call", async () => {
    for (const folder of readdirSync(join(dir, ".pulumi"))) chmodSync(join(dir, ".pulumi", folder), 0o500);
    const { called, error } = await run(backend, ["second"]);
    expect(called).toEqual([]);
    expect(String(error)).toMatch(/EACCES|readonly/);
  });

  // Root may write anywhere: there a file where a folder has to be does the same.
  it("a place where no folder can be made fails before the first call", async () => {
    rmSync(join(dir, ".pulumi/locks"), { recursive: true });
    writeFileSync(join(dir, ".pulumi/locks"), "");
    const before = readFileSync(join(dir, keys.checkpoint), "utf8");
    const { called, error } = await run(backend, ["second"]);
    expect(called).toEqual([]);
    expect(String(error)).toMatch(/ENOTDIR|EEXIST/);
    expect(readFileSync(join(dir, keys.checkpoint), "utf8")).toBe(before);
    rmSync(join(dir, ".pulumi/locks"));
    expect((await run(backend, ["second"])).error).toBeUndefined();
  });

  // Each n-th sync fails once: the run is over then, and nothing is called on the strength of what may not be there.
  it("a sync that fails ends the run and is not tried again", { timeout: 60_000 }, async () => {
    const handle = await openFile(join(dir, keys.checkpoint));
    const kind = Object.getPrototypeOf(handle);
    await handle.close();
    for (const method of ["sync", "datasync"] as const) {
      for (let nth = 1; ; nth++) {
        const original = kind[method];
        let calls = 0;
        const spy = vi.spyOn(kind, method).mockImplementation(function (this: unknown) {
          calls += 1;
          if (calls === nth) throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
          return original.call(this);
        });
        const name = `${method}-${nth}`;
        const { called, error } = await run(backend, [name, `${name}-after`]);
        spy.mockRestore();
        if (calls < nth) break;
        expect((error as NodeJS.ErrnoException)?.code, `${name}: ${error}`).toBe("EIO");
        const update = await backend.openUpdate(ref, "update", undefined);
        const there = [...update.base.resources, ...update.base.pendingOperations.map(({ resource }) => resource)];
        for (const one of ["first", ...called])
          expect(
            there.map(({ urn }) => urn.split("::").at(-1)),
            name,
          ).toContain(one);
        for (const operation of update.base.pendingOperations) update.journal.settle(operation);
        await update.abandon();
      }
    }
    expect((await backend.verify(ref, undefined)).findings.filter(({ severity }) => severity === "problem")).toEqual(
      [],
    );
  });

  it("a process without a file left fails before the first call, and nothing is changed", async () => {
    const before = statSync(join(dir, keys.checkpoint)).mtimeMs;
    const script = `
      import { openBackend } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../stacks/engine/state/index.ts")).href)};
      import { openSync } from "node:fs";
      const backend = openBackend(process.argv[1], { clock: { now: Date.now, uuid: () => crypto.randomUUID() } });
      const ref = ${JSON.stringify(ref)};
      await backend.load(ref);
      try { for (;;) openSync("/dev/null"); } catch {}
      await backend.openUpdate(ref, "update", undefined).then(() => console.log("went on"), (error) => console.log(error.code ?? error.message));`;
    const args = ["-c", 'ulimit -n 64 && exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script];
    const said = execFileSync("/bin/sh", [...args, pathToFileURL(dir).href], { encoding: "utf8" });
    expect(said).toMatch(/EMFILE|ERR_SQLITE_ERROR/);
    expect(statSync(join(dir, keys.checkpoint)).mtimeMs).toBe(before);
    expect((await run(backend, ["second"])).error).toBeUndefined();
  });
});
