/** How fenced commands begin and end: told what they are without a word lost, limited, and gone with their cloud. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Limits, openControlGroups } from "../../../../stacks/local/sandbox/cgroups.ts";
import { chooseSandbox, type Fencing, hasBegun } from "../../../../stacks/local/sandbox/index.ts";
import { descendants, running } from "../../../support/descendants.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-starter-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const limits: Limits = { processes: 100, memoryBytes: 2 ** 30, processors: 1 };

const groups = openControlGroups(join(dir, "probe"));
const probe = groups.make();
const shared = probe?.doors.some(({ must }) => !must) === true && spawnSync("taskset", ["--version"]).status === 0;
probe?.remove();
for (const folder of groups.folders) rmdirSync(folder);
if (!shared) process.stderr.write("SKIPPED: shares of the processor: no control group for them here, or no taskset\n");

describe.skipIf(process.platform === "win32")("commands", () => {
  let fencing: Fencing;
  beforeAll(async () => {
    fencing = await chooseSandbox(dir, [], "none");
  });
  afterAll(() => fencing.close());

  const start = (command: string[], more: Partial<Limits> = {}, environment = {}, talks = false): ChildProcess =>
    fencing.starter.start(
      { file: command[0]!, args: command.slice(1), env: { PATH: process.env["PATH"]!, ...environment }, cwd: dir },
      { ...limits, ...more },
      talks,
    );

  // They are told through a shell: whatever an argument or a value holds, it is no command of that shell's.
  test("get their arguments, environment and folder as they are, and no input", async () => {
    const odd = [`it's "$HOME" \`id\` $(id) \\`, "two\nlines", "", "*"];
    const said = `JSON.stringify({ args: process.argv.slice(1), odd: process.env.ODD, cwd: process.cwd(),
      input: require("node:fs").readFileSync(0, "utf8"), own: ["PWD", "OLDPWD", "SHLVL"].filter((one) => one in process.env) })`;
    const child = start([process.execPath, "-p", said, "--", ...odd], {}, { ODD: odd.join() });
    expect(JSON.parse(await text(child.stdout!))).toEqual({ args: odd, odd: odd.join(), cwd: dir, input: "", own: [] });
  });

  // To enter a control group takes milliseconds, which no cold call should wait for.
  test("are processes that were there before, one after another, with a channel where they talk", async () => {
    const children = [1, 2, 3].map(() => start(["/bin/sh", "-c", "read -r word; echo $$ $word >&3"], {}, {}, true));
    const before = descendants(process.pid).map(({ pid }) => pid);
    for (const child of children) {
      expect(before).toContain(child.pid);
      const talk = child.stdio[3] as Duplex;
      talk.write("hello\n");
      expect(String((await once(talk, "data"))[0])).toBe(`${child.pid} hello\n`);
    }
  });

  // Whoever has many threads would else have as many shares: here one command has them all on one processor.
  test.skipIf(!shared)("share the processor by their limits, not by their number of processes", async () => {
    const spin = "while :; do :; done";
    const many = start(["taskset", "-c", "0", "/bin/sh", "-c", `for n in 1 2 3 4 5 6; do ${spin} & done; echo; wait`], {
      processors: 0.1,
    });
    const one = start(["taskset", "-c", "0", "/bin/sh", "-c", `echo; ${spin}`]);
    try {
      for (const child of [many, one]) await once(child.stdout!, "data");
      for (const child of [many, one]) hasBegun(child);
      const [manyBefore, oneBefore] = [many, one].map(ticksOf);
      await expect
        .poll(() => ticksOf(one) - oneBefore! + ticksOf(many) - manyBefore!, { timeout: 20_000 })
        .toBeGreaterThan(40);
      expect(ticksOf(one) - oneBefore!).toBeGreaterThan(2 * (ticksOf(many) - manyBefore!));
    } finally {
      for (const child of [many, one]) process.kill(-child.pid!, "SIGKILL");
    }
  });
});

/** Of a process and its children, in hundredths of a second. */
function ticksOf(child: ChildProcess): number {
  const pids = [child.pid!, ...descendants(child.pid!).map(({ pid }) => pid)];
  return pids
    .map((pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" "))
    .reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0);
}

