/** kill -9 at each call of an `up`: the next one makes nothing twice, and takes nothing that was there before. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ground } from "./programs.ts";

const child = new URL("child.ts", import.meta.url).pathname;

let ground: Ground;
let running: ChildProcess | undefined;
beforeEach(async () => {
  ground = await Ground.make();
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await ground.close();
});

/** Its exit code; null when it was killed. */
async function up(): Promise<number | null> {
  const env = { ...process.env, CLOUDFLARE_BASE_URL: ground.fake.endpoint, CLOUDFLARE_API_TOKEN: ground.token };
  running = spawn(process.execPath, [child, ground.dir, ground.zone.id], { env, stdio: "ignore" });
  const [code] = (await once(running, "exit")) as [number | null];
  return code;
}

const kill = (): void => void running?.kill("SIGKILL");
const names = (): string[] => ground.fake.recordsOf(ground.zone).map(({ name }) => name);

describe("an up that is killed", () => {
  // Zone, list, create and read of the first; list, create and read of the second.
  it.each([1, 2, 3, 4, 5, 6, 7])("at call %i goes on, and each record is there once", async (call) => {
    const run = (): void => void (ground.fake.seen.length === call && kill());
    ground.fake.faults = [{ on: /./, times: 7, how: { kind: "meanwhile", run } }];
    expect(await up(), "killed").toBeNull();
    expect(ground.fake.seen).toHaveLength(call);
    ground.fake.faults = [];
    expect(await up()).toBe(0);
    expect(names().sort()).toEqual(["_of.www.example.com", "www.example.com"]);
    const stack = await ground.stack(async () => undefined, { CLOUDFLARE_API_TOKEN: ground.token });
    await stack.destroy(ground.heard);
    expect(names()).toEqual([]);
    expect(ground.kept()).not.toContain(ground.token);
  });

  // The intent to make it is in the journal, and the same record is there: only its age tells that it is somebody's.
  it("before it saw somebody's record of the same content does not take it later", async () => {
    const inputs = { name: "www", type: "CNAME", ttl: 1, content: "app.example.net" };
    const record = ground.fake.addRecord(ground.zone, inputs);
    record["created_on"] = "2024-05-06T07:08:09.000Z";
    ground.fake.faults = [{ on: /^GET .*dns_records\?/, times: 1, how: { kind: "meanwhile", run: kill } }];
    expect(await up(), "killed").toBeNull();
    expect(await up(), "refused: it exists").toBe(1);
    const stack = await ground.stack(async () => undefined, { CLOUDFLARE_API_TOKEN: ground.token });
    await stack.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([record]);
    expect(ground.fake.count(/^(POST|PUT|DELETE) .*dns_records/)).toBe(0);
  });
});
