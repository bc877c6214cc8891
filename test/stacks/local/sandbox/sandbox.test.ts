/** The sandbox room's parts that need no sandbox: the proxy's judgement, macOS's profile, the shell between. */
import { execFileSync } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostTags } from "../../../../stacks/components/app-function.ts";
import { declaredHosts } from "../../../../stacks/local/lambda/hosts.ts";
import { type Fence, insideShell } from "../../../../stacks/local/sandbox/fence.ts";
import { createProxy, isDeclared, isInward } from "../../../../stacks/local/sandbox/proxy.ts";
import { seatbeltProfile } from "../../../../stacks/local/sandbox/seatbelt.ts";
import { usageOf } from "../../../../stacks/local/sandbox/usage.ts";
import { listen } from "../../../support/listen.ts";

const fence: Fence = {
  ...{ reads: [], tmpBytes: 1, tmpDir: "/tmp", cwd: "/", processes: 50, networkOf: undefined, ports: [] },
  ...{ environment: {}, command: ["/usr/bin/env"] },
};

describe("the shell between fence and command", () => {
  // What a value holds is nobody's command: a quote too few, and a setting would run.
  test("hands on every value as it is", () => {
    const environment = { A: `it's "$HOME" \`id\` $(id) \\`, B: "two\nlines", EMPTY: "" };
    const { args, env } = insideShell({ ...fence, environment });
    const said = execFileSync(args[0]!, [...args.slice(1, -1), process.execPath, "-p", "JSON.stringify(process.env)"], {
      env,
    });
    const { PATH: _, ...rest } = JSON.parse(said.toString());
    expect(rest).toMatchObject(environment);
    expect(rest).not.toHaveProperty("FREEHOLD_FENCED");
  });
});

describe("the proxy", () => {
  let far: ReturnType<typeof createHttpServer>;
  let proxyPort: number;
  let outer: Server;
  const refusals: string[] = [];
  let declared = ["named.example", "*.below.example", "127.0.0.1"];
  // Every name is this computer, as an attacker's name server would say.
  const lookup = ((_: string, __: object, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: "127.0.0.1", family: 4 }])) as never;
  const proxy = createProxy({
    hostsOf: (owner) => (owner === "mine" ? declared : []),
    refused: (owner, host, why) => void refusals.push(`${owner} ${host}: ${why}`),
    lookup,
  });
  let farPort: number;

  beforeAll(async () => {
    far = createHttpServer((request, response) => response.end(`far ${request.url} ${request.headers.host}`));
    farPort = Number(new URL(await listen(far)).port);
    outer = createServer({ allowHalfOpen: true }, (socket) => proxy.accept(socket, owner));
    proxyPort = Number(new URL(await listen(outer as never)).port);
  });
  afterAll(() => {
    proxy.close();
    outer.close();
    far.close();
  });
  let owner = "mine";

  const say = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket: Socket = connect(proxyPort, "127.0.0.1");
      let said = "";
      socket.on("data", (chunk) => (said += chunk));
      socket.on("close", () => resolve(said));
      socket.write(text);
    });
  const tunnel = (host: string): Promise<string> =>
    say(`CONNECT ${host} HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n\r\n`);

  // An address that was declared as such is meant; a name that leads to this computer is not.
  test("tunnels to what was declared, and not inward through a name", async () => {
    expect(await tunnel(`127.0.0.1:${farPort}`)).toMatch(/200 Connection established[\s\S]*far \/x inner/);
    expect(await tunnel(`named.example:${farPort}`)).toMatch(/^HTTP\/1.1 403[\s\S]*an address of this computer/);
    expect(await tunnel(`a.below.example:${farPort}`)).toMatch(/^HTTP\/1.1 403[\s\S]*an address of this computer/);
    expect(await tunnel(`other.example:${farPort}`)).toMatch(/^HTTP\/1.1 403[\s\S]*not among the hosts/);
    expect(refusals.some((line) => line.startsWith("mine other.example:"))).toBe(true);
  });

  test("passes plain requests on, and nothing of them for the proxy alone", async () => {
    const ask = (url: string): Promise<string> =>
      say(`GET ${url} HTTP/1.1\r\nHost: far.example\r\nProxy-Authorization: x\r\nConnection: close\r\n\r\n`);
    expect(await ask(`http://127.0.0.1:${farPort}/a?b`)).toMatch(/200 OK[\s\S]*far \/a\?b/);
    expect(await ask(`http://other.example:${farPort}/`)).toMatch(/^HTTP\/1.1 403/);
    expect(await ask("/health")).toMatch(/^HTTP\/1.1 (403|502)/);
  });

  test("knows its owners apart", async () => {
    owner = "theirs";
    expect(await tunnel(`127.0.0.1:${farPort}`)).toMatch(/^HTTP\/1.1 403/);
    owner = "mine";
    declared = [];
    expect(await tunnel(`127.0.0.1:${farPort}`)).toMatch(/^HTTP\/1.1 403/);
  });

  test.each([
    ["169.254.169.254", true],
    ["10.1.2.3", true],
    ["192.168.1.1", true],
    ["::ffff:127.0.0.1", true],
    ["::1", true],
    ["fd00::1", true],
    ["fe80::1", true],
    ["64:ff9b::7f00:1", true],
    ["1.1.1.1", false],
    ["2606:4700::1111", false],
  ])("%s is inward: %s", (address, inward) => expect(isInward(address)).toBe(inward));

  test("a star is every name below, and not the name itself", () => {
    expect(isDeclared("a.example.org", ["*.example.org"])).toBe(true);
    expect(isDeclared("example.org", ["*.example.org"])).toBe(false);
    expect(isDeclared("badexample.org", ["*.example.org"])).toBe(false);
  });
});