// Without a sandbox nothing ties a grandchild to the cloud; a stopped one, as between two calls, sees nothing at all.
test.runIf(process.platform === "linux")("kill -9 of the cloud ends what a function without a fence left", async () => {
  // The second leaves its process group: only a control group, where there is one, knows that it belongs here.
  const escapes =
    "setsid -f sh -c 'echo $$ >escaped; exec sleep 300'; until [ -s escaped ]; do sleep 0.05; done; cat escaped;";
  const leaves = `sleep 300 & echo $!; ${probe ? escapes : ""} echo whole; kill -STOP 0`;
  const args = [join(import.meta.dirname, "fixtures/starts-without-fence.ts"), join(dir, "killed")];
  mkdirSync(join(dir, "killed"));
  const cloud = spawn(process.execPath, [...args, "/bin/sh", "-c", leaves]);
  let said = "";
  cloud.stdout.on("data", (bytes) => (said += bytes));
  await expect.poll(() => said, { timeout: 20_000 }).toMatch(/whole/);
  await expect.poll(() => said.match(/\d+/g)?.length, { timeout: 20_000 }).toBe(probe ? 2 : 1);
  const below = [...descendants(cloud.pid!).map(({ pid }) => pid), ...said.match(/\d+/g)!.map(Number)];
  const ours = groups.folders.flatMap((folder) =>
    readdirSync(dirname(folder))
      .filter((name) => name.includes(`-${cloud.pid}-`))
      .map((name) => join(dirname(folder), name)),
  );
  expect(ours).toHaveLength(groups.folders.length);
  const closed = once(cloud, "close");
  cloud.kill("SIGKILL");
  await closed;
  await expect.poll(() => running(below), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => ours.filter((folder) => existsSync(folder)), { timeout: 10_000 }).toEqual([]);
});

// The second version of control groups cannot be tried where the first has the controllers: its files can.
test.runIf(process.platform === "linux")("version 2: groups beside our own, with the controllers there are", () => {
  const root = join(dir, "cgroup");
  const session = join(root, "user.slice/session");
  mkdirSync(join(session, "freehold.scope"), { recursive: true });
  writeFileSync(join(session, "cgroup.subtree_control"), "memory pids cpu\n");
  writeFileSync(join(dir, "self"), "0::/user.slice/session/freehold.scope\n");
  const open = () => openControlGroups(dir, root, join(dir, "self"));
  expect(open().make()).toBeUndefined();

  // What the kernel puts into new folders. The processor was not handed down to this session's own.
  const write = (folder: string, files: Record<string, string>): void => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  };
  const first = join(session, readdirSync(session).find((name) => name.startsWith("freehold-"))!);
  const ours = first.replace(/\d+$/, (count) => String(Number(count) + 1));
  mkdirSync(ours);
  write(ours, { "cgroup.controllers": "memory pids\n", "cgroup.subtree_control": "", "cgroup.procs": "" });
  const groups = open();
  expect(groups.folders).toEqual([ours]);
  expect(readFileSync(join(ours, "cgroup.subtree_control"), "utf8")).toBe("+memory");
  const group = groups.make()!;
  const folder = join(group.doors[0]!.file, "..");
  expect(group.doors).toEqual([{ file: join(folder, "cgroup.procs"), must: true }]);
  write(folder, { "pids.max": "max", "memory.max": "max", "cpu.weight": "100" });
  const read = () => ["pids.max", "memory.max", "cpu.weight"].map((name) => readFileSync(join(folder, name), "utf8"));
  group.limit({ ...limits, processors: 0.5 });
  expect(read()).toEqual(["100", String(2 ** 30), "100"]);
  group.share({ ...limits, processors: 0.5 });
  expect(read()[2]).toBe("50");
});
