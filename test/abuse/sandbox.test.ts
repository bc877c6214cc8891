/**
 * What the sandbox alone holds back: hostile scripts, Python and native code, which no permission model of Node fences,
 * try to get at the owner's files, other functions, the network and the computer's means. By each sandbox there is.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openControlGroups } from "../../stacks/local/sandbox/cgroups.ts";
import { findTools } from "../../stacks/local/sandbox/tools.ts";
import { createFunction, type Harness, startLambda } from "../stacks/local/lambda/harness.ts";
import { descendants, running } from "../support/descendants.ts";

const canary = "canary-5e0d";
const tools = findTools();
const bootstrap = readFileSync(join(import.meta.dirname, "fixtures/shell/bootstrap"));
const shellZip = zipSync({ bootstrap: [bootstrap, { os: 3, attrs: 0o100755 << 16 }] });
const python = spawnSync("python3", ["--version"]).status === 0;
const compiler = spawnSync("cc", ["--version"]).status === 0;

/** Namespaces may be forbidden to an ordinary user: then there is nothing to try here. */
const allowed = tools.unshare !== undefined && spawnSync(tools.unshare, ["-U", "-r", "-n", "true"]).status === 0;
const missing: Record<string, string | false> = {
  bubblewrap: (!tools.bwrap && "bwrap is not installed") || (!allowed && "user namespaces are forbidden"),
  namespaces: !allowed && "user namespaces are forbidden, or unshare is not installed",
};

/** Root is held by no limit of processes but a control group's: without one, a bomb would be this computer's. */
const groups = openControlGroups(tmpdir());
const control = groups.make();
control?.remove();
for (const folder of groups.folders) rmdirSync(folder);
const unlimited = process.getuid?.() === 0 && control === undefined;
if (unlimited) process.stderr.write("SKIPPED: no fork bomb is tried: root has no control groups here\n");

for (const kind of ["bubblewrap", "namespaces"] as const) {
  if (missing[kind]) process.stderr.write(`SKIPPED: the sandbox ${kind} is not tried: ${missing[kind]}\n`);
  describe.skipIf(missing[kind])(`fenced by ${kind}`, () => suite(kind));
}

