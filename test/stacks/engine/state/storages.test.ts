/** What holds wherever state lies: the same rows against a folder, a bucket of the local cloud, and moto's. */
import { hostname } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Backend,
  BackendMemory,
  openBackend,
  passphraseManager,
  type SecretsManager,
  type StackRef,
  verifyIntegrity,
} from "../../../../stacks/engine/state/index.ts";
import { Secret } from "../../../../stacks/engine/value.ts";
import { missing, motoServer } from "../../../support/tools.ts";
import { info, keys, type Place, ref, root, steppingClock, stores, thing, urn } from "./support.ts";

let secrets: SecretsManager;
beforeAll(async () => {
  secrets = await passphraseManager("password", "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==");
});

describe.each(Object.keys(stores))("%s", (name) => {
  const skipped = name.includes("moto") && missing(motoServer(), "moto_server");
  describe.skipIf(skipped)("keeps state", () => {
    let store: Awaited<ReturnType<(typeof stores)[string]>>;
    let place: Place;
    let backend: Backend;
    beforeAll(async () => {
      store = await stores[name]!();
    });
    afterAll(() => store?.close());
    beforeEach(async () => {
      place = await store.place();
      backend = place.open();
      await backend.create(ref);
    });
    afterEach(() => place.remove());

    async function make(...names: string[]): Promise<void> {
      const update = await backend.openUpdate(ref, "update", secrets);
      if (update.base.resources.length === 0) update.journal.record({ resource: root(), replaces: null });
      await Promise.all(
        names.map(async (one) => {
          const entry = await update.journal.begin({ type: "creating", resource: thing(one, { id: undefined }) });
          await entry.done({ resource: thing(one, {}, { token: new Secret(`of ${one}`) }), replaces: null });
        }),
      );
      await update.finish(info);
    }

    // Commands of one caller share what they saw; an update rests on what is there, and they see what it wrote.
    test("what a caller remembers decides nothing", async () => {
      const memory = new BackendMemory();
      // Of the two clocks this one is ahead: its entries are the newer ones.
      const steps = steppingClock();
      const clock = { ...steps, now: () => steps.now() + 3_600_000 };
      const open = (): Backend => openBackend(place.url, { clock, env: place.env }, memory);
      expect(await open().exists(ref)).toBe(true);
      expect((await open().load(ref)).resourceCount).toBe(0);
      await make("a");
      const update = await open().openUpdate(ref, "update", secrets);
      expect(update.base.resources.map(({ urn: one }) => one)).toEqual([root().urn, urn("a")]);
      const entry = await update.journal.begin({ type: "creating", resource: thing("b", { id: undefined }) });
      await entry.done({ resource: thing("b"), replaces: null });
      await update.finish({ ...info, message: "with a memory" });
      expect((await open().load(ref)).resourceCount).toBe(3);
      const page = { page: 1, pageSize: 1 };
      expect(await open().history(ref, page)).toEqual(await backend.history(ref, page));
      expect(await open().history(ref, page)).toMatchObject([{ message: "with a memory" }]);
      // Seen free, and held by then: nothing is left of the attempt.
      await expect(open().remove(ref, { force: false })).rejects.toThrow("still has resources");
      expect(await open().exists(ref)).toBe(true);
      const other = await backend.openUpdate(ref, "update", secrets);
      const held = await place.list(keys.locks);
      await expect(open().openUpdate(ref, "update", secrets)).rejects.toThrow("currently locked by 1 lock");
      expect(await place.list(keys.locks)).toEqual(held);
      await other.abandon();
      await open().remove(ref, { force: true });
      expect(await open().exists(ref)).toBe(false);
    });

    // Commands of one caller lock a new stack once: what is begun is made with the first thing that locks it.
    test("a stack that a caller begins is made by whoever goes on with it, or by nobody", async () => {
      const other: StackRef = { ...ref, stack: "begun" };
      const memory = new BackendMemory();
      const open = (): Backend => openBackend(place.url, { clock: steppingClock(), env: place.env }, memory);
      const begin = async (): Promise<void> => {
        await open().create(other);
        expect(await open().exists(other)).toBe(true);
        await expect(open().create(other)).rejects.toThrow("already exists");
        expect((await open().load(other)).snapshot().resources).toEqual([]);
        expect(await backend.exists(other)).toBe(!place.url.startsWith("s3:"));
      };
      await begin();
      const update = await open().openUpdate(other, "update", undefined);
      expect(await backend.exists(other)).toBe(true);
      update.journal.record({ resource: root(), replaces: null });
      await update.finish(info);
      expect((await backend.load(other)).resourceCount).toBe(1);
      await open().remove(other, { force: true });
      await begin();
      await open().remove(other, { force: false });
      expect(await backend.exists(other)).toBe(false);
      if (!place.url.startsWith("s3:")) return;
      // Another computer was faster: what it made is not taken for this one's.
      await begin();
      await backend.create(other);
      await expect(open().openUpdate(other, "update", undefined)).rejects.toThrow("already exists");
      await (await open().openUpdate(other, "update", undefined)).abandon();
      expect(await place.list(keys.locks)).toEqual([]);
    });

    // The life of a stack, in the official layout: nothing lies where the official engine would take it for its own.
    test("create, update, list, history, tags, rename, remove", async () => {
      await expect(backend.create(ref)).rejects.toThrow("stack 'organization/shop/dev' already exists");
      expect(await backend.history(ref)).toEqual([]);
      await make("a", "b");
      await make("c");
      expect(await backend.stacks()).toEqual([{ ref, lastUpdate: expect.any(String), resourceCount: 4 }]);
      expect(await backend.history(ref)).toHaveLength(2);
      expect(await backend.history(ref, { page: 2, pageSize: 1 })).toHaveLength(1);
      const files = await place.list(".pulumi");
      expect(files.map((file) => file.replace(/\d{19}/, "TIME"))).toEqual([
        "backups/shop/dev/dev.TIME.json",
        "backups/shop/dev/dev.TIME.json",
        "history/shop/dev/dev-TIME.checkpoint.json",
        "history/shop/dev/dev-TIME.history.json",
        "history/shop/dev/dev-TIME.checkpoint.json",
        "history/shop/dev/dev-TIME.history.json",
        "journals/shop/dev.lock",
        "meta.yaml",
        "stacks/shop/dev.json",
        "stacks/shop/dev.json.bak",
      ]);
      await backend.tags(ref).set("owner", "me");
      const to = await backend.rename(ref, "prod");
      expect(await backend.exists(ref)).toBe(false);
      expect(await backend.tags(to).ls()).toEqual({ owner: "me" });
      expect((await backend.history(to)).map(({ kind }) => kind)).toEqual(["rename", "update", "update"]);
      await expect(backend.remove(to, { force: false })).rejects.toThrow("still has resources");
      await backend.remove(to, { force: true });
      await expect(backend.load(to)).rejects.toThrow("no stack named 'prod' found");
      await backend.create(to);
    });

    // What was done is in state, what was under way is pending, and the official lock stands until that is written.
    test("a dead run's journal is folded in", async () => {
      await make("a");
      const left = await leave(place, async (update) => {
        const [, a] = update.base.resources;
        const entry = await update.journal.begin({ type: "updating", resource: a! });
        await entry.done({ resource: { ...a!, outputs: { v: 2 } }, replaces: a! });
        const made = await update.journal.begin({ type: "creating", resource: thing("b", { id: undefined }) });
        await made.done({ resource: thing("b", { dependencies: [urn("a")] }), replaces: null });
        await update.journal.begin({ type: "creating", resource: thing("c", { id: undefined }), intentKey: "c-1" });
      });
      expect((await backend.load(ref)).interrupted).toBe(true);
      const update = await backend.openUpdate(ref, "update", secrets);
      expect(update.recovered).toBe(true);
      expect(update.base.resources.map((state) => state.urn.split("::").at(-1))).toEqual(["a", "b", "shop-dev"]);
      expect(update.base.resources[0]!.outputs).toEqual({ v: 2 });
      expect(update.base.pendingOperations).toEqual([{ type: "creating", resource: thing("c", { id: undefined }) }]);
      expect(JSON.parse((await place.get(keys.checkpoint))!).checkpoint.latest.pending_operations).toMatchObject([
        { type: "creating", resource: { urn: urn("c") } },
      ]);
      expect(await place.list(keys.locks)).toHaveLength(1);
      expect(await place.list(keys.locks)).not.toEqual([left.lock]);
      await update.finish(info);
      expect(await place.list(keys.locks)).toEqual([]);
      expect((await backend.load(ref)).interrupted).toBe(false);
      const next = await backend.openUpdate(ref, "update", secrets);
      expect(next.recovered).toBe(false);
      await next.abandon();
    });

    /** Leaves the place as a run leaves it that is killed after `work`, on this computer. */
    async function leave(where: Place, work: (update: Awaited<ReturnType<Backend["openUpdate"]>>) => Promise<void>) {
      const before = (await where.get(keys.checkpoint))!;
      const update = await where.open().openUpdate(ref, "update", secrets);
      await work(update);
      const journal = await Promise.all(
        (await where.list(".pulumi/journals/shop"))
          .filter((file) => file.startsWith("dev.journal"))
          .map(
            async (file) =>
              [`.pulumi/journals/shop/${file}`, (await where.get(`.pulumi/journals/shop/${file}`))!] as const,
          ),
      );
      const [lock = ""] = await where.list(keys.locks);
      const official = JSON.parse((await where.get(`${keys.locks}/${lock}`))!);
      await update.abandon();
      await where.put(keys.checkpoint, before);
      for (const [key, text] of journal) await where.put(key, text);
      await where.put(`${keys.locks}/${lock}`, JSON.stringify({ ...official, pid: 2 ** 22 + 1 }));
      return { lock };
    }

    // C1: told at once who is in the way and since when, in the words the Automation API knows.
    test("C1: a second update is refused, by name", async () => {
      const first = await backend.openUpdate(ref, "update", secrets);
      const asked = performance.now();
      await expect(place.open().openUpdate(ref, "update", secrets)).rejects.toThrow(
        new RegExp(
          `^the stack is currently locked by 1 lock\\(s\\)[^]*created by .+@.+ \\(pid ${process.pid}\\) at 2026`,
        ),
      );
      // 200 ms by the matrix; the machine that runs the tests may be busy.
      expect(performance.now() - asked).toBeLessThan(2000);
      await expect(place.open().remove(ref, { force: true })).rejects.toThrow("currently locked");
      await first.abandon();
      await (await place.open().openUpdate(ref, "update", secrets)).abandon();
    });

    // C5: who only looks is never in the way, and never sees half a state.
    test("C5: export and load while an update runs", async () => {
      await make("a");
      const update = await backend.openUpdate(ref, "update", secrets);
      await update.journal.begin({ type: "creating", resource: thing("b") });
      expect((await place.open().load(ref)).resourceCount).toBe(2);
      await place.open().exportDeployment(ref, secrets, { showSecrets: true });
      await expect(
        place.open().importDeployment(ref, { version: 3, deployment: {} }, secrets, { force: true }),
      ).rejects.toThrow("currently locked");
      await update.abandon();
    });

    // The official CLI's lock: a living or foreign holder stays; one that is dead on this computer does not.
    test("C3: official lock files", async () => {
      const file = `${keys.locks}/11111111-1111-4111-8111-111111111111.json`;
      const lock = { pid: 2 ** 22 + 1, username: "u", hostname: "elsewhere", timestamp: "2026-01-01T00:00:00Z" };
      await place.put(file, JSON.stringify(lock));
      await expect(backend.openUpdate(ref, "update", secrets)).rejects.toThrow("created by u@elsewhere");
      await place.put(file, JSON.stringify({ ...lock, hostname: hostname(), pid: process.ppid }));
      await expect(backend.openUpdate(ref, "update", secrets)).rejects.toThrow("currently locked");
      await backend.cancel(ref);
      await place.put(file, JSON.stringify({ ...lock, hostname: hostname() }));
      await (await backend.openUpdate(ref, "update", secrets)).abandon();
      expect(await place.list(keys.locks)).toEqual([]);
      // Of this engine: in a bucket whoever holds the lock of ours holds it for all computers, in a folder for this one.
      await place.put(
        file,
        JSON.stringify({ ...lock, startTime: "1", lockId: "11111111-1111-4111-8111-111111111111" }),
      );
      const opening = backend.openUpdate(ref, "update", secrets);
      if (!place.url.startsWith("s3:")) return await expect(opening).rejects.toThrow("created by u@elsewhere");
      await (await opening).abandon();
      expect(await place.list(keys.locks)).toEqual([]);
    });

    // Out of one stack, into another, and the same afterwards; secrets opened only when asked.
    test("export and import", async () => {
      await make("a");
      const before = (await backend.load(ref)).snapshot(secrets);
      for (const showSecrets of [false, true]) {
        const json = await backend.exportDeployment(ref, secrets, { showSecrets });
        expect(JSON.stringify(json).includes("of a")).toBe(showSecrets);
        await backend.importDeployment(ref, JSON.parse(JSON.stringify(json)), secrets, { force: false });
        expect((await backend.load(ref)).snapshot(secrets)).toEqual(before);
        expect(await place.get(keys.checkpoint)).not.toContain("of a");
      }
    });

    // Nothing to do and something else to do: neither writes another ciphertext for what did not change.
    test("ciphertext is stable", async () => {
      await make("a", "b");
      const ciphertexts = async () =>
        [...(await place.get(keys.checkpoint))!.matchAll(/"ciphertext":"([^"]+)"/g)].map(([, text]) => text);
      const before = await ciphertexts();
      expect(before).toHaveLength(2);
      const fresh = await passphraseManager("password", String(secrets.state["salt"]));
      await (await place.open().openUpdate(ref, "update", fresh)).finish(info);
      expect(await ciphertexts()).toEqual(before);
      const update = await place
        .open()
        .openUpdate(ref, "update", await passphraseManager("password", String(secrets.state["salt"])));
      const [, a] = update.base.resources;
      update.journal.record({
        resource: { ...a!, protect: true, outputs: { token: new Secret("of a") } },
        replaces: a!,
      });
      await update.finish(info);
      expect((await ciphertexts()).sort()).toEqual([...before].sort());
    });

    // F7: what cannot be this stack's state is refused, never taken for an empty stack, and never rewritten.
    test.each([
      ["empty", "", /cannot be read/],
      ["torn", '{"version":3,"checkpoint":{"sta', /at byte \d+ cannot be read/],
      ["of a newer version", '{"version":5,"checkpoint":{}}', /version 5, which is newer/],
      ["with unknown features", '{"version":4,"features":["teleport"],"checkpoint":{}}', /features .*teleport/],
      [
        "another stack's",
        '{"version":3,"checkpoint":{"stack":"organization/shop/prod","latest":{}}}',
        /is the checkpoint of the stack/,
      ],
    ])("F7: a checkpoint that is %s", async (_, text, message) => {
      await make("a");
      await place.put(keys.checkpoint, text);
      await expect(backend.load(ref)).rejects.toThrow(message);
      await expect(backend.openUpdate(ref, "update", secrets)).rejects.toThrow(message);
      await expect(
        backend.importDeployment(ref, { version: 3, deployment: {} }, secrets, { force: true }),
      ).rejects.toThrow(message);
      expect(await place.get(keys.checkpoint)).toBe(text);
      expect((await backend.verify(ref, secrets)).sound).toBe(false);
    });

    // The official engine renames a stack and leaves the old name in its checkpoint.
    test("a checkpoint that was renamed by the official engine", async () => {
      await make("a");
      const text = (await place.get(keys.checkpoint))!.replace(/,"checksum":"[0-9a-f]+"/, "");
      await place.put(keys.checkpoint, text.replace("organization/shop/dev", "organization/shop/before"));
      expect((await backend.load(ref)).resourceCount).toBe(2);
    });

    // F7: gone while its past is there is not the same as never made.
    test("F7: a checkpoint that was deleted", async () => {
      await make("a");
      const before = (await backend.load(ref)).snapshot(secrets);
      await place.drop(keys.checkpoint);
      await expect(backend.load(ref)).rejects.toThrow("no stack named 'dev' found");
      await expect(backend.create(ref)).rejects.toThrow("made a second time");
      expect((await backend.verify(ref, secrets)).findings[0]).toMatchObject({ kind: "lost", severity: "problem" });
      expect(await backend.repair(ref, secrets, async () => false)).toMatchObject({ repaired: false });
      expect(await place.get(keys.checkpoint)).toBeUndefined();
      const { steps } = await backend.repair(ref, secrets, async () => true);
      expect(steps).toMatchObject([{ action: "restore", loses: expect.any(String) }]);
      expect((await backend.load(ref)).snapshot(secrets).resources.length).toBeLessThanOrEqual(before.resources.length);
      expect((await backend.verify(ref, secrets)).sound).toBe(true);
    });

    // Integrity after everything above is what the next run begins with.
    test("what is written passes the integrity check", async () => {
      await make("a", "b", "c");
      verifyIntegrity((await backend.load(ref)).snapshot(secrets));
      expect(await backend.verify(ref, secrets)).toEqual({ ref, sound: true, findings: [] });
    });
  });
});
