/** The command line in hostile hands and surroundings: text that drives a terminal, open folders, tools that are not ours. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inert, safeJson } from "../../cli/safe-text.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { freehold, type Home, run, withHome } from "../support/home.ts";

const nasty = "a\u001b[2J\u001b]52;c;aGk=\u0007\u009b31m\u001bP1\u001b\\\u202egpj\u200bb\u0008\rroot#\nnext";
const secret = "hunter2-5f0c9e71";
/** C0 but line breaks, C1, bidi, zero-width: nothing of it may reach a terminal. */
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

let home: Home;
let folder: string;

/** Everything below a folder, with its kind. */
function below(dir: string): { path: string; directory: boolean; mode: number }[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    const one = { path, directory: entry.isDirectory(), mode: lstatSync(path).mode & 0o777 };
    return entry.isDirectory() ? [one, ...below(path)] : entry.isFile() ? [one] : [];
  });
}

beforeAll(async () => {
  const before = process.umask(0);
  home = await withHome();
  folder = join(home.dir, "hostile");
  cpSync(join(import.meta.dirname, "fixtures/probe"), folder, { recursive: true });
  const manifest = readFileSync(join(folder, "blueprint.yaml"), "utf8").replace(
    "settings:",
    "settings:\n  greeting: { type: string, label: Greeting, default: hello }",
  );
  writeFileSync(join(folder, "blueprint.yaml"), manifest);
  // Refused, and told what of it is wrong.
  const worse = manifest
    .replace("title: Probe", `title: ${JSON.stringify(nasty)}`)
    .replace(
      /tagline: .*/,
      `tagline: ${JSON.stringify(nasty)}\nlicense: ${JSON.stringify(nasty)}\n${JSON.stringify(nasty)}: 1`,
    );
  mkdirSync(join(home.dir, "worse"));
  writeFileSync(join(home.dir, "worse/blueprint.yaml"), worse);
  writeFileSync(
    join(folder, "api/index.mjs"),
    `console.log(${JSON.stringify(nasty)}); export const handler = async () => { throw new Error(${JSON.stringify(nasty)}); };`,
  );
  try {
    await home.freehold("setup", "--yes");
    await home.pipe(secret, "secret", "set", "probe", "token");
    await home.freehold("up", folder);
  } finally {
    process.umask(before);
  }
  // Whatever has got into the registry, by an older Freehold or by another hand.
  const entry = join(home.dir, "freehold/data/clouds/home/apps/probe.json");
  const kept = JSON.parse(readFileSync(entry, "utf8"));
  writeFileSync(entry, JSON.stringify({ ...kept, title: nasty, version: nasty, settings: { greeting: nasty } }));
});
afterAll(() => home?.close());

describe("text from outside", () => {
  it("is inert in every line of every command, plain and as JSON", async () => {
    const { url } = await home.json<{ url: string }>("show", "probe");
    const { ask } = await import("../support/home.ts");
    await ask(`${url}share/x`);
    const commands = [
      ["ls"],
      ["show", "probe"],
      ["status"],
      ["settings", "probe"],
      ["settings", "probe", `greeting=${nasty}`],
      ["secret", "ls", "probe"],
      ["logs", "probe"],
      ["preview", folder],
      ["preview", join(home.dir, "worse")],
      ["up", "probe"],
      ["cloud", "ls"],
      ["cloud", "status"],
      ["attach"],
      ["show", nasty],
      ["up", `./${nasty}`],
      ["up", folder, "--as", nasty],
      ["--cloud", nasty, "ls"],
      [nasty],
      ["ls", `--${nasty}`],
      ["attach", nasty],
      ["logs", "probe", "--since", nasty],
    ];
    // A process each: every other one as JSON, unless there is time for all.
    const all = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 0) >= 4;
    for (const [n, command] of commands.entries())
      for (const args of [command, [...command, "--json"]].slice(all ? 0 : n % 2, all ? 2 : (n % 2) + 1)) {
        const { stdout, stderr } = await home.attempt(...args.filter((word) => !word.includes("\u0000")));
        expect(stdout + stderr, JSON.stringify(args)).not.toMatch(dangerous);
      }
    const { stdout } = await home.freehold("logs", "probe");
    expect(stdout).toContain("root#");
  }, 180_000);

  // What a view forgets to make inert is inert already.
  it("is inert in every field that a view is given, names of settings too", async () => {
    const document = {
      [nasty]: nasty,
      title: nasty,
      deep: [{ name: nasty, list: [nasty, 1, null, true] }],
      message: nasty,
    };
    const clean = inert(document);
    expect(JSON.stringify(clean)).not.toMatch(dangerous);
    expect(clean.title).not.toContain("\n");
    expect(clean.message).toContain("\n");
    expect(safeJson(document)).not.toMatch(dangerous);
    expect(JSON.parse(safeJson(document))).toEqual(document);
  });

  it("cannot break out of a link", () => {
    const { link } = createPaint(true);
    const address = inert({ url: `http://a/\u001b\\${nasty}` }).url;
    expect(link(address).split("\u001b")).toHaveLength(5);
  });
});

