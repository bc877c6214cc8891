/**
 * Keys that stop being good in the middle of `up`, `upgrade` and `destroy` (A4, A5): taken away, and others of another account in their place. The
 * command ends with 6, nothing is asked of the other account, and with good keys the same command goes on.
 */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DeleteAccessKeyCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { writeAws } from "../support/aws-setup.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { everything } from "../support/everything.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { allow, createUser, type Person } from "../support/identity.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { mutating } from "../support/oracle.ts";
import { start } from "../support/running.ts";

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let home: Home;
let whole: string[];
const upOf = (app: string): string[] => ["up", "./counter", "--as", app, "--cloud", "work"];

/** What the profile's program answers from now on; soon over, so that it is asked again with the next call. */
async function keysAre({ config }: Person): Promise<void> {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = config.credentials;
  const Expiration = new Date(Date.now() + 200_000).toISOString();
  const said = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, Expiration });
  await writeFile(join(home.dir, "keys.json"), said, { mode: 0o600 });
}

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  const env = { AWS_ENDPOINT_URL: proxy.endpoint, AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-west-1" };
  home = await withHome({ env });
  const tool = join(home.dir, "tool.sh");
  await writeFile(tool, `#!/bin/sh\nexec cat '${join(home.dir, "keys.json")}'\n`);
  await chmod(tool, 0o700);
  await writeAws(home, "config", `[profile tool]\ncredential_process = ${tool}\n`);
  await copyCounter(home.dir);
  const newer = await copyCounter(home.dir, "newer");
  await changeFile(join(newer, "blueprint.yaml"), (text) => text.replace("version: 1.0.0", "version: 1.1.0"));
  await changeFile(join(newer, "api/index.mjs"), (text) => `${text}\n// Another version.\n`);
  await keysAre(await somebody());
  await home.freehold("setup", "--target", "aws", "--name", "work", "--profile", "tool", "--yes");
  await home.freehold(...upOf("whole"));
  whole = await everything(cloud.config, "whole");
}, 240_000);
afterAll(async () => {
  await home?.close();
  await proxy?.close();
  await cloud?.close();
});

const somebody = (): Promise<Person> => createUser(cloud, allow("*"));

/** A command that is kept back at its first call like this while `meanwhile` happens. */
async function runWhile(command: string[], on: RegExp, meanwhile: () => Promise<void>) {
  const { reached, release } = proxy.hold(on);
  onTestFinished(release);
  const running = start(home, ...command);
  const ended = running.ended.then((code) => Promise.reject(new Error(`ended with ${code}\n${running.output()}`)));
  ended.catch(() => undefined);
  await Promise.race([reached, ended]);
  await meanwhile();
  release();
  return { code: await running.ended, output: running.output() };
}

async function takeKeys({ name, config }: Person): Promise<void> {
  const { accessKeyId } = config.credentials;
  await new IAMClient(cloud.config).send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId: accessKeyId }));
}

/** Whoever runs the command loses the keys there: it ends with the cause. Then there are others. */
async function losesKeys(command: string[], on: RegExp): Promise<void> {
  const person = await somebody();
  await keysAre(person);
  const { code, output } = await runWhile(command, on, () => takeKeys(person));
  expect(code, output).toBe(6);
  expect(output).toMatch(/Error: The cloud does not accept these credentials/);
  await keysAre(await somebody());
  proxy.plan([]);
}

async function goesOn(app: string): Promise<void> {
  await keysAre(await somebody());
  proxy.plan([]);
  expect(resultOf(await home.events(...upOf(app)))).toMatchObject({ ok: true });
  expect(await everything(cloud.config, app)).toEqual(whole);
  expect((await home.json("state", "verify", app, "--cloud", "work")).stacks).toMatchObject([{ state: "sound" }]);
  expect(changesOf(await home.events(...upOf(app)))).toEqual([]);
}

