/**
 * The local cloud loses its power under eight writers. kill -9 cannot show a missing fsync, so its system calls are
 * written down while it works and played again on a disk that keeps only what was synced.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloudProcess } from "../support/cloud-process.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { replay, tracer } from "../support/power.ts";
import { missing, rounds, strace } from "../support/tools.ts";
import {
  assertKept,
  type Clients,
  clientsOf,
  makePlaces,
  type Writer,
  writersOf,
  writeUntilGone,
} from "./local-cloud-writers.ts";

const tool = process.platform === "linux" ? strace() : undefined;
const sizes = { whole: [10 * 1024, 0, 70_000, 2000, 30_000], multipart: [10 * 1024, 50_000] };
const answersWanted = 160;
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** How a client sees a body that is not there, or shorter than its row says. */
const cut = /hang up|aborted|torn/;

describe.skipIf(missing(tool, "strace"))("power lost under eight writers", () => {
  let base: string;
  let root: string;
  let trace: string;
  let clients: Clients;
  let writers: Writer[];
  let ids: Set<string>;
  let credentials: { accessKeyId: string; secretAccessKey: string };

  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), "freehold-power-")));
    root = join(base, "cloud");
    trace = join(base, "trace");
    const cloud = await startCloudProcess(root, tracer(tool!, trace));
    credentials = { ...cloud.credentials };
    clients = clientsOf(cloud);
    await makePlaces(clients);
    writers = writersOf(() => clients, "power", sizes);
    let killed: Promise<void> | undefined;
    await writeUntilGone(writers, (answers) => {
      if (answers >= answersWanted) killed ??= cloud.kill();
    });
    await killed;
    ids = new Set(writers.flatMap(({ log }) => log.flatMap(({ requestId }) => requestId ?? [])));
  }, 120_000);

  afterAll(() => rm(base, { recursive: true, force: true }));

  /** Loses the power as the n-th answer leaves, starts a cloud on what is left, and asks it for what was answered. */
  async function loseAt(n: number, how: { luck?: () => boolean; ignoresSync?: (path: string) => boolean } = {}) {
    const dataDir = await mkdtemp(join(base, "left-"));
    const answered = new Set<string>();
    let left = false;
    await replay(trace, {
      root,
      ...how,
      onSent(text, disk) {
        for (const [id] of left ? [] : text.matchAll(uuid)) if (ids.has(id)) answered.add(id);
        if (left || answered.size < n) return;
        left = true;
        disk.leave(dataDir, how.luck);
      },
    });
    expect(left).toBe(true);
    const cloud = await startTestCloud({ dataDir });
    clients = clientsOf(cloud);
    try {
      expect(cloud.credentials).toEqual(credentials);
      await assertKept(writers, (id) => answered.has(id));
    } finally {
      await cloud.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  }

  // At any moment: what was answered is there, whole, though nothing unsynced is.
  it("keeps what it answered", { timeout: 60_000 + rounds * 30_000 }, async () => {
    for (let round = 0; round < rounds; round++) await loseAt(round === 0 ? ids.size : randomInt(1, ids.size));
  });

  // A disk may also have written some of what nobody asked it to, in any order: torn, that is.
  it("keeps it beside a part of what was not synced", { timeout: 60_000 + rounds * 30_000 }, async () => {
    for (let round = 0; round < rounds; round++) {
      const oneIn = randomInt(2, 5);
      await loseAt(randomInt(1, ids.size), { luck: () => randomInt(oneIn) === 0 });
    }
  });

  // The test of the test: with any one of the syncs taken out, something that was answered is gone.
  it.each([
    ["the database's log", (path: string) => path.endsWith("-wal"), /does not exist/],
    ["the bodies", (path: string) => path.includes("/incoming/") || /\/bodies\/..\/.+/.test(path), cut],
    ["the bodies' folders", (path: string) => /\/bodies\/..$/.test(path), cut],
    ["the folder of the bodies' folders", (path: string) => path.endsWith("/bodies"), cut],
  ])("would notice that %s had no fsync", async (_, ignoresSync, loss) => {
    await expect(loseAt(ids.size, { ignoresSync })).rejects.toThrow(loss);
  });
});

// A disk that is read wrongly loses what was kept, or keeps what was lost.
it("a file's number is another's as soon as its close has begun", async () => {
  const base = await mkdtemp(join(tmpdir(), "freehold-trace-"));
  try {
    const trace = join(base, "trace");
    const calls = [
      '10 openat(AT_FDCWD, "", O_CREAT) = 5</r/a>',
      "10 close(5</r/a> <unfinished ...>",
      '11 openat(AT_FDCWD, "", O_CREAT) = 5</r/b>',
      "10 <... close resumed>) = 0",
      '11 write(5</r/b>, "\\x68\\x69", 2) = 2',
      "11 fsync(5</r/b>) = 0",
      '11 openat(AT_FDCWD, "", O_RDONLY) = 6</r>',
      "11 fsync(6</r>) = 0",
    ];
    await writeFile(trace, calls.join("\n"));
    (await replay(trace, { root: "/r" })).leave(join(base, "left"));
    expect(await readFile(join(base, "left/b"), "utf8")).toBe("hi");
  } finally {
    await rm(base, { recursive: true, force: true });
  }
});
