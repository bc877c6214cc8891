/** `freehold engine install`: the executable `pulumi`, as programs, scripts and people come upon it. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { run, withHome } from "../../../support/home.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

/** Two dozen whole processes, one after the other; beside other tests each takes its time. */
vi.setConfig({ testTimeout: 300_000 });
const program = join(import.meta.dirname, "support/unchanged.ts");
let cloud: TestCloud;
let home: Awaited<ReturnType<typeof withHome>>;
let bin: string;
let pulumi: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  home = await withHome();
  // A folder that a shell script could trip over.
  bin = join(home.dir, "it's a folder");
  pulumi = join(bin, "pulumi");
  await home.freehold("engine", "install", bin);
});

afterAll(async () => {
  await home.close();
  await cloud.close();
});

function project(): { dir: string; env: NodeJS.ProcessEnv } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "executable-")));
  writeFileSync(join(dir, "Pulumi.yaml"), "name: plain\nruntime: nodejs\n");
  const env = {
    ...cloud.env,
    // sh's own dirname and printf are all that is found besides.
    PATH: [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
    HOME: dir,
    USER: "tester",
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
  return { dir, env };
}

// The promise of `engine install`: nothing in the program changes, and PulumiCommand.get() takes the version for the SDK's.
test("an unchanged Automation API program lives its life on it", async () => {
  const { dir, env } = project();
  const { stdout, stderr, code } = await run([program, "life"], env, { cwd: dir });
  expect(code, stderr).toBe(0);
  const told = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(told).toMatchObject({
    version: "3.270.0",
    changeSummary: { create: 2 },
    made: { create: 2 },
    outputs: { secret: { value: "-hunter2", secret: true }, bucket: { secret: false } },
    changed: { same: 1, update: 1 },
    refreshed: "succeeded",
    destroyed: { delete: 2 },
    left: [],
  });
  expect(told.history).toEqual([
    { kind: "refresh", message: "", result: "succeeded" },
    { kind: "update", message: "once more", result: "succeeded" },
    { kind: "update", message: "", result: "succeeded" },
  ]);
  expect(told.events).toEqual(
    expect.arrayContaining(["preludeEvent", "resourcePreEvent", "resOutputsEvent", "summaryEvent"]),
  );
});

// The SDK ends the process with SIGINT; what was made before has to be in the state.
test("an aborted update ends as the SDK expects, and keeps what was made", async () => {
  const { dir, env } = project();
  const { stdout, stderr, code } = await run([program, "wait"], env, { cwd: dir });
  expect(code, stderr).toBe(0);
  const told = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(told.text).toMatch(/CommandError: code: -2/);
  expect(told.text).toMatch(/Command was killed with SIGINT|error: update canceled/);
  // Whole, or as an operation that the next command looks into.
  expect(told.known).toContain("aws:s3/bucket:Bucket");
  expect((await run(["destroy", "--yes", "--stack", "dev"], env, { cwd: dir, command: pulumi })).code).toBe(0);
});

// Scripts go by exit codes and by what stands on which stream.
test("exit codes and streams are those of Pulumi's command line", async () => {
  const { dir, env } = project();
  const sh = (...args: string[]) => run(args, env, { cwd: dir, command: pulumi });
  expect(await sh("version")).toMatchObject({ code: 0, stdout: "v3.270.0\n", stderr: "" });
  expect(await sh("stack", "ls", "--json")).toMatchObject({ code: 0, stdout: "[]\n" });
  expect(await sh("stack", "output")).toMatchObject({
    code: 6,
    stdout: "",
    stderr: expect.stringContaining("error: no stack selected"),
  });
  expect((await sh("stack", "init", "dev")).code).toBe(0);
  expect(await sh("stack", "select", "nope")).toMatchObject({
    code: 6,
    stderr: "error: no stack named 'nope' found\n",
  });
  expect(await sh("up", "--yes", "--bogus")).toMatchObject({ code: 1, stderr: "error: unknown flag: --bogus\n" });
  expect(await sh("stack", "rm", "dev")).toMatchObject({
    code: 2,
    stderr: "error: non-interactive mode requires --yes flag\n",
  });
  // Nobody can be asked: what destroys has to be meant.
  expect(await sh("destroy")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: --yes or --skip-preview"),
  });
  // Without --client there is nobody to run the program.
  expect(await sh("up", "-y")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("it starts no language hosts"),
  });
  expect((await sh("help")).stdout).toContain("pulumi stack init");
  expect((await sh("up", "--help")).stdout).toContain("--policy-pack: policy packs are not supported by this engine");
  // What goes by the state alone needs no program.
  expect(await sh("-C", dir, "refresh", "-y", "-s", "dev")).toMatchObject({ code: 0 });
  expect(await sh("destroy", "--yes", "--remove")).toMatchObject({ code: 0 });
  expect(existsSync(join(dir, ".pulumi/stacks/plain/dev.json"))).toBe(false);
});

// Config comes through pipes in scripts.
test("values and deployments can be piped in", async () => {
  const { dir, env } = project();
  const sh = (...args: string[]) => run(args, env, { cwd: dir, command: pulumi });
  await sh("stack", "init", "dev");
  const piped = (args: string[], text: string): Promise<number> =>
    new Promise((done) => {
      const child = spawn(pulumi, args, { env, cwd: dir, stdio: ["pipe", "ignore", "inherit"] });
      child.on("close", (code) => done(code ?? -1));
      child.stdin.end(text);
    });
  expect(await piped(["config", "set", "motd"], "two\nlines\n")).toBe(0);
  expect((await sh("config", "get", "motd")).stdout).toBe("two\nlines\n");
  const { stdout } = await sh("stack", "export");
  expect(await piped(["stack", "import"], stdout)).toBe(0);
});

// Freehold may be moved, removed or upgraded long after; a wrong engine in silence would be worst.
test("it says what to do when its Freehold is gone or another one", async () => {
  const { dir, env } = project();
  const text = readFileSync(pulumi, "utf8");
  const moved = join(dir, "pulumi");
  writeFileSync(moved, text.replace(/^program='.*'$/m, `program='/nowhere/dist/pulumi.cjs'`));
  chmodSync(moved, 0o755);
  expect(await run(["version"], env, { command: moved })).toMatchObject({
    code: 255,
    stderr: expect.stringMatching(/^error: \/nowhere\/dist\/pulumi\.cjs is gone: .*\n\n {4}freehold engine install /),
  });
  writeFileSync(moved, text.replace(/WRITTEN_BY='[^']*'/, "WRITTEN_BY='0.0.1'"));
  expect(await run(["version"], env, { command: moved })).toMatchObject({
    code: 255,
    stderr: expect.stringContaining("this pulumi was written by Freehold 0.0.1"),
  });
});

// The official CLI, or anybody's script of that name, is not ours to write over.
test("engine install writes again over its own files only", async () => {
  const again = await home.json("engine", "install", bin);
  expect(again).toEqual({
    dir: bin,
    files: [pulumi, ...["aws", "cloudflare"].map((name) => join(bin, `pulumi-resource-${name}`))],
    onPath: false,
  });
  const other = join(home.dir, "other");
  mkdirSync(other);
  writeFileSync(join(other, "pulumi"), "#!/bin/sh\n");
  expect(await home.attempt("engine", "install", other)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("was not written by Freehold"),
  });
  expect(readFileSync(join(other, "pulumi"), "utf8")).toBe("#!/bin/sh\n");
  expect(existsSync(join(other, "pulumi-resource-aws"))).toBe(false);
  rmSync(other, { recursive: true });
});
