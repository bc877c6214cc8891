/**
 * Where a token for GitHub comes from and where it does not go: to no process of ours but the one that asks GitHub, which
 * is told over its stdin.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type Asker, signInOf, tokenVariables } from "../../cli/github.ts";
import { runOperation } from "../../cli/operations/start.ts";
import { findPaths } from "../../cli/paths.ts";
import type { OperationEvent } from "../../stacks/events.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-token-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const paths = findPaths({ FREEHOLD_HOME: join(dir, "home") });

// What a worker inherits, the local cloud, the engine's programs and its plugins could read.
it("a worker inherits no token, and is told one over its stdin", async () => {
  const entry = join(dir, "worker.mjs");
  const event = { type: "result", ok: true, exitCode: 0, operation: "up", cloud: "", apps: [], durationMs: 1 };
  writeFileSync(
    entry,
    `import { appendFileSync, readFileSync, existsSync } from "node:fs";
     const at = process.argv[2];
     const environ = existsSync("/proc/self/environ") ? readFileSync("/proc/self/environ", "utf8") : JSON.stringify(process.env);
     const message = JSON.stringify({ environ, argv: process.argv, told: JSON.parse(readFileSync(0, "utf8")) });
     appendFileSync(at + "/events.ndjson", JSON.stringify({ type: "note", level: "info", message }) + "\\n");
     appendFileSync(at + "/events.ndjson", ${JSON.stringify(JSON.stringify(event))} + "\\n");`,
  );
  const notes: string[] = [];
  const emit = (one: OperationEvent): void => void (one.type === "note" && notes.push(one.message));
  const before = tokenVariables.map((name) => [name, process.env[name]] as const);
  for (const name of tokenVariables) process.env[name] = `secret-in-${name}`;
  try {
    const asked = { operation: "up" as const, command: "freehold up x", cwd: dir };
    const answers = { settings: {}, github: { token: "told-over-stdin", from: "GITHUB_TOKEN" } };
    await runOperation(asked, answers, { paths, emit, onInterrupt: () => () => undefined, workerEntry: entry });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
  const { environ, argv, told } = JSON.parse(notes[0]!);
  expect(environ).toContain("PATH=");
  expect(environ + argv.join(" ")).not.toMatch(/secret-in-|told-over-stdin/);
  expect(told.github).toEqual({ token: "told-over-stdin", from: "GITHUB_TOKEN" });
});

const bin = join(dir, "bin");
const asker = (more: Partial<Asker> = {}): Asker => ({
  paths: findPaths({ FREEHOLD_HOME: mkdtempSync(join(dir, "home-")) }),
  env: { PATH: bin, GITHUB_API_URL: "x", SECRET: "no" },
  interactive: true,
  ask: () => Promise.reject(new Error("nobody is asked")),
  ...more,
});

function gh(script: string): void {
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "gh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "gh"), 0o755);
}

it("GITHUB_TOKEN is used as it is, and nobody is asked", async () => {
  gh("echo from-gh");
  expect(await signInOf(asker({ env: { PATH: bin, GITHUB_TOKEN: " t0ken\n" } }))).toEqual({
    token: "t0ken",
    from: "GITHUB_TOKEN",
  });
});

// Its sign-in can do whatever its owner can: that it is used at all is for the owner to say, once.
it("what gh is signed in with is used after asking once; the answer is kept where a person can change it", async () => {
  gh(`[ "$*" = "auth token" ] && [ -z "$SECRET" ] && echo gho_abc`);
  let asked = 0;
  const yes = asker({
    ask: async () => {
      asked++;
      return "y";
    },
  });
  expect(await signInOf(yes)).toEqual({ token: "gho_abc", from: "gh" });
  expect(await signInOf(yes)).toEqual({ token: "gho_abc", from: "gh" });
  expect(asked).toBe(1);
  expect(readFileSync(join(yes.paths.config, "github.yaml"), "utf8")).toMatch(/^# .*\ngh: yes\n$/);
  const no = asker({ ask: async () => "" });
  expect(await signInOf(no)).toBeUndefined();
  expect(await signInOf({ ...no, ask: () => Promise.reject(new Error("asked again")) })).toBeUndefined();
});

it("where nobody can be asked, gh is not", async () => {
  gh(`touch "${join(dir, "ran")}"; echo gho_abc`);
  const quiet = asker({ interactive: false });
  expect(await signInOf(quiet)).toBeUndefined();
  expect(existsSync(join(dir, "ran"))).toBe(false);
  expect(existsSync(join(quiet.paths.config, "github.yaml"))).toBe(false);
});

// A folder that one happens to be in must not answer for gh; signed out is no sign-in.
it("a gh in the current folder, one that fails and one that says something odd are none", async () => {
  gh("echo from-here");
  const here = process.cwd();
  process.chdir(bin);
  try {
    expect(await signInOf(asker({ env: { PATH: ".:" } }))).toBeUndefined();
  } finally {
    process.chdir(here);
  }
  const ask = async () => "yes";
  gh("echo not signed in >&2; exit 1");
  expect(await signInOf(asker({ ask }))).toBeUndefined();
  gh("printf 'two\\nlines'");
  expect(await signInOf(asker({ ask }))).toBeUndefined();
});
