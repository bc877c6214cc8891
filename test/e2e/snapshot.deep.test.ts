/**
 * Snapshots on bad days: files that lie, an applying that is cut off by kill -9 at any moment, and a cloud that was removed and
 * is wanted back. What goes well is in snapshot.test.ts.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Home, withHome } from "../support/home.ts";
import { start } from "../support/running.ts";
import { rounds } from "../support/tools.ts";
import { writeVault } from "../support/vault.ts";

const secret = "ghp_never-in-a-file";
let home: Home;
let file: string;
let digest: string;

beforeAll(async () => {
  home = await withHome();
  const folder = writeVault(home.dir);
  await home.freehold("setup");
  await home.pipe(secret, "secret", "set", "vault", "token");
  await home.freehold("up", folder, "--settings", "title=Mine");
  await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
  mkdirSync(join(home.dir, "worker"));
  writeFileSync(join(home.dir, "worker/index.mjs"), "export const handler = async () => ({ statusCode: 204 });\n");
  await home.freehold("add", "function", "counter", "--code", "worker", "--uses", "readings=read", "--yes");
  file = join(home.dir, "cloud.json");
  ({ digest } = await home.json("snapshot", file));
}, 120_000);
afterAll(() => home?.close());

const sumOf = (text: string | Buffer): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const names = async (of: Home): Promise<string[]> => {
  const { apps, things } = await of.json("ls");
  return [...apps, ...things].map(({ name, state }: any) => `${name} ${state}`);
};
const whole = ["vault running", "counter running", "readings running"];

/** Somebody's file that says yes to itself, and has a checksum that fits. */
async function apply(to: Home, change: (raw: any) => void) {
  const { checksum: _, ...raw } = JSON.parse(readFileSync(file, "utf8"));
  change(raw);
  const text = JSON.stringify(raw);
  const bad = join(home.dir, "bad.json");
  writeFileSync(bad, text);
  return to.attempt("snapshot", "apply", bad, "--accept", sumOf(text));
}
const thingOf = (raw: any, name: string): any => raw.things.find((one: any) => one.name === name);

/** An app begins, is half made, has come up; a thing that uses another begins. */
const moments = [
  /"type":"resource"[^\n]*"name":"api"/,
  /"type":"summary","stack":"vault"/,
  /"type":"resource"[^\n]*"name":"counter"/,
  /"type":"stack","stack":"vault"/,
];

// Row F3, of a whole cloud. Whoever loses power types the same again: nothing is twice there, and nothing is missing.
it("goes on by the same command after kill -9 at any moment", { timeout: 300_000 }, async () => {
  for (let round = 0; round < rounds; round++) {
    const other = await withHome();
    try {
      await other.freehold("setup");
      await other.pipe(secret, "secret", "set", "vault", "token");
      const running = start(other, "snapshot", "apply", file, "--accept", digest, "--json");
      await running.said(moments[round % moments.length]!);
      const worker = Number(/"pid":(\d+)/.exec(running.output())?.[1] ?? 0);
      running.child.kill("SIGKILL");
      if (worker > 0) kill(worker);
      await running.ended;
      await other.freehold("snapshot", "apply", file, "--accept", digest, "--wait");
      expect(await names(other)).toEqual(whole);
      expect((await other.json("state", "verify")).strays).toEqual([]);
    } finally {
      await other.close();
    }
  }
});

/** It may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

// Rows H1, H10, H12. The file is somebody's word: a path in it leads nowhere but into it, its code is what its digest says, and a yes is to it alone.
it("brings no file but its own, no code that is another's, and nothing of the cloud's own", async () => {
  const other = await withHome();
  try {
    await other.freehold("setup");
    await other.pipe(secret, "secret", "set", "vault", "token");
    const alone = (name: string, change: (thing: any) => void) =>
      apply(other, (raw) => {
        raw.apps = [];
        raw.things = [thingOf(raw, name)];
        change(raw.things[0]);
      });
    const path = await alone("counter", ({ inputs }) => {
      inputs.code = "../../../config";
      inputs.uses = {};
    });
    expect([path.code, path.stderr]).toEqual([2, expect.stringContaining("code is no folder of a snapshot")]);
    const tag = await alone("readings", (thing) =>
      Object.assign(thing, {
        ...{ shape: "resource", kind: "aws:iam/role:Role" },
        inputs: { assumeRolePolicy: "{}", permissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess" },
      }),
    );
    expect([tag.code, tag.stderr]).toEqual([2, expect.stringContaining("permissionsBoundary is the cloud's own")]);
    const swapped = await apply(other, (raw) => {
      raw.code[raw.apps[0].digest] = raw.code[thingOf(raw, "counter").inputs.code.replace("-", ":")];
    });
    expect([swapped.code, swapped.stderr]).toEqual([2, expect.stringContaining("not what its digest says")]);
    const unsaid = await other.attempt("snapshot", "apply", file, "--accept", sumOf("another"));
    expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining("not the snapshot that was agreed to")]);
    expect((await other.attempt("snapshot", "apply", file, "--yes")).code).toBe(3);
    expect(await names(other)).toEqual([]);
  } finally {
    await other.close();
  }
});

// product.md: `destroy --all` takes a snapshot first. Whoever regrets it has all but data and secrets back.
it("brings back a cloud that destroy --all removed", async () => {
  await home.freehold("destroy", "--all", "--data", "delete", "--yes");
  const folder = join(home.dir, "freehold/data/snapshots");
  const kept = join(folder, readdirSync(folder)[0]!);
  const sum = sumOf(readFileSync(kept));
  expect((await home.attempt("snapshot", "apply", kept, "--accept", sum)).code).toBe(3);
  await home.pipe(secret, "secret", "set", "vault", "token");
  await home.freehold("snapshot", "apply", kept, "--accept", sum);
  expect(await names(home)).toEqual(whole);
});