function suite(kind: "bubblewrap" | "namespaces"): void {
  let lambda: Harness;
  let owner: string;
  let shell: string;
  let other: string;
  let listener: Server;
  let port: number;
  const abstract = `freehold-test-${process.pid}-${kind}`;
  const listeners: Server[] = [];

  beforeAll(async () => {
    owner = mkdtempSync(join(tmpdir(), "freehold-owner-"));
    mkdirSync(join(owner, ".ssh"));
    writeFileSync(join(owner, ".ssh/id_ed25519"), canary);
    lambda = await startLambda({ dataDir: join(owner, "store"), options: { sandbox: kind } });
    expect(await lambda.service.sandbox!()).toEqual({ kind });
    const custom = { Runtime: "provided.al2023", Code: { ZipFile: shellZip }, Timeout: 10 } as const;
    shell = await createFunction(lambda.client, "", custom);
    other = await createFunction(
      lambda.client,
      `const secret = "${canary}"; export const handler = async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME;`,
      { Environment: { Variables: { SECRET: canary } } },
    );
    await call(other);
    listener = createServer((socket) => socket.end(canary));
    port = await new Promise<number>((resolve) =>
      listener.listen(0, "127.0.0.1", () => resolve((listener.address() as { port: number }).port)),
    );
    listeners.push(listener);
    for (const path of [join(owner, "service.sock"), `\0${abstract}`]) {
      const server = createServer((socket) => socket.end(canary));
      await new Promise<void>((resolve) => server.listen(path, resolve));
      listeners.push(server);
    }
  });
  afterAll(async () => {
    for (const server of listeners) server.close();
    await lambda?.stop();
    rmSync(owner, { recursive: true, force: true });
  });

  async function call(name: string, payload: unknown = {}): Promise<any> {
    const answer = await lambda.client.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    return JSON.parse(Buffer.from(answer.Payload!).toString());
  }
  /** What the script said, its errors too. */
  async function run(script: string, name = shell): Promise<string> {
    const said = await call(name, Buffer.from(script).toString("base64"));
    expect(typeof said, JSON.stringify(said)).toBe("string");
    return Buffer.from(said, "base64").toString();
  }
  const custom = (extra: object): Promise<string> =>
    createFunction(lambda.client, "", {
      ...{ Runtime: "provided.al2023", Code: { ZipFile: shellZip }, Timeout: 10, ...extra },
    });

  // The diary, the store, the keys, another function's code and variables: none is even there.
  test("nothing of the owner's and of other functions can be read", async () => {
    const paths = [join(owner, ".ssh/id_ed25519"), join(lambda.dataDir, "store.db"), "/etc/shadow", "/etc/machine-id"];
    for (const path of paths) expect(await run(`cat '${path}'`), path).toMatch(/No such file or directory/);
    for (const path of [owner, lambda.dataDir, "/home", "/root", "/run", "/var/lib", "/sys", "/mnt", "/boot"])
      expect(await run(`ls '${path}'`), path).toMatch(/cannot access/);
    expect(await run(`cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'`)).not.toContain(canary);
    expect(await run(`grep -rls ${canary} /var /opt /tmp /etc /dev --exclude-dir=node_modules; echo done`)).toBe(
      "done\n",
    );
  });

  // What it brought it has where AWS has it; what is not its own it cannot change.
  test("nothing but /tmp can be written", async () => {
    expect(await run("pwd; echo $LAMBDA_TASK_ROOT $HOME; ls /var/task")).toBe("/var/task\n/var/task /tmp\nbootstrap\n");
    for (const folder of ["/var/task", "/opt", "/usr", "/usr/bin", "/etc", "/", "/var", "/dev", "/proc/sys/kernel"])
      expect(await run(`touch ${folder}/new 2>&1 || echo refused`), folder).toMatch(/refused/);
    expect(await run("echo x >> /var/task/bootstrap || echo refused")).toMatch(/refused/);
    expect(await run("echo 1 > /proc/sys/user/max_user_namespaces || echo refused")).toMatch(/refused/);
    expect(await run("echo mine > /tmp/x && cat /tmp/x")).toBe("mine\n");
    const second = await custom({});
    expect(await run("ls -A /tmp", second)).toBe("");
  });

  // Its own processes are all there are; a signal to everybody is one to itself.
  test("no other process can be seen or ended", async () => {
    const stream = await call(other);
    const seen = (await run("for p in /proc/[0-9]*; do cat $p/comm; done")).trim().split("\n");
    expect(
      seen.every((name) => /^(bwrap|sh|bash|cat|base64|bootstrap)$/.test(name)),
      seen.join(),
    ).toBe(true);
    expect(await run(`kill -9 ${process.pid} || echo refused`)).toMatch(/refused/);
    await call(shell, Buffer.from("kill -9 -1").toString("base64"));
    expect(await call(other)).toBe(stream);
    expect(await run("echo fine")).toBe("fine\n");
  });

  // The loopback is its own: the cloud's port is there, whatever else listens on this computer is not.
  test("no other port, socket or host can be reached", async () => {
    const to = (host: string, at: number): Promise<string> =>
      run(`exec 4<>/dev/tcp/${host}/${at} && head -c 20 <&4 || echo refused`);
    expect(await to("127.0.0.1", port)).toMatch(/refused/);
    for (const [host, at] of [
      ["169.254.169.254", 80],
      ["1.1.1.1", 443],
      ["10.0.0.1", 22],
      ["::1", port],
    ] as const)
      expect(await to(host, at), host).toMatch(/refused/);
    const endpoint = new URL(lambda.cloud.endpoint());
    expect(await run(`exec 4<>/dev/tcp/127.0.0.1/${endpoint.port} && echo reached`)).toMatch(/reached/);
    expect(await run("ls /sys/class/net 2>/dev/null; cut -d: -f1 /proc/net/dev | tail -n +3")).toMatch(/^\s*lo\n$/);
  });

  test.skipIf(!python)("Python finds no Unix socket, no debugger, no mount and no new namespace", async () => {
    const name = await createFunction(
      lambda.client,
      {
        "index.py": [
          "import ctypes, os, socket",
          "libc = ctypes.CDLL(None, use_errno=True)",
          "def attempt(act):",
          "  try:",
          "    return act()",
          "  except OSError as error:",
          "    return 'refused'",
          "def native(name, *args):",
          "  return 'refused' if getattr(libc, name)(*args) != 0 else 'done'",
          "def reach(path):",
          "  s = socket.socket(socket.AF_UNIX); s.connect(path); return s.recv(20).decode()",
          "def handler(event, context):",
          "  return [",
          "    attempt(lambda: reach(event['socket'])),",
          "    attempt(lambda: reach('\\0' + event['abstract'])),",
          "    attempt(lambda: open(event['diary']).read()),",
          "    attempt(lambda: os.kill(event['pid'], 9)),",
          "    native('ptrace', 16, event['pid'], None, None),",
          "    native('mount', b'none', b'/tmp', b'tmpfs', 0, None),",
          "    native('umount2', b'/var/task', 2),",
          "    native('chroot', b'/tmp'),",
          "    native('sethostname', b'x', 1),",
          "    'refused' if os.fork() == 0 and os._exit(0) else 'forks',",
          "  ]",
        ].join("\n"),
      },
      { Runtime: "python3.13", Timeout: 20 },
    );
    const event = {
      socket: join(owner, "service.sock"),
      abstract,
      diary: join(owner, ".ssh/id_ed25519"),
      pid: process.pid,
    };
    expect(await call(name, event)).toEqual([...Array.from({ length: 9 }, () => "refused"), "forks"]);
    expect(await run("unshare -U -r true || echo refused")).toMatch(/refused/);
  });

  // Variables of the function's own act inside: before the fence they would run as the owner.
  test.skipIf(!compiler)("a library that it preloads is not loaded before the fence", async () => {
    const marker = join(owner, "escaped");
    const source = join(owner, "evil.c");
    writeFileSync(
      source,
      `#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { open("${marker}", O_CREAT | O_WRONLY, 0600); }\n`,
    );
    const library = join(owner, "evil.so");
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source]);
    const name = await custom({
      Environment: { Variables: { LD_PRELOAD: library, BASH_ENV: library, QUOTE: "it's $HOME" } },
    });
    expect(await run('echo "$LD_PRELOAD $QUOTE"', name)).toContain(`${library} it's $HOME`);
    expect(existsSync(marker)).toBe(false);
  });

  // Each ends itself and nobody else: the others answer all the while, and nothing of it is left.
  test.each([
    ["forks without end", "bomb() { bomb | bomb & }; bomb; sleep 60"],
    [
      "never returns, with children of their own session",
      "setsid sleep 60 & setsid bash -c 'trap \"\" TERM; while :; do :; done' & sleep 60",
    ],
    [
      "prints 100 MB",
      "head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 1000 >/proc/1/fd/1; head -c 100000000 /dev/zero >&2; sleep 60",
    ],
  ])("a function that %s harms no other", async (what, script) => {
    if (unlimited && what.startsWith("forks")) return;
    const name = await custom({ Timeout: 1 });
    await run("true", name);
    const before = descendants(process.pid).map(({ pid }) => pid);
    const stream = await call(other);
    const bad = call(name, Buffer.from(script).toString("base64"));
    for (let n = 0; n < 5; n++) expect(await call(other)).toBe(stream);
    expect((await bad).errorType).toMatch(/^(Sandbox.Timedout|Runtime.ExitError)$/);
    expect(await call(other)).toBe(stream);
    await expect
      .poll(
        () =>
          running(
            descendants(process.pid)
              .map(({ pid }) => pid)
              .filter((pid) => !before.includes(pid)),
          ).length,
        { timeout: 10_000 },
      )
      .toBeLessThanOrEqual(4);
  });

  // Ephemeral storage is as large as the function asked for; memory of children counts as its own.
  test("/tmp is full at its size, and memory beyond the limit ends the function", async () => {
    const full = await run("head -c 600M /dev/zero > /tmp/big; stat -c %s /tmp/big; rm /tmp/big");
    expect(full).toContain("No space left on device");
    // The kernel counts pages on each processor apart: a few of them may be missing.
    const left = 512 * 1024 * 1024 - Number(full.trim().split("\n").at(-1));
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThan(1024 * 1024);
    const roomy = await custom({ EphemeralStorage: { Size: 600 } });
    expect(await run("df -B1 --output=size /tmp | tail -1", roomy)).toBe(`${600 * 1024 * 1024}\n`);
    const name = await custom({ Timeout: 20, MemorySize: 128 });
    const hungry = `bash -c 'x=$(head -c 150M /dev/zero | tr "\\0" x); y="$x$x"; sleep 30'; echo survived`;
    expect(await call(name, Buffer.from(hungry).toString("base64"))).toMatchObject({ errorType: "Runtime.ExitError" });
  });

  // Declared hosts go through a proxy that knows the function; by name, and what is inward only when it was meant.
  test("only declared hosts are reached, and the log says which were refused", async () => {
    const ask = (host: string): string =>
      `exec 4<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${host} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&4; head -c 60 <&4`;
    const name = await custom({ Tags: { "freehold:hosts": "127.0.0.1 api.example.org .example.net" } });
    expect(await run("echo $HTTPS_PROXY $NODE_USE_ENV_PROXY", name)).toBe("http://127.0.0.1:3128 1\n");
    expect(await run(ask(`127.0.0.1:${port}`), name)).toContain("200 Connection established");
    expect(await run(ask("169.254.169.254:80"), name)).toContain("403");
    expect(await run(ask("evil.example.com:443"), name)).toContain("403");
    expect(await run(`echo "[$HTTPS_PROXY]"`)).toBe("[]\n");
    expect(await run(ask(`127.0.0.1:${port}`))).toContain("403");
    const lines = lambda.logged.filter(({ group }) => group.endsWith(name)).map(({ message }) => message);
    expect(lines.filter((line) => line.includes("refused a connection to evil.example.com"))).toHaveLength(1);
  });
}

// Where nothing fences, it is said, with the reason.
test("no sandbox is said with its reason", async () => {
  const lambda = await startLambda({ options: { sandbox: "none" } });
  expect(await lambda.service.sandbox!()).toEqual({ kind: "none", why: "it was asked for" });
  await lambda.stop();
});
