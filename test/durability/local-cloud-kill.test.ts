/** kill -9 of the local cloud under eight writers: nothing that was answered is lost, nothing is torn. */
import { randomInt } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCloudProcess } from "../support/cloud-process.ts";
import { rounds } from "../support/tools.ts";
import { assertKept, clientsOf, makePlaces, type Writer, writersOf, writeUntilGone } from "./local-cloud-writers.ts";

const sizes = {
  whole: [10 * 1024, 2 * 1024 * 1024, 0, 300_000, 10 * 1024, 64 * 1024, 1024 * 1024],
  multipart: [5 * 1024 * 1024 + 10_000, 700_000],
};

// Row L6: a dead process's page cache stays, so this is about order and atomicity; the test of lost power is about fsync.
test("killed under eight writers, again and again", { timeout: 60_000 + rounds * 30_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), "freehold-kill-"));
  let cloud = await startCloudProcess(dir);
  let clients = clientsOf(cloud);
  await makePlaces(clients);
  const all: Writer[] = [];
  for (let round = 0; round < rounds; round++) {
    const writers = writersOf(() => clients, `round-${round}`, sizes);
    const diesAfter = randomInt(20, 200);
    let killed: Promise<void> | undefined;
    await writeUntilGone(writers, (answers) => {
      if (answers >= diesAfter) killed ??= cloud.kill();
    });
    await killed;
    expect(writers.filter(({ log }) => log.some(({ requestId }) => requestId))).not.toHaveLength(0);
    cloud = await startCloudProcess(dir);
    clients = clientsOf(cloud);
    await assertKept(writers);
    all.push(...writers);
  }
  await assertKept(all);
  expect(readdirSync(join(dir, "incoming"))).toEqual([]);
  expect(await cloud.end()).toBe(0);
  expect(existsSync(join(dir, "lock.json"))).toBe(false);
  await rm(dir, { recursive: true });
});
