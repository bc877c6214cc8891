/**
 * Whole blueprints from strangers, as folders: each is refused before anything of it is shown, with its reason, quickly,
 * and nothing of it is run, reached outside it or written. Asked as a person asks: `info` on the folder. Rows H1, H2, H6,
 * H7, H8, H9, H12, H15 and G11; archives are the catalogs' (test/catalog/).
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../blueprints/fault.ts";
import { limits, listFiles } from "../../blueprints/files.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";
import type { Input } from "../../cli/command.ts";
import { run as info } from "../../cli/commands/info.ts";

const head = "freehold: 1\nname: hostile\nversion: 1.0.0\ntitle: Hostile\n";
const api = "functions:\n  api: { code: api, handler: index.handler, runtime: nodejs24.x }\n";
const titled = (title: string): string => head.replace("Hostile", JSON.stringify(title));
const named = (name: string): string => head.replace("hostile", JSON.stringify(name));
const withApi = (more: string): string => head + api.replace(" }", `, ${more} }`);
const secret = (value: string): string => withApi(`environment: { X: ${JSON.stringify(value)} }`);

type Hostile = [what: string, manifest: string, said: RegExp, more?: (dir: string) => unknown];
const inside = (key: string, path: string): string => `${head}${key}: ${JSON.stringify(path)}\n`;
const handled = (handler: string): string => head + api.replace("index.handler", JSON.stringify(handler));
/** The manifest is another thing. */
const instead = (make: (file: string) => unknown) => async (dir: string) => {
  await rm(join(dir, "blueprint.yaml"));
  await make(join(dir, "blueprint.yaml"));
};
const fifo = (file: string): unknown => execFileSync("mkfifo", [file]);
const corpus: Hostile[] = [
  ["H6: a manifest that is nothing", "", /mapping/],
  ["H6: a manifest that is a list", "- 1\n", /mapping/],
  ["H6: a manifest that is a text", "just words", /mapping/],
  ["H6: two documents", `${head}---\n${head}`, /multiple documents/],
  ["H6: a title of the wrong type", head.replace("Hostile", "[1, 2]"), /title/],
  ["H6: a manifest of megabytes", head.replace("Hostile", "x".repeat(300_000)), /256 KiB/],
  ["H6: a comment of megabytes", `# ${"x".repeat(512 * 1024)}`, /256 KiB/],
  ["H6: a title nearly as large", head.replace("Hostile", "x".repeat(200_000)), /<=60 characters/],
  [
    "H6: a hundred thousand keys",
    `${head}settings:\n${Array.from({ length: 15_000 }, (_, n) => ` k${n}: 1`).join("\n")}`,
    /more than a manifest/,
  ],
  [
    "H6: more keys than are counted",
    `${head}${Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join("\n")}\n`,
    /more than a/,
  ],
  ["H6: brackets without end", `${head}tags: ${"[".repeat(200_000)}`, /nested too deeply/],
  ["H6: brackets that end", `${head}tags: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n`, /nested too deeply/],
  ["H6: braces without end", `${head}settings: ${"{a: ".repeat(60_000)}`, /nested too deeply/],
  ["H6: lists in lists", `${head}tags:\n${"- ".repeat(100_000)}x\n`, /nested too deeply/],
  ["H6: questions", `${"? ".repeat(100_000)}x\n`, /nested too deeply/],
  ["H6: a version of not-a-number", head.replace("freehold: 1", "freehold: .nan"), /freehold/],
  ["H6: a version without end", head.replace("freehold: 1", "freehold: .inf"), /freehold/],
  ["H6: a huge number", `${head}queues: { q: { to: api, retries: ${"9".repeat(27)} } }\n`, /Too big/],
  ["H6: a key twice", `${head}name: other\n`, /unique/],
  ["H6: a key that is a list", `${head}? [a, b]\n: 1\n`, /keys must be strings/],
  ["H6: a key that is nothing", `${head}: 1\n`, /is not known/],
  ["H6: tabs for spaces", `${head}settings:\n\ta: 1\n`, /Tabs/],
  ["H6: a NUL", `${head}tagline: "a\u0000b"\n\u0000`, /map values/],
  // `in` finds what every object has; a name is what the manifest says and nothing else.
  ["H6: a constructor for a route", `${head}${api}routes: { /x: constructor }\n`, /neither `site` nor a function/],
  ["H6: a constructor to use", withApi("uses: { constructor: write }"), /no table, bucket, queue or function/],
  ["H6: a constructor's setting", withApi('environment: { A: "${settings.constructor}" }'), /there is no setting/],
  [
    "H7: aliases that grow",
    ["a: &a [x", "b: &b [*a", "c: &c [*b", "d: [*c"]
      .map((line, at) => `${line}${[",x", ",*a", ",*b", ",*c"][at]!.repeat(8)}]\n`)
      .join(""),
    /aliases/,
  ],
  ["H7: an alias to itself", "a: &a [*a]\n", /aliases/],
  ["H7: merge keys that grow", `a: &a {x: 1}\nb: &b {<<: [*a, *a]}\n${head}settings: {<<: *b}\n`, /merge keys/],
  ["H7: a function's tag", `${head}tagline: !!js/function "function(){ throw 1 }"\n`, /tag/i],
  ["H7: a binary tag", `${head}tagline: !!binary aGk=\n`, /expected string/],
  ["H7: a tag of its own", `${head}tagline: !own x\n`, /Unresolved tag/],
  ...["^(a+)+$", "^(a|aa)+$", "^([a-z]+)*$", "^(.*a){30}$"].map(
    (pattern): Hostile => [
      `H7: the pattern ${pattern}`,
      `${head}settings: { s: { type: string, default: "${"a".repeat(60)}!", pattern: "${pattern}" } }\n`,
      /takes too long/,
    ],
  ),
  [
    "H7: a pattern of 20 KB",
    `${head}settings: { s: { type: string, pattern: "${"(a|".repeat(7000)}" } }\n`,
    /at most|400|pattern/,
  ],
  ["H7: a pattern that is none", `${head}settings: { s: { type: string, pattern: "(" } }\n`, /no regular expression/],
  ["H8: a screen cleared by a title", titled("\u001b[2JNotes"), /cannot be seen/],
  ["H8: a window's name", titled("\u001b]0;root\u0007Notes"), /cannot be seen/],
  ["H8: eight-bit controls", titled("\u009b31mNotes"), /cannot be seen/],
  ["H8: a title from right to left", titled("Notes\u202egpj.exe"), /cannot be seen/],
  ["H8: a title of two lines", titled("Notes\nSigned by Freehold"), /cannot be seen/],
  ["H8: nothing between letters", titled("No\u200btes"), /cannot be seen/],
  ["H8: a tagline with the clipboard in it", `${head}tagline: "\\e]52;c;eA==\\a"\n`, /cannot be seen/],
  ["H8: a tag that hides", `${head}tags: ["a\\u2066b"]\n`, /cannot be seen/],
  ["H8: a licence that hides", `${head}license: "MIT\\u2060"\n`, /cannot be seen/],
  [
    "H8: a setting's label with an escape",
    `${head}settings: { s: { type: string, label: "\\e[31mred" } }\n`,
    /cannot be seen/,
  ],
  [
    "H8: a setting's help that turns around",
    `${head}settings: { s: { type: string, help: "a\\u202eb" } }\n`,
    /cannot be seen/,
  ],
  ["G11: a name in another alphabet", named("p\u0430ste"), /a-z/],
  ["G11: a name in wide letters", named("\uff50aste"), /a-z/],
  ["G11: a name in capitals", named("Notes"), /a-z/],
  ["G11: a name of Freehold's own", named("foundation"), /every cloud has/],
  ...["-rf", "--all", "a;touch x", "$(x)", "`x`", "a b", "a\nb", "\u001b[2J", "CON."].map(
    (name): Hostile => [`H9: the name ${JSON.stringify(name)}`, named(name), /made of a-z.*begins with a letter/],
  ),
  [
    "H9: a variable that is not a setting's",
    withApi('environment: { X: "${env.AWS_SECRET_ACCESS_KEY}" }'),
    /is not known/,
  ],
  ["H9: a setting that is not there", withApi('environment: { X: "${settings.token}" }'), /no setting/],
  ["H9: a variable with a line break", withApi('environment: { "A\\nB": x }'), /a variable's name/],
  ["H9: a variable of Lambda's", withApi("environment: { AWS_LAMBDA_EXEC_WRAPPER: /tmp/x }"), /set by the cloud/],
  ["H9: a variable of Freehold's", withApi("environment: { FREEHOLD_APP: notes }"), /set by the cloud/],
  ["H12: a name that runs into another app's", named("notes--files"), /single hyphens/],
  [
    "H12: a function called as the gate is",
    `${head}functions:\n  gate: { code: api, handler: index.handler, runtime: nodejs24.x }\n`,
    /every app has/,
  ],
  ["H12: a table called as the counters are", `${head}tables: { limits: { key: { id: string } } }\n`, /every app has/],
  ["H12: a route of the gate's own", `${head}${api}routes: { /.freehold/sign-in: api }\n`, /gate's own/],
  ["H12: somebody else's table", withApi("uses: { other-app: write }"), /no table, bucket/],
  ["H10: raw resources", `${head}resources: { r: { type: "aws:iam/role:Role" } }\n`, /not yet/],
  ["H10: rights said by itself", `${head}reach: { aws: ["iam:*"] }\n`, /not yet/],
  ["H10: an owner who may do less", `${head}roles: { owner: looks }\n`, /the owner may do everything/],
  [
    "H15: a thousand functions",
    `${head}functions:\n${Array.from({ length: 1000 }, (_, n) => `  f${n}: { code: api, handler: index.handler, runtime: nodejs24.x }`).join("\n")}\n`,
    /more than a manifest|more routes/,
  ],
  ["H15: memory without end", withApi("memory: 999999 GB"), /10 GB/],
  ["H15: a day a call", withApi("timeout: 1440 min"), /15 min/],
  ["H15: a schedule every second", `${head}schedules: { s: { every: 1 second, to: api } }\n`, /not yet/],
  [
    "H15: a million calls a second",
    `${head}${api}routes: { /: { to: api, public: true, limit: 1000000 per second } }\n`,
    /a rate/,
  ],
  ["a key in an environment", secret("AKIAIOSFODNN7EXAMPLE"), /AWS access key/],
  ["a private key in an environment", secret("-----BEGIN PRIVATE KEY-----"), /private key/],
  [
    "a token for a default",
    `${head}settings: { s: { type: string, default: ghp_${"a1B2".repeat(9)} } }\n`,
    /GitHub token/,
  ],
  ["a secret's default", `${head}settings: { s: { type: secret, default: hunter22 } }\n`, /known to everybody/],
  [
    "a secret in an environment",
    `${withApi('environment: { X: "${settings.s}" }')}settings: { s: { type: secret } }\n`,
    /is secret/,
  ],
  ["H1: code above the folder", head + api.replace("code: api", "code: ../../.."), /inside the blueprint/],
  ["H1: code of the computer's", head + api.replace("code: api", "code: /etc"), /inside the blueprint/],
  ...["../x", "/etc", "a/../../b", "..", "a/..", "C:\\x", "a\\..\\b", "a\u0000b"].flatMap((path): Hostile[] =>
    ["site", "icon"].map((key) => [
      `H1: ${JSON.stringify(path)} for the ${key}`,
      inside(key, path),
      /inside the blueprint/,
    ]),
  ),
  ["H1: a site of 4 KB", inside("site", "x".repeat(4096)), /<=255 characters/],
  ["H1: an icon of 4 KB", inside("icon", "x".repeat(4096)), /<=255 characters/],
  ["H1: a handler above its code", handled("../evil.handler"), /has no/],
  ["H1: a handler of the computer's", handled("/etc/passwd.handler"), /has no/],
  ["H1: a handler on a detour", handled("a/../../b.handler"), /has no/],
  // A manifest is read first of all: what it really is has to be known before.
  ["H2: a link to a manifest", head, /symbolic link/, instead((file) => symlink("/etc/hostname", file))],
  ["H2: a link to a device without end", head, /symbolic link/, instead((file) => symlink("/dev/zero", file))],
  ["H2: a pipe nobody writes to for a manifest", head, /no plain file/, instead(fifo)],
  ["H2: a folder for a manifest", head, /no plain file/, instead((file) => mkdir(file))],
  ["H6: bytes that are no text", head, /UTF-8/, instead((file) => writeFile(file, Buffer.from([0xc3, 0x28, 0xff])))],
  ["H2: a link to a file", head, /symbolic link/, (dir) => symlink("/etc/passwd", join(dir, "data"))],
  ["H2: a link to a folder", head, /symbolic link/, (dir) => symlink("/", join(dir, "x"))],
  ["H2: a link to itself", head, /symbolic link/, (dir) => symlink("x", join(dir, "x"))],
  ["H2: a link to nothing", head, /symbolic link/, (dir) => symlink("nowhere", join(dir, "x"))],
  ["H2: a pipe", head, /neither a file nor a folder/, (dir) => fifo(join(dir, "x"))],
  [
    "H2: a link for a folder of code",
    head + api,
    /symbolic link/,
    async (dir) => {
      await rm(join(dir, "api"), { recursive: true });
      await symlink("/etc", join(dir, "api"));
    },
  ],
  ["H2: a link for a README", head, /symbolic link/, (dir) => symlink("/etc/passwd", join(dir, "README.md"))],
  ["H8: a file's name with an escape", head, /control character/, (dir) => writeFile(join(dir, "\u001b[2J"), "")],
  ["H8: a file's name of two lines", head, /control character/, (dir) => writeFile(join(dir, "a\nb"), "")],
  ["H8: a folder's name with an escape", head, /control character/, (dir) => mkdir(join(dir, "\u001b]0;x"))],
  ["H1: a file's name with a backslash", head, /backslash/, (dir) => writeFile(join(dir, "..\\..\\x"), "")],
];

let root: string;
let canary: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "freehold-corpus-"));
  canary = join(root, "canary");
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** With what a careless program would run, everywhere. */
async function folderOf(at: number, manifest: string): Promise<string> {
  const dir = join(root, String(at));
  const touch = `require("node:fs").writeFileSync(${JSON.stringify(canary)}, "run");\n`;
  const files: Record<string, string> = {
    "blueprint.yaml": manifest,
    "package.json": JSON.stringify({ scripts: { preinstall: `touch ${canary}`, postinstall: `touch ${canary}` } }),
    ".npmrc": "script-shell=/tmp/evil\n",
    "index.js": touch,
    "Pulumi.yaml": "name: evil\nruntime: nodejs\n",
    "api/index.mjs": `import "node:fs"; ${touch}`,
    "api/bootstrap": `#!/bin/sh\ntouch ${canary}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  await chmod(join(dir, "api/bootstrap"), 0o755);
  return dir;
}

const ask = (dir: string) => {
  const paths = Object.fromEntries(
    ["config", "data", "cache", "state"].map((name) => [name, join(root, "home", name)]),
  );
  return info({ args: [dir], flags: {}, cwd: root, env: {}, interactive: false, paths } as unknown as Input);
};

describe("a hostile blueprint", () => {
  it("is one of many, and a plain one beside them is shown, so that the rest means something", async () => {
    expect(corpus.length).toBeGreaterThanOrEqual(40);
    const dir = await folderOf(9999, head + api);
    await expect(ask(dir)).resolves.toMatchObject({ document: { card: { name: "hostile" }, readme: null } });
    expect(existsSync(canary)).toBe(false);
  });

  it.each(corpus.map((one, at) => [one[0], at] as const))("is refused with its reason: %s", async (_, at) => {
    const [, manifest, said, more] = corpus[at]!;
    const dir = await folderOf(at, manifest);
    await more?.(dir);
    const started = performance.now();
    const fault = await ask(dir).then(
      () => undefined,
      (error: Fault) => error,
    );
    const ms = performance.now() - started;
    expect(fault?.code, String(fault?.stack)).toMatch(/^(blueprint-too-large|blueprint-not-plain|manifest-invalid)$/);
    expect(fault!.exitCode).toBe(2);
    expect(fault!.detail).toMatch(said);
    // A place to look at, and not a wall of text, which is a refusal nobody reads.
    expect(fault!.at).toBeTruthy();
    if (fault!.code === "manifest-invalid") expect(fault!.detail).toMatch(/blueprint\.yaml:\d+:\d+/);
    expect(fault!.detail!.length).toBeLessThan(20_000);
    expect(existsSync(canary)).toBe(false);
    // 50 ms where nothing else runs; a pattern's own time is 100 ms. What this catches hangs.
    expect(ms).toBeLessThan(4000);
  });
});

const file = (path: string) => ({ path, absolute: `/x/${path}`, executable: false, sizeBytes: 1 });

async function refused(work: () => unknown): Promise<Fault> {
  try {
    await work();
  } catch (error) {
    expect((error as Fault).code, String((error as Error).stack)).toMatch(/^(blueprint|manifest)-/);
    return error as Fault;
  }
  throw new Error("nothing was refused");
}

// Row H6.
it("a hostile manifest changes no prototype, wherever it says so", async () => {
  for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "constructor.prototype"])
    for (const text of [
      `${key}: { polluted: 1 }\n`,
      `settings: { ${key}: { type: string, polluted: 1 } }\n`,
      `functions: { api: { ${key}: { polluted: 1 }, code: api, handler: index.handler, runtime: nodejs24.x } }\n`,
      `tables: { t: { key: { id: string }, indexes: { ${key}: { polluted: 1 } } } }\n`,
      `constructor: { prototype: { polluted: 1 } }\n`,
    ]) {
      const { detail } = await refused(() => parseManifest(head + text, [file("api/index.mjs")]));
      expect(detail).toMatch(/is no name|is not known|a-z/);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    }
});

describe("a hostile folder", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(root, "folder-"));
    await writeFile(join(dir, "blueprint.yaml"), head);
  });

  it("is loaded when it is plain, so that the rest means something", async () => {
    await writeFile(join(dir, "README.md"), "x");
    expect((await loadBlueprint(dir)).files.map(({ path }) => path)).toEqual(["README.md", "blueprint.yaml"]);
  });

  // Rows H4 and H15.
  it("with folders without end, or without number, is refused at a limit", async () => {
    await mkdir(join(dir, Array.from({ length: 60 }, () => "d").join("/")), { recursive: true });
    expect((await refused(() => loadBlueprint(dir))).code).toBe("blueprint-too-large");
    await rm(join(dir, "d"), { recursive: true });
    for (let n = 0; n < 51; n++) await mkdir(join(dir, `d${n}`));
    expect((await refused(() => listFiles(dir, { ...limits, folders: 50 }))).code).toBe("blueprint-too-large");
    expect(await listFiles(dir, { ...limits, folders: 51 })).toHaveLength(1);
    expect((await refused(() => listFiles(dir, { ...limits, files: 0 }))).code).toBe("blueprint-too-large");
    expect((await refused(() => listFiles(dir, { ...limits, bytes: 9 }))).code).toBe("blueprint-too-large");
  });

  // Rows H13 and H14.
  it("is not written to, and nothing of it is run", async () => {
    const script = `#!/bin/sh\ntouch ${canary}\n`;
    for (const name of ["package.json", ".npmrc", "Pulumi.yaml", "index.js", "preinstall"])
      await writeFile(
        join(dir, name),
        name === "package.json" ? `{"scripts":{"preinstall":"touch ${canary}"}}` : script,
      );
    await chmod(join(dir, "preinstall"), 0o755);
    await chmod(dir, 0o500);
    try {
      await loadBlueprint(dir);
    } finally {
      await chmod(dir, 0o700);
    }
    expect(existsSync(canary)).toBe(false);
  });

  // A set-user-id bit would go into the archive; a hard link is only another name of a file of the same disk.
  it("keeps of a file's mode whether it is run, and nothing else", async () => {
    await writeFile(join(dir, "tool"), "x");
    await chmod(join(dir, "tool"), 0o6755);
    await link(join(dir, "tool"), join(dir, "also"));
    const { files } = await loadBlueprint(dir);
    expect(files.find(({ path }) => path === "tool")).toMatchObject({ executable: true });
    expect(Object.keys(files[0]!).sort()).toEqual(["absolute", "executable", "path", "sizeBytes"]);
  });
});
