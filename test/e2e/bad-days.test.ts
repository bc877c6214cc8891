/** What goes wrong on ordinary days: a clear message with the right exit code, nothing changed, nothing lost. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { type Home, withHome } from "../support/home.ts";
import { start } from "../support/running.ts";

let home: Home;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("setup", "--yes");
});
afterAll(() => home?.close());

async function folder(name: string, change: (text: string) => string = (text) => text): Promise<string> {
  const to = await copyCounter(home.dir, name);
  const file = join(to, "blueprint.yaml");
  await writeFile(file, change(await readFile(file, "utf8")));
  return to;
}

describe("what a person got wrong", () => {
  it("names every mistake of a manifest with its place, and changes nothing", async () => {
    await folder("broken", (text) => text.replace("tables:", "tabels:").replace("memory: 256 MB", "memory: lots"));
    const done = await home.attempt("up", "./broken");
    expect(done.code).toBe(2);
    expect(done.stderr).toMatch(/blueprint\.yaml:\d+:\d+/);
    expect(done.stderr).toMatch(/tabels[\s\S]*tables/);
    expect(done.stderr).toMatch(/memory/);
    expect((await home.freehold("ls", "--json")).stdout).not.toContain("broken");
  });

  it("does not know a REF, and says what is near", async () => {
    const done = await home.attempt("up", "notse");
    expect(done.code).toBe(4);
    expect(done.stderr).toContain("notes");
  });

  it("keeps to the blueprint's folder", async () => {
    await folder("outside", (text) => text.replace("code: api", "code: ../counter/api"));
    expect(await home.attempt("up", "./outside")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/blueprint\.yaml:\d+:\d+/),
    });
  });

  it("refuses links in a blueprint", async () => {
    const to = await folder("linked");
    await symlink("/etc/hostname", join(to, "api/hostname"));
    expect(await home.attempt("up", "./linked")).toMatchObject({ code: 2, stderr: expect.stringMatching(/link/) });
  });

  it("says not yet to what is not carried out yet", async () => {
    await folder("early", (text) => `${text}\nschedules: { daily: { every: 1 day, to: api } }\n`);
    expect(await home.attempt("up", "./early")).toMatchObject({ code: 2, stderr: expect.stringMatching(/not yet/i) });
  });

  it("suggests the command that was meant", async () => {
    expect(await home.attempt("destory", "notes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("destroy"),
    });
  });
});

describe("what is not there", () => {
  it("is not asked about before it is removed", async () => {
    for (const [name, code] of [
      ["countre", "app-unknown"],
      ["things/none", "thing-unknown"],
    ] as const) {
      const { stdout, code: exitCode } = await home.attempt("destroy", name, "--json");
      expect([JSON.parse(stdout).code, exitCode]).toEqual([code, 4]);
    }
  });
});

describe("what the machine did", () => {
  it("names who has the port, and offers another", async () => {
    const { port } = await home.json("cloud", "status");
    await home.freehold("cloud", "stop");
    const squatter = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    const taken = await home.attempt("cloud", "start");
    expect(taken.code).not.toBe(0);
    expect(taken.stderr).toContain(String(port));
    expect(taken.stderr).toMatch(/cloud start --port \d+/);
    expect((await home.attempt("up", "notes")).stderr).toContain(String(port));
    await new Promise((resolve) => squatter.close(resolve));
    expect(await home.attempt("cloud", "start", "--concurrency", "9")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--concurrency"),
    });
    // The same start sets what a new AWS account has, and the cloud keeps it.
    await home.freehold("cloud", "start", "--concurrency", "10");
    const config = clientConfig((await home.json("cloud", "env")) as Record<string, string>);
    const lambda = new LambdaClient(config);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    lambda.destroy();
    expect(AccountLimit!.ConcurrentExecutions).toBe(10);
  });

  it("answers at once, with the holder, while another operation runs; --wait waits", async () => {
    await folder("counter");
    const first = start(home, "up", "./counter", "--json");
    await first.said(/"type":"stack"/);
    const second = await home.attempt("up", "./counter");
    // The first may have ended before the second looked; then there is nothing to hold it up.
    if (second.code !== 0) {
      expect(second.code).toBe(5);
      expect(second.stderr).toMatch(/attach/);
    }
    expect((await home.attempt("up", "./counter", "--wait")).code).toBe(0);
    expect(await first.ended).toBe(0);
  });

  it("a read-only home is refused before anything is done", async () => {
    const elsewhere = join(home.dir, "file-not-folder");
    await mkdir(join(home.dir, "x"), { recursive: true });
    await writeFile(elsewhere, "");
    const other = await withHome({ env: { FREEHOLD_HOME: join(elsewhere, "home") } });
    const done = await other.attempt("up", "notes");
    expect(done.code).not.toBe(0);
    expect(done.stderr).not.toMatch(/at .*\.[cm]js:\d+/);
    await other.close();
  });
});