describe("what is kept", () => {
  // Row L15: whoever runs with umask 000 did not mean to publish their data.
  it("is its owner's alone, under umask 000, too", () => {
    const all = below(join(home.dir, "freehold"));
    expect(all.length).toBeGreaterThan(20);
    expect(
      all
        .filter(({ mode, directory }) => (mode & 0o077) !== 0 && !(directory && mode === 0o700))
        .map(({ path, mode }) => `${mode.toString(8)} ${path}`),
    ).toEqual([]);
  });

  // Row L15: a link that somebody put in a file's place leads no write of ours to another file.
  it("is never written through a link", async () => {
    const victims = join(home.dir, "victims");
    mkdirSync(victims);
    const files = below(join(home.dir, "freehold"))
      .filter(({ path, directory }) => !directory && !/store\.db|\.log$|lock|\.code$|\/run\//.test(path))
      .map(({ path }, at) => ({ path, victim: join(victims, String(at)), content: readFileSync(path) }));
    expect(files.length).toBeGreaterThan(5);
    for (const { path, victim } of files) {
      renameSync(path, victim);
      symlinkSync(victim, path);
    }
    const { code, stderr } = await home.attempt("up", "probe", "--settings", "greeting=other");
    expect(code, stderr).toBe(0);
    for (const { path, victim, content } of files)
      expect(readFileSync(victim).equals(content), `${path} was written through`).toBe(true);
    for (const { path, victim } of files)
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) renameSync(victim, path);
  });

  // Row L14.
  it("has a secret nowhere but in the local cloud's own store", () => {
    const files = below(join(home.dir, "freehold")).filter(({ directory }) => !directory);
    const holders = files.filter(({ path }) => readFileSync(path).includes(secret)).map(({ path }) => path);
    expect(holders.filter((path) => !/\/local\/store\.db(-wal)?$/.test(path))).toEqual([]);
    const { secretAccessKey } = JSON.parse(
      readFileSync(files.find(({ path }) => path.endsWith("local/keys.json"))!.path, "utf8"),
    );
    const leaks = files.filter(({ path }) => readFileSync(path).includes(secretAccessKey)).map(({ path }) => path);
    expect(leaks).toEqual([expect.stringMatching(/keys\.json$/)]);
  });
});

describe("what other people of this computer see", () => {
  it.runIf(process.platform === "linux")("no secret in any of our processes' arguments while one is set", async () => {
    const seen: string[] = [];
    const child = spawn(process.execPath, [freehold, "secret", "set", "probe", "token"], {
      env: home.env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    child.stdin.end(secret);
    let running = true;
    void closed.then(() => (running = false));
    while (running) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
        try {
          seen.push(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
        } catch {
          // It is gone again.
        }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await closed).toBe(0);
    expect(seen.some((line) => line.includes("secret\0set"))).toBe(true);
    expect(seen.filter((line) => line.includes(secret))).toEqual([]);
  });
});

// Row L16.
describe("the folder a command is run in", () => {
  // A clone of a stranger's repository must not decide what our commands run.
  it("decides nothing: no tool, module or setting of it is used", async () => {
    const trap = join(home.dir, "trap");
    const bin = join(trap, "node_modules/.bin");
    mkdirSync(bin, { recursive: true });
    const sprung = join(home.dir, "sprung");
    for (const at of [trap, bin])
      for (const tool of ["git", "npm", "node", "pulumi", "python3", "sh", "setpriv", "lsof", "aws", "xdg-open"]) {
        writeFileSync(join(at, tool), `#!/bin/sh\necho ${tool} >> ${sprung}\n`);
        chmodSync(join(at, tool), 0o755);
      }
    for (const name of ["@pulumi/pulumi", "@pulumi/aws", "ink", "react", "yaml", "zod"]) {
      mkdirSync(join(trap, "node_modules", name), { recursive: true });
      writeFileSync(
        join(trap, "node_modules", name, "index.js"),
        `require("fs").appendFileSync(${JSON.stringify(sprung)}, "module")`,
      );
    }
    writeFileSync(join(trap, ".npmrc"), "registry=http://127.0.0.1:1/\nscript-shell=./sh\n");
    writeFileSync(join(trap, ".env"), "FREEHOLD_HOME=/nowhere\n");
    writeFileSync(join(trap, "Pulumi.yaml"), "name: trap\nruntime: ./sh\n");
    writeFileSync(join(trap, "package.json"), `{"type":"commonjs","pulumi":{}}`);
    for (const args of [
      ["up", "notes"],
      ["preview", folder],
      ["ls"],
      ["destroy", "notes", "--data", "delete", "--yes"],
    ]) {
      const { code, stderr } = await run([freehold, ...args], home.env, { cwd: trap });
      expect(code, stderr).toBe(0);
    }
    expect(existsSync(sprung)).toBe(false);
  });
});

// Row L17.
describe("a poor terminal", () => {
  it.each([
    ["a narrow one", { COLUMNS: "20" }],
    ["a dumb one", { TERM: "dumb", CI: "" }],
    ["none to speak of", { COLUMNS: "0", LINES: "x", TERM: "" }],
  ])("gets plain lines: %s", async (_, env) => {
    const { code, stdout, stderr } = await run([freehold, "up", "probe"], { ...home.env, ...env });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("probe is up");
    expect(stdout + stderr).not.toMatch(dangerous);
  });

  // `freehold ls | head -1`, and a terminal that has gone.
  it.each(["stdout", "stderr"] as const)("that goes away takes nothing with it: %s", async (which) => {
    const child = spawn(process.execPath, [freehold, "up", "probe"], {
      env: home.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child[which].destroy();
    child[which === "stdout" ? "stderr" : "stdout"].resume();
    expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(0);
    expect((await home.attempt("up", "probe", "--wait", "30s")).code).toBe(0);
  });

  it("without stdin is no reason to wait", async () => {
    const { code, stderr } = await home.attempt("secret", "set", "probe", "token");
    expect(code, stderr).toBe(3);
  });
});
