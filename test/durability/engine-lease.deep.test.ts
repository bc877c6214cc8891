/**
 * The lock in a bucket, rows C2-C4 and F12: one of many gets it, the dead lose it, and whoever was away for too long
 * finds out before the next thing it does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend, StateError } from "../../stacks/engine/state/index.ts";
import { thisProcess } from "../../stacks/engine/state/process-id.ts";
import { acquireLease, lookAtLease } from "../../stacks/engine/state/s3-lease.ts";
import { S3Objects } from "../../stacks/engine/state/s3-objects.ts";
import { Held } from "../../stacks/engine/state/storage.ts";
import { bucketPlaces, info, keys, type Place, ref, thing, urn } from "../stacks/engine/state/support.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { localStack, localStackName, reachLocalStack } from "../support/localstack.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer, rounds } from "../support/tools.ts";

const program = join(import.meta.dirname, "engine-holder.ts");

describe("a bucket of the local cloud", () => rows(startTestCloud, rounds * 20));
// An S3 that nobody here wrote answers conditional writes as this engine reads them. moto looks at a condition and writes
// in two steps, between which another of its threads may write: there the order of requests is raced, not requests.
describe.skipIf(missing(motoServer(), "moto_server"))("a bucket of moto", () => rows(startMoto, rounds, oneAtATime));
describe.skipIf(missing(localStack, localStackName))("a bucket of LocalStack", () => rows(reachLocalStack, rounds));

/** Its requests, whoever makes them, one after the other in the order in which they are made. */
function oneAtATime(objects: S3Objects): S3Objects {
  let last: Promise<unknown> = Promise.resolve();
  return new Proxy(objects, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        last = last.catch(() => undefined).then(() => value.apply(target, args));
        return last;
      };
    },
  });
}

function rows(
  start: Parameters<typeof bucketPlaces>[0],
  races: number,
  sent: (objects: S3Objects) => S3Objects = (objects) => objects,
): void {
  let store: Awaited<ReturnType<typeof bucketPlaces>>;
  let place: Place;
  const holders: ChildProcess[] = [];
  beforeAll(async () => {
    store = await bucketPlaces(start);
    place = await store.place();
    await place.open().create(ref);
  });
  afterAll(async () => {
    for (const child of holders) child.kill("SIGKILL");
    await store?.close();
  });

  /** A run in a process of its own; `ask` sends it a line and answers what it says next. */
  async function holder(seconds: number) {
    const child = spawn(process.execPath, [program, place.url, String(seconds)], {
      env: { ...process.env, ...place.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    holders.push(child);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    return {
      child,
      said: await next(),
      ask: (line: string) => {
        child.stdin!.write(`${line}\n`);
        return next();
      },
    };
  }

  const openUpdate = () =>
    openBackend(place.url, { clock: systemClock, env: place.env }).openUpdate(ref, "update", undefined);

  it(`C2: of two hosts at once exactly one proceeds, ${races} times`, { timeout: 60_000 + races * 500 }, async () => {
    const objects = sent(new S3Objects(place.url, place.env));
    const host = (hostname: string) => ({ ...thisProcess(0), hostname, lockId: hostname });
    let epoch = 0;
    for (let race = 0; race < races; race++) {
      // Every other time they have all seen it before, as it is or as it was.
      const seen = race % 2 === 0 ? undefined : lookAtLease(objects, "races.lock");
      if (race % 4 === 1) await seen;
      const all = ["one", "two", "three"].map((name) =>
        acquireLease(objects, "races.lock", host(name), 30, async () => undefined, { seen }),
      );
      const outcomes = await Promise.allSettled(all);
      const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      expect(won).toHaveLength(1);
      expect(lost.every((reason) => reason instanceof Held)).toBe(true);
      expect(won[0]!.epoch).toBeGreaterThan(epoch);
      epoch = won[0]!.epoch;
      await won[0]!.release();
    }
  });

  it("C3: a holder killed with kill -9 is taken over at once, and what it began is pending", {
    timeout: 60_000,
  }, async () => {
    const dead = await holder(30);
    expect(dead.said).toBe("held");
    expect(await dead.ask("begin killed")).toBe("begin ok");
    await expect(openUpdate()).rejects.toThrow(`(pid ${dead.child.pid})`);
    dead.child.kill("SIGKILL");
    await once(dead.child, "exit");
    const update = await openUpdate();
    expect(update.base.pendingOperations.map(({ resource }) => resource.urn)).toEqual([urn("killed")]);
    update.journal.settle(update.base.pendingOperations[0]!);
    await update.finish(info);
    expect(await place.list(keys.locks)).toEqual([]);
  });

  it("C4: a holder paused past its time is fenced: its next write is refused, and it stops", {
    timeout: 60_000,
  }, async () => {
    const paused = await holder(1);
    expect(await paused.ask("begin paused")).toBe("begin ok");
    paused.child.kill("SIGSTOP");
    const update = await vi.waitUntil(
      () =>
        openUpdate().catch((error) => {
          if (!(error instanceof StateError) || error.code !== "locked") throw error;
          return undefined;
        }),
      { timeout: 30_000, interval: 200 },
    );
    expect(update.base.pendingOperations.map(({ resource }) => resource.urn)).toEqual([urn("paused")]);
    const entry = await update.journal.begin({ type: "creating", resource: thing("mine") });
    paused.child.kill("SIGCONT");
    expect(await paused.ask("done")).toBe("done lost-lock");
    expect(await paused.ask("begin more")).toBe("begin lost-lock");
    expect(await paused.ask("finish")).toBe("finish lost-lock");
    await entry.done({ resource: thing("mine"), replaces: null });
    update.journal.settle(update.base.pendingOperations[0]!);
    await update.finish(info);
    const { resources, pendingOperations } = (await place.open().load(ref)).snapshot();
    expect(resources.map((state) => state.urn)).toEqual([urn("mine")]);
    expect(pendingOperations).toEqual([]);
    expect(await place.list(keys.locks)).toEqual([]);
  });

  it("C4: after `cancel` the one that was cancelled announces nothing more", { timeout: 60_000 }, async () => {
    const first = await openUpdate();
    await place.open().cancel(ref);
    const second = await openUpdate();
    // Its own time is not over: only the journal that was shut can tell it.
    await expect(first.journal.begin({ type: "creating", resource: thing("late") })).rejects.toMatchObject({
      code: "lost-lock",
    });
    await expect(first.finish(info)).rejects.toMatchObject({ code: "lost-lock" });
    await (await second.journal.begin({ type: "creating", resource: thing("kept") })).failed();
    await second.finish(info);
    await (await openUpdate()).abandon();
  });

  it("F12: a clock that jumps a day either way loses no lock", { timeout: 60_000 }, async () => {
    const day = 86_400_000;
    let offset = 0;
    const clock = { now: () => Date.now() + offset, uuid: () => systemClock.uuid() };
    const open = () => openBackend(place.url, { clock, env: place.env }).openUpdate(ref, "update", undefined);
    const update = await open();
    for (offset of [day, -day, 0]) await expect(open()).rejects.toThrow("currently locked");
    offset = -day;
    await (await update.journal.begin({ type: "creating", resource: thing("jumped") })).failed();
    offset = day;
    await update.finish(info);
  });
}
