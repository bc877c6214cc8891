/** Blueprints come from strangers: what is wrong with one is said, quickly; nothing hangs, runs, or is reached outside it. */
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../blueprints/fault.ts";
import { limits, listFiles } from "../../blueprints/files.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";

const made: string[] = [];
let dir: string;
const head = "freehold: 1\nname: hostile\nversion: 1.0.0\ntitle: Hostile\n";
const file = (path: string) => ({ path, absolute: `/x/${path}`, executable: false, sizeBytes: 1 });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "freehold-hostile-"));
  made.push(dir);
  writeFileSync(join(dir, "blueprint.yaml"), head);
});
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true, force: true });
});

async function faultOf(work: () => unknown): Promise<Fault> {
  try {
    await work();
  } catch (error) {
    expect((error as Fault).code, String((error as Error).stack)).toMatch(/^(blueprint|manifest)-/);
    return error as Fault;
  }
  throw new Error("nothing was refused");
}
const refused = (text: string): Promise<Fault> => faultOf(() => parseManifest(text, [file("api/index.mjs")]));

describe("a hostile manifest", () => {
  // Each of these has taken down, or taken over, some program that reads YAML.
  it.each([
    ["nothing", ""],
    ["a list", "- 1"],
    ["a text", "just words"],
    ["two documents", `${head}---\n${head}`],
    ["a function's tag", `${head}tagline: !!js/function "function(){ throw 1 }"\n`],
    ["a binary tag", `${head}tagline: !!binary aGk=\n`],
    ["an own tag", `${head}tagline: !own x\n`],
    [
      "an alias bomb",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    ],
    ["a merge bomb", `a: &a {x: 1}\nb: &b {<<: [*a, *a]}\n${head}settings: {<<: *b}\n`],
    ["an alias to itself", `a: &a [*a]\n`],
    ["no number", `${head.replace("1\n", ".nan\n")}`],
    ["no end", `${head.replace("freehold: 1", "freehold: .inf")}`],
    ["a huge number", `${head}queues: { q: { to: api, retries: 999999999999999999999999999 } }\n`],
    ["a key twice", `${head}name: other\n`],
    ["a key that is a list", `${head}? [a, b]\n: 1\n`],
    ["a key that is nothing", `${head}: 1\n`],
    ["a NUL", `${head}tagline: "a\u0000b"\n\u0000`],
    ["brackets without end", `${head}tags: ${"[".repeat(200_000)}`],
    ["brackets that end", `${head}tags: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n`],
    ["braces without end", `${head}settings: ${"{a: ".repeat(60_000)}`],
    ["lists in lists", `${head}tags:\n${"- ".repeat(100_000)}x\n`],
    ["questions", `${"? ".repeat(100_000)}x\n`],
    ["a hundred thousand keys", `${head}${Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join("\n")}\n`],
    ["a title of megabytes", `${head.replace("Hostile", "x".repeat(200_000))}`],
    ["tabs for spaces", `${head}settings:\n\ta: 1\n`],
  ])("is refused with its place: %s", async (_, text) => {
    const fault = await refused(text);
    expect(fault.code).toBe("manifest-invalid");
    expect(fault.detail).toMatch(/blueprint\.yaml:\d+:\d+/);
    // A wall of text is a refusal nobody reads.
    expect(fault.detail!.length).toBeLessThan(20_000);
  });

  it("changes no prototype, wherever it says so", async () => {
    for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])
      for (const text of [
        `${key}: { polluted: 1 }\n`,
        `settings: { ${key}: { type: string, polluted: 1 } }\n`,
        `functions: { api: { ${key}: { polluted: 1 }, code: api, handler: index.handler, runtime: nodejs24.x } }\n`,
        `tables: { t: { key: { id: string }, indexes: { ${key}: { polluted: 1 } } } }\n`,
        `constructor: { prototype: { polluted: 1 } }\n`,
      ]) {
        await refused(head + text);
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }
  });

  // `in` finds what every object has; a name is what the manifest says and nothing else.
  it.each([
    [
      "a route",
      "functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x } }\nroutes: { /x: constructor }\n",
      /neither `site` nor a function/,
    ],
    [
      "a use",
      "functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x, uses: { constructor: write } } }\n",
      /no table, bucket, queue or function/,
    ],
    [
      "a setting",
      "functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x, environment: { A: '${settings.constructor}' } } }\n",
      /there is no setting/,
    ],
  ])("cannot name what is not in it: %s", async (_, text, said) =>
    expect((await refused(head + text)).detail).toMatch(said),
  );

  it("cannot stop the program with a pattern", async () => {
    for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^([a-z]+)*$", "^(.*a){30}$"]) {
      const text = `${head}settings: { s: { type: string, default: ${"a".repeat(60)}!, pattern: "${pattern}" } }\n`;
      expect((await refused(text)).detail).toMatch(/pattern/);
    }
  });

  it("cannot point outside its folder", async () => {
    for (const path of ["../x", "/etc", "a/../../b", "..", "a/..", "C:\\x", "a\\..\\b", "a\u0000b", "x".repeat(4096)])
      for (const key of ["site", "icon"]) await refused(`${head}${key}: ${JSON.stringify(path)}\n`);
    for (const handler of ["../index.handler", "/etc/passwd.handler", "a/../../b.handler"])
      await refused(`${head}functions: { api: { code: api, handler: "${handler}", runtime: nodejs24.x } }\n`);
  });

  it("cannot take a name that means something to a command line or a terminal", async () => {
    for (const name of [
      "-rf",
      "--all",
      "a;b",
      "$(x)",
      "`x`",
      "a b",
      "a\nb",
      "\u001b[2J",
      "a--b",
      "foundation",
      "CON.",
      "ａｐｐ",
    ])
      await refused(head.replace("hostile", JSON.stringify(name)));
  });
});

