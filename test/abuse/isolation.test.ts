/**
 * What a hostile app's Node function can reach from inside its process, by every way that Node has: held by the sandbox,
 * or by Node's permission model where there is none. Scripts, Python and native code are tried in sandbox.test.ts.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Home, signIn, withHome } from "../support/home.ts";

let home: Home;
let url: string;
let cookie: string;
let store: string;
let diary: string;
/** Whether a sandbox holds the function: its root folder is its own, and nothing of ours is even there. */
let fenced: boolean;
/** Refused by Node's permission model, or not even there, or not to be written. */
const none = /^(ERR_ACCESS_DENIED|ENOENT|EROFS)$/;
const canary = "canary-7c1f";

beforeAll(async () => {
  home = await withHome();
  mkdirSync(join(home.dir, ".ssh"));
  diary = join(home.dir, ".ssh/id_ed25519");
  writeFileSync(diary, canary, { mode: 0o600 });
  await home.freehold("up", join(import.meta.dirname, "fixtures/probe"));
  const { link, url: address } = await home.json<{ link: string; url: string }>("open", "probe");
  url = new URL(address).origin;
  cookie = await signIn(link);
  const status = await home.json<{ dataDir: string; sandbox: { kind: string } }>("cloud", "status");
  store = join(status.dataDir, "local");
  fenced = status.sandbox.kind !== "none";
});
afterAll(() => home?.close());

/** What the text answered, or the code it was refused with. */
async function inside(text: string): Promise<{ value?: any; refused?: string; message?: string }> {
  const headers = { cookie, "content-type": "text/plain" };
  const answer = await ask(`${url}/api/run`, { method: "POST", headers, body: text });
  expect(answer.status, answer.text).toBe(200);
  return JSON.parse(answer.text);
}

const quoted = (path: string): string => JSON.stringify(path);
/** A path in a text that is written before the path is known. */
const at = (name: "diary" | "store" | "home"): string => `@${name}@`;

/** Each way of reading a file that Node has, as a text that answers the file's content. */
const waysToRead: Record<string, (path: string) => string> = {
  readFile: (path) => `return (await load("node:fs")).readFileSync(${quoted(path)}, "latin1")`,
  promises: (path) => `return (await load("node:fs/promises")).readFile(${quoted(path)}, "latin1")`,
  stream: (path) =>
    `let t = ""; for await (const c of (await load("node:fs")).createReadStream(${quoted(path)}, "latin1")) t += c; return t`,
  blob: (path) => `return (await (await load("node:fs")).openAsBlob(${quoted(path)})).text()`,
  require: (path) => `return JSON.stringify(require(${quoted(path)}))`,
  envFile: (path) => `process.loadEnvFile(${quoted(path)}); return JSON.stringify(process.env)`,
  copy: (path) =>
    `const fs = await load("node:fs"); fs.cpSync(${quoted(path)}, process.env.TMPDIR + "/c"); return fs.readFileSync(process.env.TMPDIR + "/c", "latin1")`,
  symlink: (path) =>
    `const fs = await load("node:fs"); const at = process.env.TMPDIR + "/s" + Math.random(); fs.symlinkSync(${quoted(path)}, at); return fs.readFileSync(at, "latin1")`,
  hardlink: (path) =>
    `const fs = await load("node:fs"); const at = process.env.TMPDIR + "/h" + Math.random(); fs.linkSync(${quoted(path)}, at); return fs.readFileSync(at, "latin1")`,
  relativeLinks: (path) =>
    `const fs = await load("node:fs"); const at = process.env.TMPDIR; fs.mkdirSync(at + "/a/b/c/d", { recursive: true }); const l = at + "/a/b/c/d/l" + Math.random(); fs.symlinkSync("../".repeat(20) + ${quoted(path.slice(1))}, l); fs.renameSync(l, at + "/moved"); return fs.readFileSync(at + "/moved", "latin1")`,
  sourceMap: (path) =>
    `const fs = await load("node:fs"); const m = await load("node:module"); process.setSourceMapsEnabled(true); const at = process.env.TMPDIR + "/m" + Math.random() + ".mjs"; fs.writeFileSync(at, "export const a = 1;\\n//# sourceMappingURL=file://" + ${quoted(path)}); await load(at); const map = m.findSourceMap(at); if (!map) throw Object.assign(new Error("none"), { code: "ERR_ACCESS_DENIED" }); return JSON.stringify(map.payload)`,
  traversal: (path) =>
    `return (await load("node:fs")).readFileSync(process.env.TMPDIR + "/" + "../".repeat(30) + ${quoted(path)}, "latin1")`,
  buffer: (path) => `return (await load("node:fs")).readFileSync(Buffer.from(${quoted(path)}), "latin1")`,
  sqlite: (path) =>
    `const { DatabaseSync } = await load("node:sqlite"); return JSON.stringify(new DatabaseSync(${quoted(path)}, { readOnly: true }).prepare("select * from sqlite_master").all())`,
};

