/** Every mistake of a manifest is named with its place and a way out, all of them at once. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fault, Fault as FaultClass } from "../../blueprints/fault.ts";
import type { BlueprintFile } from "../../blueprints/files.ts";
import { generated } from "../../blueprints/generate.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";
import { memoryMb, routesOf, timeoutSeconds } from "../../blueprints/manifest.ts";

const file = (path: string): BlueprintFile => ({ path, absolute: `/x/${path}`, executable: false, sizeBytes: 1 });
const files = ["api/index.mjs", "site/index.html", "icon.png"].map(file);

const head = "freehold: 1\nname: notes\nversion: 1.0.0\ntitle: Notes\n";
const api = "functions:\n  api:\n    code: api\n    handler: index.handler\n    runtime: nodejs24.x\n";

function faultOf(text: string): Fault {
  try {
    parseManifest(text, files);
  } catch (error) {
    if (error instanceof FaultClass) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

/** Manifest (after head), and what its fault says, line by line. */
const mistakes: [string, string, string[]][] = [
  ["a misspelt key", "functoins: {}", ["5:1 `functoins` is not known; did you mean `functions`?"]],
  ["a misspelt key deep inside", `${api}    memroy: 1 GB`, ["10:5 `memroy` is not known; did you mean `memory`?"]],
  [
    "a missing key",
    "functions:\n  api: { code: api, handler: index.handler }",
    ["6:8 functions.api.runtime is missing"],
  ],
  [
    "what the schema refuses and what makes no sense, together",
    `${api}    memroy: lots\n    timeout: soon\n    uses: { notse: write }\ntabels: { notes: { key: { id: string } } }\nschedules: { a: { every: 1 day, to: api } }`,
    [
      "10:5 `memroy` is not known; did you mean `memory`?",
      "11:14 functions.api.timeout: a time from 1 s to 15 min, as `10 s`",
      "12:13 `notse` is no table, bucket, queue or function here; did you mean `notes`?",
      "13:1 `tabels` is not known; did you mean `tables`?",
      "14:1 not yet: schedules",
    ],
  ],
  ["a wrong kind", "tags: writing", ["5:7 tags: expected array, received string"]],
  [
    "a bad name of a noun",
    "buckets: { My_Files: {} }",
    ["5:12 buckets.My_Files: a name is made of a-z, 0-9 and single hyphens, and begins with a letter"],
  ],
  [
    "a double hyphen",
    "buckets: { a--b: {} }",
    ["5:12 buckets.a--b: a name is made of a-z, 0-9 and single hyphens, and begins with a letter"],
  ],
  [
    "a name twice",
    "buckets: { a: {} }\ntables: { a: { key: { id: string } } }",
    ["5:12 `a` is also in tables; a name is used once in a blueprint"],
  ],
  ["a name of the gate's", "buckets: { gate: {} }", ["5:12 `gate` is a part every app has already; take another name"]],
  ["queues", "queues: { jobs: { to: worker } }", ["5:1 not yet: queues"]],
  ["schedules", "schedules: { a: { every: 1 day, to: api } }", ["5:1 not yet: schedules"]],
  ["events", "events: { publishes: [a.b] }", ["5:1 not yet: events"]],
  ["needs", "needs: { mail: x }", ["5:1 not yet: needs"]],
  ["raw resources", "resources: { a: { type: 'aws:ssm/parameter:Parameter' } }", ["5:1 not yet: raw resources"]],
  ["reach.aws", "reach: { aws: [ses] }", ["5:10 not yet: reach.aws"]],
  ["an owner who may less", 'roles: { owner: "read only" }', ["5:17 the owner may do everything"]],
  ["a stream", "tables: { a: { key: { id: string }, stream: new } }", ["5:37 not yet: streams"]],
  [
    "a use of nothing",
    `${api}    uses: { nots: read }\ntables: { notes: { key: { id: string } } }`,
    ["10:13 `nots` is no table, bucket, queue or function here; did you mean `notes`?"],
  ],
  [
    "a verb that does not fit",
    `${api}    uses: { notes: send }\ntables: { notes: { key: { id: string } } }`,
    ["10:20 `notes` is in tables: read or write, not send"],
  ],
  [
    "a route to nothing",
    `${api}routes: { /: apo }`,
    ["10:14 `apo` is neither `site` nor a function; did you mean `api`?"],
  ],
  [
    "a route that is none",
    `${api}routes: { /a/../b: api }`,
    ["10:11 /a/../b is no route: `/`, `/about` and `/api/*` are"],
  ],
  [
    "a route of the gate's",
    `${api}routes: { /.freehold/x: api }`,
    ["10:11 addresses below /.freehold are the gate's own"],
  ],
  [
    "a limit on a private route",
    `${api}routes: { /: { to: api, limit: 5 per minute } }`,
    ["10:25 a limit is for public routes"],
  ],
  [
    "a secret in an environment",
    `${api}    environment: { T: "\${settings.token}" }\nsettings: { token: { type: secret } }`,
    ["10:23 `token` is secret, and an environment is not; read the parameter named by SETTING_TOKEN_PARAMETER"],
  ],
  [
    "a reference to nothing",
    `${api}    environment: { T: "\${settings.titel}" }\nsettings: { title: { type: string } }`,
    ["10:23 there is no setting `titel`; did you mean `title`?"],
  ],
  [
    "a variable of the cloud's",
    `${api}    environment: { FREEHOLD_APP: x }`,
    ["10:20 FREEHOLD_APP is set by the cloud itself; take another name"],
  ],
  [
    "a default of a secret",
    "settings: { token: { type: secret, default: x } }",
    ["5:45 a secret in a blueprint is known to everybody; leave it out"],
  ],
  [
    "a default of another kind",
    "settings: { n: { type: number, default: x } }",
    ["5:41 is a string, and the setting a number"],
  ],
  [
    "a handler that is not there",
    "functions: { api: { code: api, handler: main.run, runtime: nodejs24.x } }",
    ["5:41 api has no main.mjs or main.js or main.cjs"],
  ],
  [
    "code outside the folder",
    "functions: { api: { code: ../x, handler: a.b, runtime: nodejs24.x } }",
    ["5:27 functions.api.code: a path inside the blueprint's folder, with `/`"],
  ],
  ["a site that is not there", "site: www", ["5:7 the folder www is not there, or is empty"]],
  ["too little memory", `${api}    memory: 64 MB`, ["10:13 memory is from 128 MB to 10 GB"]],
  [
    "a timeout without a unit",
    `${api}    timeout: 10`,
    ["10:14 functions.api.timeout: expected string, received number"],
  ],
  [
    "an alias",
    "tags: &a [x]\nlicense: *a",
    ["5:10 anchors (&name) are not allowed", "6:10 aliases (*name) are not allowed"],
  ],
  ["a merge key", "reach: { <<: { hosts: [] } }", ["5:10 merge keys (<<) are not allowed"]],
  ["a tag", "title: !secret x", []],
  ["a key twice", "title: Again", []],
  [
    "several at once",
    "taggs: [a]\nsite: 7\nrouts: {}",
    [
      "5:1 `taggs` is not known; did you mean `tags`?",
      "6:7 site: a folder, as `site`, or a mapping of `folder` and `fallback`",
      "7:1 `routs` is not known; did you mean `routes`?",
    ],
  ],
];

