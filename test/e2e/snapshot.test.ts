/**
 * A cloud as one file, over the built command: taken, brought up on a home with nothing in it, and the same there; taken
 * before a cloud is removed. Which files are refused is in test/cli/snapshot.test.ts; what lies, or is cut off, in
 * snapshot.deep.test.ts.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { comparable } from "../support/listing.ts";
import { writeVault } from "../support/vault.ts";

const secret = "ghp_never-in-a-file";
let home: Home;
let other: Home;
let file: string;
let digest: string;

beforeAll(async () => {
  [home, other] = await Promise.all([withHome(), withHome()]);
  const folder = writeVault(home.dir);
  await home.freehold("setup");
  await home.pipe(secret, "secret", "set", "vault", "token");
  await home.freehold("up", folder, "--settings", "title=Mine");
  await home.freehold("settings", "vault", "api.memory=512 MB", "routes./open=private", "--yes");
  await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
  mkdirSync(join(home.dir, "worker"));
  writeFileSync(join(home.dir, "worker/index.mjs"), "export const handler = async () => ({ statusCode: 204 });\n");
  await home.freehold("add", "function", "counter", "--code", "worker", "--uses", "readings=read", "--route", "--yes");
  await home.freehold("key", "new", "vault", "--name", "backup job", "--verbs", "GET");
  await home.freehold("guest", "invite", "vault", "--name", "Ada");
  file = join(home.dir, "cloud.json");
  ({ digest } = await home.json("snapshot", file));
  // What is of this computer alone is not there when it is brought up on another.
  rmSync(folder, { recursive: true });
  rmSync(join(home.dir, "worker"), { recursive: true });
}, 120_000);
afterAll(() => Promise.all([home?.close(), other?.close()]));

// A person reads it, and may lose it: everything but what is secret is in it, and it is nobody else's to read.
it("is a file a person reads, of everything but secrets and keys, with the names of secrets", async () => {
  const text = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/fh_[0-9a-z]/i);
  expect(JSON.parse(text)).toMatchObject({
    format: "freehold-snapshot/1",
    cloud: { name: "home", target: "local" },
    apps: [
      { name: "vault", settings: { title: "Mine" }, functions: { api: { memory: "512 MB" } }, secrets: ["token"] },
    ],
    things: [
      { name: "counter", shape: "function" },
      { name: "readings", shape: "table" },
    ],
    access: { keys: [{ app: "vault", name: "backup job", verbs: ["GET"] }], guests: [{ app: "vault", name: "Ada" }] },
  });
});

// F59: the promise itself. Nothing comes that nobody said yes to, and what is needed is said by name.
it("comes up on a home with nothing in it, asked and with its secrets named, and then lists the same", async () => {
  const asked = await other.attempt("snapshot", "apply", file);
  expect(asked.code).toBe(3);
  expect(asked.stderr).toContain("vault comes: vault 1.0.0");
  expect(asked.stderr).toContain(`freehold snapshot apply ${file} --accept ${digest}`);
  const needy = await other.attempt("snapshot", "apply", file, "--accept", digest);
  expect(needy.code).toBe(3);
  expect(needy.stderr).toContain("freehold secret set vault token < FILE");
  expect((await other.json("ls")).apps).toEqual([]);

  await other.pipe(secret, "secret", "set", "vault", "token");
  const events = await other.events("snapshot", "apply", file, "--accept", digest);
  expect(resultOf(events).exitCode).toBe(0);
  const said = events.flatMap(({ type, message }: any) => (type === "note" ? [message] : [])).join("\n");
  expect(said).toMatch(/freehold key new vault --name 'backup job' .*--verbs GET --expires 90d/);
  expect(said).toMatch(/freehold guest invite vault --name Ada --role guest --expires 7d/);
  expect(comparable(await other.json("ls"))).toEqual(comparable(await home.json("ls")));
  const shown = async (of: Home) => (await of.json("show", "vault")).rules ?? (await of.json("settings", "vault"));
  expect(await shown(other)).toEqual(await shown(home));

  const again = await other.freehold("snapshot", "apply", file);
  expect(again.stderr + again.stdout).toContain("Nothing of it is missing here");
});

// A cloud that has something keeps it: a file of last year does not undo a year.
it("says what differs and what is more, and changes it only when told", async () => {
  await other.freehold("settings", "vault", "title=Other", "--yes");
  await other.freehold("add", "bucket", "photos", "--yes");
  const told = await other.freehold("snapshot", "apply", file);
  expect(told.stderr + told.stdout).toMatch(/vault is here and differs: it stays as it is; --update/);
  expect(told.stderr + told.stdout).toContain("things/photos is here and not in the snapshot: it stays.");
  expect((await other.json("settings", "vault")).settings).toEqual({ title: "Other" });
  await other.freehold("snapshot", "apply", file, "--update", "--accept", digest);
  const { things } = await other.json("ls");
  expect(things.map(({ name }: any) => name)).toEqual(["counter", "photos", "readings"]);
  expect((await other.json("settings", "vault")).settings).toEqual({ title: "Mine" });
});

// product.md: `destroy --all` removes the cloud after a snapshot. It lies where the cloud's own end does not reach.
it("is taken before destroy --all removes the cloud", async () => {
  const events = await home.events("destroy", "--all", "--data", "delete", "--yes");
  const folder = join(home.dir, "freehold/data/snapshots");
  const [name, ...more] = readdirSync(folder);
  expect(more).toEqual([]);
  expect(JSON.stringify(events)).toContain(name);
  expect(existsSync(join(home.dir, "freehold/data/clouds/home"))).toBe(false);
  const kept = JSON.parse(readFileSync(join(folder, name!), "utf8"));
  expect(kept.apps).toMatchObject([{ name: "vault", settings: { title: "Mine" }, secrets: ["token"] }]);
  expect(kept.things.map(({ name }: any) => name)).toEqual(["counter", "readings"]);
  expect(statSync(join(folder, name!)).mode & 0o777).toBe(0o600);
});
