/**
 * State on bad days, end to end through the Automation API: what cannot be read or written is said clearly, before
 * any call to a provider, and the same command goes on once it is put right.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { drive, Thing } from "./support/stack.ts";
import { TestWorld } from "./support/test-provider.ts";

const checkpointOf = (dir: string): string => join(dir, ".pulumi/stacks/proj/dev.json");
const journalOf = (dir: string): string => join(dir, ".pulumi/journals/proj/dev.journal");

/** A stack with two resources, and a program that would change both. */
async function settled(dir?: string) {
  const world = new TestWorld();
  const driven = await drive(world, dir);
  const ask = (value: string): void =>
    driven.program(async () => {
      new Thing("one", { value });
      new Thing("two", { value });
    });
  ask("a");
  expect((await driven.run("up")).error).toBeUndefined();
  world.calls.length = 0;
  ask("b");
  return { world, ...driven, checkpoint: checkpointOf(driven.dir) };
}

const damages: [string, (text: string) => string | Buffer, string][] = [
  ["empty", () => "", "it is empty"],
  ["cut off", (text) => text.slice(0, text.length / 2), "it is not whole JSON"],
  ["a bit flipped in a value", (text) => text.replace('"value":"a"', '"value":"c"'), "do not have the checksum"],
  ["from a newer version", (text) => withoutSeal(text, { version: 5 }), "newer than this engine knows"],
  ["with strange features", (text) => withoutSeal(text, { version: 4, features: ["x"] }), "does not know (x)"],
  [
    "of another stack",
    (text) =>
      withoutSeal(text.replaceAll("proj/dev", "proj/other").replaceAll("urn:pulumi:dev::", "urn:pulumi:other::"), {}),
    "is the checkpoint of",
  ],
];

function withoutSeal(text: string, change: object): string {
  const { checksum: _seal, ...json } = JSON.parse(text);
  return JSON.stringify({ ...json, ...change });
}

// A checkpoint that cannot be trusted must never be planned against: that would make or delete everything.
test.each(damages)(
  "F5-F7: a checkpoint that is %s is refused, and its backup goes on",
  async (_title, damage, text) => {
    const { world, run, checkpoint } = await settled();
    const whole = readFileSync(checkpoint, "utf8");
    writeFileSync(checkpoint, damage(whole));
    for (const op of ["up", "preview", "destroy"] as const) {
      const refused = await run(op);
      expect(refused.error?.message).toContain(text);
      expect(refused.error?.message).toContain(checkpoint);
    }
    expect(world.calls).toEqual([]);
    writeFileSync(checkpoint, whole);
    expect((await run("up")).changes).toEqual({ same: 1, update: 2 });
  },
);

// A checkpoint that is gone is not a new stack: everything would be made twice.
test("F7: a checkpoint that was lost is refused by init, and comes back from its backup", async () => {
  const { world, run, dir, checkpoint } = await settled();
  expect((await run("up")).error).toBeUndefined();
  world.calls.length = 0;
  rmSync(checkpoint);
  expect((await run("up")).error?.message).toContain("no stack named 'dev' found");
  await expect(drive(world, dir)).rejects.toThrow(/is missing, though the stack has a past/);
  expect(world.calls).toEqual([]);
  renameSync(`${checkpoint}.bak`, checkpoint);
  expect((await run("up")).error).toBeUndefined();
  expect(world.all().size).toBe(2);
});

// The official engine may have compressed it: that is no missing stack, and nothing is made twice.
test("a compressed checkpoint is gone on from", async () => {
  const { world, run, dir, checkpoint, stack } = await settled();
  writeFileSync(`${checkpoint}.gz`, gzipSync(readFileSync(checkpoint)));
  rmSync(checkpoint);
  expect((await run("up")).changes).toEqual({ same: 1, update: 2 });
  expect((await drive(world, dir)).stack.name).toBe("dev");
  expect((await stack.workspace.listStacks()).map(({ name }) => name)).toEqual(["dev"]);
});

// One bad stack must not take the list of all of them away.
test("stack ls lists what it cannot read, and warns", async () => {
  const { dir, stack, checkpoint } = await settled();
  await drive(new TestWorld(), dir, "good");
  writeFileSync(checkpoint, "{");
  const errors: string[] = [];
  const { stdout } = await (stack.workspace as any).pulumiCommand.run(
    ["stack", "ls", "--json"],
    dir,
    (stack.workspace as any).envVars,
    undefined,
    (text: string) => errors.push(text),
  );
  expect(JSON.parse(stdout).map(({ name }: any) => name)).toEqual(["dev", "good"]);
  expect(errors.join("")).toMatch(/warning: .*dev\.json.* cannot be read/);
});