// The owner learns what fences strangers' code, in words and for programs.
it("is fenced by what cloud status names", async () => {
  const { sandbox } = await home.json<{ sandbox: { kind: string; why?: string } }>("cloud", "status");
  expect(["bubblewrap", "namespaces", "sandbox-exec", "none"]).toContain(sandbox.kind);
  expect((await home.freehold("cloud", "status")).stdout).toMatch(new RegExp(`sandbox +${sandbox.kind}`));
  expect(sandbox.why === undefined).toBe(sandbox.kind !== "none");
  const { value } = await inside("return process.env.LAMBDA_TASK_ROOT");
  expect(value === "/var/task").toBe(["bubblewrap", "namespaces"].includes(sandbox.kind));
  expect(fenced).toBe(sandbox.kind !== "none");
});

// Row L11.
describe("a function's process", () => {
  const secrets = (): string[] => [
    diary,
    join(store, "keys.json"),
    join(store, "store.db"),
    join(store, "process.json"),
    join(store, "local-cloud.log"),
    "/etc/shadow",
  ];

  // One way that is not fenced is the way.
  it.each(Object.keys(waysToRead))("cannot read the owner's files: %s", async (way) => {
    for (const path of secrets()) {
      expect(existsSync(path), path).toBe(true);
      const { refused, value, message } = await inside(waysToRead[way]!(path));
      expect(refused, `${path} ${message} ${String(value).slice(0, 80)}`).toMatch(
        /^(ERR_ACCESS_DENIED|ENOENT|MODULE_NOT_FOUND|ERR_UNKNOWN_BUILTIN_MODULE|ERR_INVALID_ARG_VALUE|ERR_SQLITE_ERROR)$/,
      );
    }
  });

  // Its own it may read, as on AWS; of others it sees nothing.
  it("cannot read where processes keep their secrets", async () => {
    const parent = `return (await load("node:fs")).readFileSync("/proc/" + process.ppid + "/environ", "latin1")`;
    if (!fenced) {
      for (const path of ["/proc/self/environ", "/proc/self/mem", "/proc/self/maps", "/proc/1/cmdline"])
        expect((await inside(waysToRead["readFile"]!(path))).refused, path).toBe("ERR_ACCESS_DENIED");
      expect((await inside(parent)).refused).toBe("ERR_ACCESS_DENIED");
      return;
    }
    const { value: all } = await inside(`const fs = await load("node:fs");
      const pids = fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
      return pids.map((pid) => fs.readFileSync("/proc/" + pid + "/environ", "latin1") + fs.readFileSync("/proc/" + pid + "/cmdline", "latin1")).join("\\n");`);
    expect(all).toContain("client.cjs");
    const keys = readFileSync(join(store, "keys.json"), "utf8").match(/[\w+/=-]{20,}/g)!;
    expect(keys.length).toBeGreaterThan(1);
    for (const secret of [canary, ...keys]) expect(all).not.toContain(secret);
  });

  it("cannot list the folders of others, nor write outside its own", async () => {
    for (const path of [store, join(store, "lambda/code"), join(store, ".."), home.dir, "/root"])
      expect((await inside(`return (await load("node:fs")).readdirSync(${quoted(path)})`)).refused, path).toMatch(none);
    for (const path of [join(home.dir, "mine"), join(store, "keys.json"), "/var/mine"])
      expect((await inside(`(await load("node:fs")).writeFileSync(${quoted(path)}, "x")`)).refused, path).toMatch(none);
    const own = `(await load("node:fs")).writeFileSync(process.env.LAMBDA_TASK_ROOT + "/index.mjs", "x")`;
    expect((await inside(own)).refused).toMatch(none);
    const temporary = `const fs = await load("node:fs"); fs.writeFileSync(process.env.TMPDIR + "/x", "x"); return fs.readFileSync(process.env.TMPDIR + "/x", "utf8")`;
    expect((await inside(temporary)).value).toBe("x");
  });

  // What works on AWS works in a sandbox, and comes no further than its function; without one it is refused.
  it.each<[string, string, { fenced: RegExp; bare: RegExp }]>([
    [
      "a process",
      `return String((await load("node:child_process")).execFileSync("/bin/cat", [${at("diary")}], { stdio: ["ignore", "pipe", "pipe"] }))`,
      { fenced: /No such file or directory/, bare: /ERR_ACCESS_DENIED/ },
    ],
    [
      "a thread",
      `const { Worker } = await load("node:worker_threads");
       const read = "const { readFileSync } = require('fs'); require('worker_threads').parentPort.postMessage(String(readFileSync(" + JSON.stringify(${at("diary")}) + ")))";
       return new Promise((resolve, reject) => new Worker(read, { eval: true }).once("message", resolve).once("error", reject))`,
      { fenced: /ENOENT/, bare: /ERR_ACCESS_DENIED/ },
    ],
    [
      "native code",
      `process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6"); return "loaded"`,
      { fenced: /ERR_DLOPEN_FAILED/, bare: /ERR_DLOPEN_DISABLED/ },
    ],
    [
      "OpenSSL's engines",
      `(await load("node:crypto")).setEngine("/lib/x86_64-linux-gnu/libc.so.6"); return "loaded"`,
      { fenced: /ERR_CRYPTO_/, bare: /ERR_(ACCESS_DENIED|CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED)/ },
    ],
    [
      "WASI",
      `new (await load("node:wasi")).WASI({ version: "preview1", preopens: { "/": ${at("home")} } }); return "opened"`,
      { fenced: /uvwasi|ENOENT/i, bare: /ERR_ACCESS_DENIED/ },
    ],
    [
      "SQLite",
      `const { DatabaseSync } = await load("node:sqlite");
       const own = new DatabaseSync(process.env.TMPDIR + "/own.db"); own.exec("create table if not exists a (b)");
       own.prepare("attach ? as theirs").run(${at("store")} + "/store.db"); return "attached"`,
      { fenced: /unable to open database/, bare: /ERR_UNKNOWN_BUILTIN_MODULE/ },
    ],
    [
      "a report",
      `return process.report.writeReport("/var/freehold-report.json")`,
      { fenced: /^"(\/var\/)?freehold-report\.json"|^""$/, bare: /ERR_ACCESS_DENIED/ },
    ],
    [
      "a heap snapshot",
      `return (await load("node:v8")).writeHeapSnapshot("/var/freehold.heapsnapshot")`,
      { fenced: /EROFS/, bare: /ERR_ACCESS_DENIED/ },
    ],
  ])("comes no further by way of %s", async (_, text, expected) => {
    const paths = { diary, store, home: home.dir };
    const { refused, value, message } = await inside(
      text.replace(/@(\w+)@/g, (__, name: keyof typeof paths) => quoted(paths[name])),
    );
    const said = value === undefined ? `${refused} ${message}` : JSON.stringify(value);
    expect(said).toMatch(fenced ? expected.fenced : expected.bare);
    expect(said).not.toContain(canary);
  });

  // The runtime's own debugger is in a network of the function's, where nobody else is.
  it("opens no debugger that others reach", async () => {
    const { refused, value } = await inside(`const inspector = await load("node:inspector");
      inspector.open(0, "127.0.0.1"); const url = inspector.url(); inspector.close(); return url`);
    if (fenced) expect(value).toMatch(/^ws:\/\/127\.0\.0\.1:/);
    else expect(refused).toBe("ERR_ACCESS_DENIED");
  });

  // Node opens a debugger, that is a way to run anything as the local cloud, to whoever sends this signal.
  it("cannot turn on the local cloud's debugger, nor its neighbours'", async () => {
    const { value } = await inside(`
      const { connect } = await load("node:net");
      process.kill(process.ppid, "SIGUSR1");
      process.kill(process.pid, "SIGUSR1");
      const open = () => new Promise((resolve) => {
        const socket = connect(9229, "127.0.0.1", () => { socket.destroy(); resolve(true); });
        socket.on("error", () => resolve(false));
      });
      for (let n = 0; n < 20; n++) {
        if (await open()) return true;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return false;`);
    expect(value).toBe(false);
    expect((await home.json<{ running: boolean }>("cloud", "status")).running).toBe(true);
  });

  it("finds in its environment what Lambda gives it, and no key but its role's", async () => {
    const { value } = await inside("return process.env");
    const allowed =
      /^(AWS_(ENDPOINT_URL|EXECUTION_ENV|REGION|DEFAULT_REGION|LAMBDA_\w+|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|PATH|LANG|TZ|HOME|TMPDIR|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|NODE_PATH|_HANDLER|_X_AMZN_TRACE_ID|TABLE_THINGS|SETTING_TOKEN_PARAMETER|FREEHOLD_\w+)$/;
    expect(Object.keys(value).filter((name) => !allowed.test(name))).toEqual([]);
    expect(value.AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
    expect(value.HOME).toBe(value.TMPDIR);
  });

  // The Runtime API is one server for all functions: what one must not have is another's path on it.
  it("cannot take events at the Runtime API without its own secret", async () => {
    const { value } = await inside(`
      const [authority] = process.env.AWS_LAMBDA_RUNTIME_API.split("/");
      const paths = ["/2018-06-01/runtime/invocation/next", "//2018-06-01/runtime/invocation/next", "/x/2018-06-01/runtime/invocation/next", "/__proto__/2018-06-01/runtime/invocation/next"];
      return Promise.all(paths.map(async (path) => (await fetch("http://" + authority + path)).status));`);
    expect(value).toEqual([404, 404, 404, 404]);
  });
});