describe("in the middle", { timeout: 240_000 }, () => {
  it.each([
    ["a role was asked for", "roles", /CreateRole/],
    ["a function was asked for", "functions", /\/functions$/],
  ])("A4: the keys are taken away when %s: up says so, and goes on with others", async (_, app, on) => {
    await losesKeys(upOf(app), on);
    await goesOn(app);
  });

  // The state's own calls are as good a place to learn it as the provider's, and neither waits for the keys' end.
  it.each([
    ["the state's bucket", "stated", /^PUT \/freehold-state-/],
    ["a service", "served", /CreateTable/],
  ])("A4: others lie there when %s refuses the keys: up goes on with those, itself", async (_, app, on) => {
    const person = await somebody();
    await keysAre(person);
    const { code, output } = await runWhile(upOf(app), on, async () => {
      await keysAre(await somebody());
      await takeKeys(person);
    });
    expect(code, output).toBe(0);
    expect(await everything(cloud.config, app)).toEqual(whole);
    const gone = proxy.seen.filter(({ key }) => key === person.config.credentials.accessKeyId);
    expect(gone.length).toBeGreaterThan(0);
    proxy.plan([]);
  });

  it("A5: those that lie there then are another account's: nothing is asked with them", async () => {
    const [person, stranger] = [await somebody(), await somebody()];
    await keysAre(person);
    const { code, output } = await runWhile(upOf("replaced"), /^PUT \/freehold-state-/, async () => {
      await keysAre(stranger);
      await takeKeys(person);
      const elsewhere = (body: string): string => body.replaceAll("123456789012", "999999999999");
      const fault = { kind: "edit", edit: elsewhere } as const;
      proxy.plan([{ on: /GetCallerIdentity/, fault, times: Number.POSITIVE_INFINITY }]);
    });
    expect([code, output]).toEqual([6, expect.stringMatching(/another account[\s\S]*999999999999/)]);
    const theirs = proxy.seen.filter(({ key }) => key === stranger.config.credentials.accessKeyId);
    expect(theirs.filter(({ operation }) => mutating.test(operation))).toEqual([]);
    proxy.plan([]);
  });

  // The version before cannot be brought back without keys either: that is for the same command, later.
  it("A4: the keys are taken away in an upgrade, and in a destroy: each says so, and goes on with others", async () => {
    const upgrade = ["upgrade", "roles", "--to", "./newer", "--cloud", "work"];
    await losesKeys(upgrade, /^PUT .*\/code$/);
    expect(resultOf(await home.events(...upgrade))).toMatchObject({ ok: true, apps: [{ version: "1.1.0" }] });
    expect((await everything(cloud.config, "roles")).length).toBe(whole.length);
    const destroy = ["destroy", "roles", "--data", "delete", "--yes", "--cloud", "work"];
    await losesKeys(destroy, /DeleteTable/);
    expect(resultOf(await home.events(...destroy))).toMatchObject({ ok: true });
    expect(await everything(cloud.config, "roles")).toEqual([]);
  });

  it("A5: they come to be another account's: nothing is made there, and it goes on with its own", async () => {
    await keysAre(await somebody());
    const stranger = await somebody();
    const { code, output } = await runWhile(upOf("switched"), /CreateTable/, async () => {
      await keysAre(stranger);
      const elsewhere = (body: string): string => body.replaceAll("123456789012", "999999999999");
      const times = Number.POSITIVE_INFINITY;
      proxy.plan([{ on: /GetCallerIdentity/, fault: { kind: "edit", edit: elsewhere }, times }]);
    });
    expect(code, output).toBe(6);
    expect(output).toMatch(/Error: These credentials belong to another account[\s\S]*999999999999/);
    const theirs = proxy.seen.filter(({ key }) => key === stranger.config.credentials.accessKeyId);
    // The state's bucket is in the first account by its name, whoever asks: there they are refused.
    const changing = theirs.filter(({ operation }) => mutating.test(operation) && !/freehold-state-/.test(operation));
    expect(changing).toEqual([]);
    await goesOn("switched");
  });
});