// A tag's value is 256 letters without stars: fifty hosts must come through it all the same.
test("a blueprint's hosts go through a function's tags and back", () => {
  const hosts = Array.from({ length: 50 }, (_, n) => `${n % 2 ? "*." : ""}host-number-${n}.example.org`);
  const tags = hostTags(hosts);
  expect(Object.values(tags).every((value) => value.length <= 256 && /^[\w .:/=+@-]*$/.test(value))).toBe(true);
  expect(declaredHosts(tags)).toEqual(hosts);
  expect(declaredHosts({ "freehold:hostsx": "evil.example", other: "x" })).toEqual([]);
});

// Untried on a Mac: the text says what is meant, and a path with a quote ends no string.
test("macOS's profile denies what it does not name", () => {
  const profile = seatbeltProfile({
    ...{ ...fence, tmpDir: "/private/tmp/a", ports: [4780] },
    reads: [{ outside: '/Users/me/"odd" name', inside: "x" }],
  });
  expect(profile).toContain("(deny default)");
  expect(profile).toContain('(subpath "/Users/me/\\"odd\\" name")');
  expect(profile).toContain('(allow file-write* (subpath "/private/tmp/a") (literal "/dev/null"))');
  // As Scheme reads it: each line one list, closed where it ends, of strings, words and lists.
  const atom = String.raw`(?:"(?:[^"\\]|\\.)*"|[a-z*-]+|\d+)`;
  const deepest = new RegExp(String.raw`\(${atom}(?: ${atom})*\)`, "g");
  for (const line of profile.trimEnd().split("\n")) {
    let left = line.replaceAll(/#?"(?:[^"\\]|\\.)*"/g, '"x"');
    for (let before = ""; left !== before; ) [before, left] = [left, left.replaceAll(deepest, '"x"')];
    expect(left, line).toBe('"x"');
    expect(line).toMatch(/^\((version|deny|allow) /);
  }
  expect(profile.match(/network/g)).toHaveLength(1);
  expect(profile).toContain('(allow network-outbound (remote ip "localhost:4780"))');
});

// Memory in children is the function's as well: counting the first process alone would let it all through.
test.runIf(process.platform === "linux")("usage counts a process's children", async () => {
  const { spawn } = await import("node:child_process");
  const child = spawn("/bin/sh", ["-c", "sleep 30 & sleep 30 & wait"], { detached: true, stdio: "ignore" });
  try {
    await expect.poll(async () => (await usageOf(child.pid!, 100))?.processes).toBe(3);
    expect((await usageOf(child.pid!, 100))!.residentKb).toBeGreaterThan(500);
    expect((await usageOf(child.pid!, 1))!.processes).toBe(2);
  } finally {
    process.kill(-child.pid!, "SIGKILL");
  }
});
