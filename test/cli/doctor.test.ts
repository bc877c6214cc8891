/** `doctor`: each thing that is wrong is named with what to do about it, and it changes and starts nothing. */
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../cli/clouds.ts";
import { catalogsFound } from "../../cli/doctor/catalogs.ts";
import { sandboxFound } from "../../cli/doctor/local.ts";
import { nodeOf, roomOf } from "../../cli/doctor/machine.ts";
import { startSts, writeAws } from "../support/aws-setup.ts";
import { type Home, withHome } from "../support/home.ts";

let home: Home;
beforeEach(async () => {
  home = await withHome({ env: { AWS_EC2_METADATA_DISABLED: "true" } });
});
afterEach(() => home.close());

/** The checks by their ids; the command's code is 1 when one of them fails, and only then. */
async function checks(...args: string[]): Promise<Record<string, any>> {
  const done = await home.attempt("doctor", "--json", ...args);
  const { checks } = JSON.parse(done.stdout) as { checks: { id: string; state: string; next?: string }[] };
  // What is wrong has a remedy with it, whatever it is.
  expect(checks.filter(({ state, next }) => (state === "fail" || state === "warn") && !next)).toEqual([]);
  expect(done.code).toBe(checks.some(({ state }) => state === "fail") ? 1 : 0);
  return Object.fromEntries(checks.map((one) => [one.id, one]));
}

/** A cloud that was written down and never ran. */
async function written(cloud: object): Promise<void> {
  const config = join(home.dir, "freehold/config");
  await mkdir(config, { recursive: true, mode: 0o700 });
  const entry = { accountId: "111122223333", timeZone: "UTC", region: "eu-west-1", ...cloud };
  await writeFile(join(config, "clouds.yaml"), JSON.stringify({ format: 1, current: "work", clouds: { work: entry } }));
}

// What nobody set up is no fault; what is there is looked at whatever else is not.
it("of a computer without a cloud says how to get one, and makes nothing", async () => {
  const found = await checks();
  expect(found["node-version"].state).toBe("ok");
  expect(found["cloud"]).toMatchObject({ state: "skipped", next: "freehold setup" });
  await expect(rm(join(home.dir, "freehold"), { recursive: true })).rejects.toThrow(/ENOENT/);
});

describe("of this computer", () => {
  it("names a folder and a file that others may look into, with the command that closes them", async () => {
    await written({ target: "local", port: 4790 });
    const config = join(home.dir, "freehold/config");
    await chmod(config, 0o755);
    const secret = join(home.dir, "freehold/data/clouds/work/passphrase");
    await mkdir(join(secret, ".."), { recursive: true, mode: 0o700 });
    await writeFile(secret, "x", { mode: 0o644 });
    await chmod(join(home.dir, "freehold/data"), 0o700);
    const found = await checks();
    expect(found["home-folders"]).toMatchObject({ state: "warn", next: `chmod 700 ${config}` });
    expect(found["secret-files"]).toMatchObject({ state: "fail", next: `chmod 600 ${secret}` });
  });

  it("knows an old Node, a full disk and a missing sandbox", () => {
    expect(nodeOf("24.0.1").state).toBe("ok");
    expect(nodeOf("22.11.0")).toMatchObject({ state: "fail", next: expect.stringContaining("nodejs.org") });
    expect(roomOf(50 * 1024 ** 2, "/data").state).toBe("fail");
    expect(roomOf(500 * 1024 ** 2, "/data")).toMatchObject({ state: "warn", detail: "500 MB are free at /data." });
    expect(roomOf(5 * 1024 ** 3, "/data").state).toBe("ok");
    const health = { name: "home", version: "1", region: "r", accountId: "1", pid: 1, ready: true };
    expect(sandboxFound({ kind: "bubblewrap" }, health).state).toBe("ok");
    expect(sandboxFound({ kind: "none", why: "no bwrap" }, health)).toMatchObject({ state: "warn" });
    expect(sandboxFound(undefined, undefined).state).toBe("skipped");
  });
});

it("of catalogs says which cannot be used, and which were not asked for long", () => {
  const one = { name: "bundled", ref: "bundled", publisher: "bundled", entries: 6, state: "fresh" as const };
  expect(catalogsFound([one])).toEqual({ state: "ok", detail: "1 can be used." });
  const days = { ...one, name: "mine", state: "cached" as const, ageMs: 3.5 * 24 * 3_600_000 };
  expect(catalogsFound([one, days])).toEqual({
    state: "warn",
    detail: "Not asked since: mine (3 days).",
    next: "freehold catalog refresh",
  });
  const broken = { ...one, name: "theirs", state: "broken" as const };
  expect(catalogsFound([days, broken])).toMatchObject({ state: "warn", next: "freehold catalog refresh theirs" });
});

it("of a local cloud names who has its port, and a port that is free", async () => {
  const port = await freePort(new Set());
  await written({ target: "local", port });
  const squatter = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  await new Promise((resolve) => squatter.once("listening", resolve));
  try {
    const found = await checks();
    expect(found["local-process"]).toMatchObject({
      state: "fail",
      detail: expect.stringContaining(`Port ${port} is held by`),
      next: expect.stringMatching(/^freehold cloud start --cloud work --port \d+$/),
    });
    expect(found["local-sandbox"].state).toBe("skipped");
  } finally {
    await new Promise((resolve) => squatter.close(resolve));
  }
});

// Most days the sign-in has run out, and nothing else is wrong.
it("of an AWS cloud says how to sign in again, and asks the account nothing", async () => {
  await written({ target: "aws", profile: "corp", signIn: "profile", stateBucket: "freehold-state-work-0123456789" });
  await writeAws(
    home,
    "config",
    "[profile corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Admin\n",
  );
  const found = await checks();
  const next = "aws sso login --profile corp";
  expect(found["aws-sign-in"]).toMatchObject({ state: "fail", next });
  expect(found["aws-identity"]).toMatchObject({ state: "fail" });
  for (const id of [
    "aws-account",
    "aws-root",
    "aws-clock",
    "aws-state",
    "aws-rights",
    "aws-region",
    "aws-organization",
    "aws-organization-policy",
    "aws-plan",
    "aws-concurrency",
    "aws-cloudfront",
    "state-health",
  ])
    expect(found[id].state).toBe("skipped");
  // Which engine it is is this computer's own.
  expect(found["engine"]).toMatchObject({ state: "ok", next: "freehold engine use official --cloud work" });
});

// The checks of setup, once more: what was right then may be wrong now.
describe("of an AWS cloud whose STS says", () => {
  const ada = "arn:aws:iam::111122223333:user/ada";
  const again = "freehold setup --name work --profile PROFILE";
  const quarter = () => new Date(Date.now() + 15 * 60_000);
  it.each([
    ["the root user", "arn:aws:iam::111122223333:root", {}, "aws-root", again],
    ["another time of day", ada, { date: quarter }, "aws-clock", "sudo timedatectl set-ntp true"],
  ] as const)("%s: it fails by name, with the remedy", async (_, arn, options, id, next) => {
    const sts = await startSts(arn, options);
    try {
      await written({ target: "aws", stateBucket: "freehold-state-work-0123456789" });
      // Whatever else is asked leads nowhere, at once.
      const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ENDPOINT_URL_STS: sts.endpoint, AWS_MAX_ATTEMPTS: "1" };
      Object.assign(home.env, env, { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s" });
      const found = await checks();
      expect(found["aws-identity"].state).toBe("ok");
      expect(found[id]).toMatchObject({ state: "fail", next });
    } finally {
      await sts.close();
    }
  });
});