describe("a manifest", () => {
  it.each(mistakes)("with %s is refused with its place", (_, body, expected) => {
    const fault = faultOf(`${head}${body}\n`);
    expect(fault).toMatchObject({ code: "manifest-invalid", exitCode: 2 });
    expect(fault.at).toMatch(/^blueprint\.yaml:\d+:\d+$/);
    if (expected.length > 0)
      expect(fault.detail?.split("\n")).toEqual(expected.map((line) => `blueprint.yaml:${line}`));
  });

  it("says what is not YAML, where", () => {
    expect(faultOf("freehold: [1\nname: x").detail).toMatch(/^blueprint\.yaml:\d+:\d+ /);
    expect(faultOf("").detail).toBe("blueprint.yaml:1:1 a manifest is a mapping of names to values");
  });

  it("that says everything it may today is taken as it is", () => {
    const manifest = parseManifest(
      `${head}${api}    memory: 1 GB\n    timeout: 2 min\nsite: site\nicon: icon.png\nroles: { owner: everything }\nevents: { publishes: [], listens: {} }
routes: { /: site, /api/*: api, /hook: { to: api, public: true }, /share/*: { to: api, public: true, limit: 5 per second } }\n`,
      files,
    );
    expect(memoryMb(manifest.functions["api"]!.memory)).toBe(1024);
    expect(timeoutSeconds(manifest.functions["api"]!.timeout)).toBe(120);
    expect(routesOf(manifest)).toEqual([
      { path: "/", to: "site", public: false },
      { path: "/api/*", to: "api", public: false },
      { path: "/hook", to: "api", public: true, limit: { count: 60, seconds: 60 } },
      { path: "/share/*", to: "api", public: true, limit: { count: 5, seconds: 1 } },
    ]);
  });
});

describe("what is generated from the schema", () => {
  it.each(generated.map(({ path, text }) => [path.pathname.split("/").at(-1), path, text] as const))(
    "%s is not stale (node blueprints/generate.ts)",
    async (_, path, text) => expect(await readFile(path, "utf8")).toBe(text()),
  );
});

describe("a blueprint's folder", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "freehold-blueprint-"));
    await cp(resolve(import.meta.dirname, "../support/fixtures/counter"), dir, { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it.each(["notes"])("bundled: %s is right", async (name) => {
    const blueprint = await loadBlueprint(resolve(import.meta.dirname, "../../blueprints", name));
    expect(blueprint.manifest.name).toBe(name);
  });

  it("with a symbolic link in it is refused, wherever the link leads", async () => {
    await symlink("index.html", join(dir, "site/other.html"));
    await expect(loadBlueprint(dir)).rejects.toMatchObject({ code: "blueprint-not-plain", at: "site/other.html" });
  });

  it("without a manifest is not found", async () => {
    await rm(join(dir, "blueprint.yaml"));
    await expect(loadBlueprint(dir)).rejects.toMatchObject({ code: "blueprint-not-found", exitCode: 4 });
  });

  it("with a manifest of more than 256 KiB is refused before it is parsed", async () => {
    await writeFile(join(dir, "blueprint.yaml"), `# ${"x".repeat(256 * 1024)}\n`);
    await expect(loadBlueprint(dir)).rejects.toMatchObject({ code: "blueprint-too-large" });
  });
});
