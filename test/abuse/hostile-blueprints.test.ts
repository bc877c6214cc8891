/**
 * Whole blueprints from strangers, as folders: each is refused before anything of it is shown, with its reason, quickly,
 * and nothing of it is run. Asked as a person asks: `info` on the folder. Rows H1, H2, H6, H7, H8, H9, H12, H15 and G11;
 * archives are the catalogs' (test/catalog/), single mistakes of a manifest test/abuse/blueprints.test.ts.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../blueprints/fault.ts";
import type { Input } from "../../cli/command.ts";
import { run as info } from "../../cli/commands/info.ts";

const head = "freehold: 1\nname: hostile\nversion: 1.0.0\ntitle: Hostile\n";
const api = "functions:\n  api: { code: api, handler: index.handler, runtime: nodejs24.x }\n";
const titled = (title: string): string => head.replace("Hostile", JSON.stringify(title));
const named = (name: string): string => head.replace("hostile", JSON.stringify(name));
const withApi = (more: string): string => head + api.replace(" }", `, ${more} }`);
const secret = (value: string): string => withApi(`environment: { X: ${JSON.stringify(value)} }`);

type Hostile = [what: string, manifest: string, said: RegExp, more?: (dir: string) => Promise<unknown>];
const corpus: Hostile[] = [
  ["H6: a manifest that is a list", "- 1\n", /mapping/],
  ["H6: a title of the wrong type", head.replace("Hostile", "[1, 2]"), /title/],
  ["H6: a title of megabytes", head.replace("Hostile", "x".repeat(300_000)), /256 KiB/],
  [
    "H6: a hundred thousand keys",
    `${head}settings:\n${Array.from({ length: 15_000 }, (_, n) => ` k${n}: 1`).join("\n")}`,
    /more than a manifest/,
  ],
  ["H6: nesting without end", `${head}tags: ${"[".repeat(50_000)}`, /nested too deeply/],
  ["H6: a version of not-a-number", head.replace("freehold: 1", "freehold: .nan"), /freehold/],
  ["H6: a prototype", `${head}settings: { __proto__: { type: string } }\n`, /no name/],
  ["H6: a constructor for a setting", `${head}settings: { constructor.prototype: { type: string } }\n`, /a-z/],
  ["H7: aliases that grow", `a: &a [x, x]\nb: &b [*a, *a]\n${head}tags: *b\n`, /aliases/],
  ["H7: merge keys", `${head}settings: { <<: { a: { type: string } } }\n`, /merge keys/],
  ["H7: a function's tag", `${head}tagline: !!js/function "function(){}"\n`, /tag/i],
  [
    "H7: a pattern without end",
    `${head}settings: { s: { type: string, default: "${"a".repeat(40)}!", pattern: "^(a+)+$" } }\n`,
    /takes too long/,
  ],
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
  ["H9: an option for a name", named("-rf"), /begins with a letter/],
  ["H9: a command for a name", named("a;touch x"), /a-z/],
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
  ["H10: everything, for anybody", `${head}roles: { guest: everything }\n`, /not yet/],
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
  ["H1: a site above the folder", `${head}site: a/../../b\n`, /inside the blueprint/],
  ["H1: an icon above the folder", `${head}icon: ../icon.svg\n`, /inside the blueprint/],
  ["H1: a handler above its code", head + api.replace("index.handler", "../evil.handler"), /has no/],
  ["H2: a link to a file", head, /symbolic link/, (dir) => symlink("/etc/passwd", join(dir, "data"))],
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
    // A place to look at, and not a wall of text.
    expect(fault!.at).toBeTruthy();
    expect(fault!.detail!.length).toBeLessThan(20_000);
    expect(existsSync(canary)).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    // 50 ms where nothing else runs; a pattern's own time is 100 ms. What this catches hangs.
    expect(ms).toBeLessThan(4000);
  });
});