describe("a hostile folder", () => {
  const refusedFolder = (): Promise<Fault> => faultOf(() => loadBlueprint(dir));

  it("is loaded when it is plain, so that the rest means something", async () => {
    writeFileSync(join(dir, "README.md"), "x");
    expect((await loadBlueprint(dir)).files.map(({ path }) => path)).toEqual(["README.md", "blueprint.yaml"]);
  });

  // A manifest is read first of all: what it really is has to be known before.
  it.each([
    ["a link to a manifest", () => symlinkSync("/etc/hostname", join(dir, "blueprint.yaml"))],
    ["a link to a device without end", () => symlinkSync("/dev/zero", join(dir, "blueprint.yaml"))],
    ["a pipe nobody writes to", () => void execFileSync("mkfifo", [join(dir, "blueprint.yaml")])],
    ["a folder", () => mkdirSync(join(dir, "blueprint.yaml"))],
    ["half a megabyte", () => writeFileSync(join(dir, "blueprint.yaml"), `# ${"x".repeat(512 * 1024)}`)],
    ["bytes that are no text", () => writeFileSync(join(dir, "blueprint.yaml"), Buffer.from([0xc3, 0x28, 0xff]))],
  ])("whose manifest is %s is refused at once", async (_, make) => {
    rmSync(join(dir, "blueprint.yaml"));
    make();
    await refusedFolder();
  });

  it.each([
    ["a link to a file", () => symlinkSync("/etc/passwd", join(dir, "x"))],
    ["a link to a folder", () => symlinkSync("/", join(dir, "x"))],
    ["a link to itself", () => symlinkSync("x", join(dir, "x"))],
    ["a link to nothing", () => symlinkSync("nowhere", join(dir, "x"))],
    ["a pipe", () => void execFileSync("mkfifo", [join(dir, "x")])],
    ["a name with a line break", () => writeFileSync(join(dir, "a\nb"), "")],
    ["a name with an escape sequence", () => writeFileSync(join(dir, "\u001b[2J"), "")],
    ["a name with a backslash", () => writeFileSync(join(dir, "..\\x"), "")],
    ["a folder's name with an escape sequence", () => mkdirSync(join(dir, "\u001b]0;x"))],
  ])("with %s is refused", async (_, make) => {
    make();
    expect((await refusedFolder()).code).toBe("blueprint-not-plain");
  });

  it("with folders without end, or without number, is refused at a limit", async () => {
    mkdirSync(join(dir, Array.from({ length: 60 }, () => "d").join("/")), { recursive: true });
    expect((await refusedFolder()).code).toBe("blueprint-too-large");
    rmSync(join(dir, "d"), { recursive: true });
    for (let n = 0; n < 51; n++) mkdirSync(join(dir, `d${n}`));
    expect((await faultOf(() => listFiles(dir, { ...limits, folders: 50 }))).code).toBe("blueprint-too-large");
    expect(await listFiles(dir, { ...limits, folders: 51 })).toHaveLength(1);
    expect((await faultOf(() => listFiles(dir, { ...limits, files: 0 }))).code).toBe("blueprint-too-large");
    expect((await faultOf(() => listFiles(dir, { ...limits, bytes: 9 }))).code).toBe("blueprint-too-large");
  });

  it("is not written to, and nothing of it is run", async () => {
    const canary = join(tmpdir(), `freehold-canary-${process.pid}`);
    const script = `#!/bin/sh\ntouch ${canary}\n`;
    for (const name of ["package.json", ".npmrc", "Pulumi.yaml", "index.js", "preinstall"])
      writeFileSync(join(dir, name), name === "package.json" ? `{"scripts":{"preinstall":"touch ${canary}"}}` : script);
    chmodSync(join(dir, "preinstall"), 0o755);
    chmodSync(dir, 0o500);
    try {
      await loadBlueprint(dir);
    } finally {
      chmodSync(dir, 0o700);
    }
    expect(() => readFileSync(canary)).toThrow("ENOENT");
  });

  // A set-user-id bit would go into the archive; a hard link is only another name of a file of the same disk.
  it("keeps of a file's mode whether it is run, and nothing else", async () => {
    writeFileSync(join(dir, "tool"), "x");
    chmodSync(join(dir, "tool"), 0o6755);
    linkSync(join(dir, "tool"), join(dir, "also"));
    const { files } = await loadBlueprint(dir);
    expect(files.find(({ path }) => path === "tool")).toMatchObject({ executable: true });
    expect(Object.keys(files[0]!).sort()).toEqual(["absolute", "executable", "path", "sizeBytes"]);
  });
});