/** What a killed run leaves: a journal on the checkpoint that is there, with one create announced. */
function leaveJournal(dir: string, change: (text: string) => string): void {
  const child = new URL("support/crash-child.ts", import.meta.url).pathname;
  try {
    execFileSync(process.execPath, [child, dir, "up", "create two", "a"], { stdio: "ignore" });
  } catch {
    // It kills itself: that is what it is for.
  }
  writeFileSync(journalOf(dir), change(readFileSync(journalOf(dir), "utf8")));
}

// A torn tail announced nothing that was done; damage in the middle hides something that may have been.
test("F5, F6: a torn journal is folded with a note, a damaged one refused", async () => {
  const dir = mkdtempSync(join(tmpdir(), "torn-"));
  leaveJournal(dir, (text) => `${text}0badc0de {"t":"begi`);
  const world = new TestWorld(join(dir, "world.json"));
  const { run, program } = await drive(world, dir);
  program(async () => void new Thing("one", { key: "k1", value: "a" }));
  const torn = await run("up");
  expect(torn.error).toBeUndefined();
  expect(JSON.stringify(torn.events)).toContain("was cut off and is left out");
  const other = mkdtempSync(join(tmpdir(), "bent-"));
  leaveJournal(other, (text) => text.replace('"t":"begin"', '"t":"bogin"'));
  const bent = new TestWorld(join(other, "world.json"));
  const second = await drive(bent, other);
  second.program(async () => undefined);
  expect((await second.run("up")).error?.message).toMatch(/journal is damaged at byte \d+/);
  expect(bent.calls).toEqual([]);
});

const mounts: string[] = [];
afterAll(() => {
  for (const mount of mounts) execFileSync("umount", ["-l", mount]);
});

/** A small disk of the test's own; undefined where this process may not mount. */
function smallDisk(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounts.push(dir);
  return dir;
}
const probe = smallDisk();
if (!probe) process.stderr.write("SKIPPED: disk full and read-only state: this process may not mount a tmpfs\n");

// A full disk at any write: no provider call without its intent on disk, and with room the same command goes on.
test.skipIf(!probe)(
  "F8: a full disk ends the run before the first unannounced call",
  { timeout: 120_000 },
  async () => {
    const { world, run, dir, checkpoint } = await settled(smallDisk()!);
    const filler = join(dir, "filler");
    const before = readFileSync(checkpoint, "utf8");
    const unannounced: string[] = [];
    world.behaviour.before = (op, name) => {
      const said = readFileSync(journalOf(dir), "utf8").split("\n");
      if (!said.some((line) => line.includes('"t":"begin"') && line.includes(`::${name}"`)))
        unannounced.push(`${op} ${name}`);
    };
    let failures = 0;
    for (let left = 0; left <= 24; left += 4) {
      rmSync(filler, { force: true });
      fill(filler);
      // From no room at all to nearly enough for everything that is written.
      if (left > 0) writeFileSync(filler, Buffer.alloc(Math.max(0, sizeOf(filler) - left * 1024)));
      world.calls.length = 0;
      const full = await run("up");
      if (!full.error) break;
      failures += 1;
      expect(full.error.message).toMatch(/ENOSPC|no space|full|could not be written/i);
      if (world.calls.length === 0 && left === 0) expect(readFileSync(checkpoint, "utf8")).toBe(before);
      expect(() => JSON.parse(readFileSync(checkpoint, "utf8"))).not.toThrow();
    }
    expect(failures).toBeGreaterThan(1);
    expect(unannounced).toEqual([]);
    rmSync(filler, { force: true });
    const again = await run("up");
    expect(again.error).toBeUndefined();
    expect([...world.all().values()].map(({ value }) => value)).toEqual(["b", "b"]);
    expect((await run("up")).changes).toEqual({ same: 3 });
  },
);

function fill(file: string): void {
  for (let size = 1024 * 1024; size >= 512; size = Math.floor(size / 2))
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
}

function sizeOf(file: string): number {
  return readFileSync(file).length;
}

// Nothing can be announced there, so nothing is done; what only looks still works.
test.skipIf(!probe)("F9: a read-only disk ends the run before the first call", async () => {
  const disk = smallDisk()!;
  const { world, run } = await settled(disk);
  execFileSync("mount", ["-o", "remount,ro", disk]);
  const refused = await run("up");
  expect(refused.error?.message).toMatch(/EROFS|read-only/);
  expect(world.calls).toEqual([]);
  expect((await run("preview")).changes).toEqual({ same: 1, update: 2 });
  execFileSync("mount", ["-o", "remount,rw", disk]);
  expect((await run("up")).error).toBeUndefined();
});

// A folder that may not be written, for those who are not root.
test.skipIf(process.getuid?.() === 0)("F9: a folder without the right to write", async () => {
  const { world, run, dir } = await settled();
  chmodSync(join(dir, ".pulumi/journals/proj"), 0o500);
  expect((await run("up")).error?.message).toMatch(/EACCES|readonly/);
  expect(world.calls).toEqual([]);
  chmodSync(join(dir, ".pulumi/journals/proj"), 0o700);
  expect((await run("up")).error).toBeUndefined();
});
