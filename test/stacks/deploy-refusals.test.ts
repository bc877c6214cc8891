/** AWS refuses in the middle: what was done is recorded, the cause is one line, and the same command goes on. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, type Session, session, workspace } from "./deploy-session.ts";

let local: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let dir: string;
let me: Session;
let cloud: Cloud;
const refusal = (form: "json" | "xml", code: string, message: string, status = 400) =>
  ({ kind: "answer", status, code, message, form }) as const;

beforeAll(async () => {
  local = await startTestCloud();
  proxy = await startFaultProxy(local.endpoint);
  dir = await workspace();
  cloud = { ...localCloud(local, dir), endpoint: proxy.endpoint };
  me = session(cloud, dir);
  await me.foundation();
}, 120_000);
beforeEach(() => proxy.plan([]));
afterAll(async () => {
  await proxy?.close();
  await local?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

/** The command fails with this, its state is whole, and without the fault it goes on and then has nothing to do. */
async function stopsCleanly(expected: object): Promise<void> {
  await expect(me.up()).rejects.toMatchObject(expected);
  expect((await deploy.stackHealth(cloud, "counter")).state).toBe("sound");
  proxy.plan([]);
  await me.up();
  await me.up();
  expect(me.touched()).toEqual([]);
  await me.down("delete");
}

describe("AWS refuses in the middle", { timeout: 120_000 }, () => {
  // A13: an account's limits are met when half of an app is there.
  it("because a quota is reached", async () => {
    const fault = refusal("xml", "TooManyBuckets", "You have attempted to create more buckets than allowed");
    proxy.plan([{ on: /^PUT \/home--counter[^?]*$/, fault, times: Number.POSITIVE_INFINITY }]);
    await stopsCleanly({
      code: "deployment-failed",
      detail: expect.stringContaining("more buckets than allowed"),
    });
  });

  // A4: keys given as they are run out; nobody can look for others.
  it("because the credentials have run out", async () => {
    const fault = refusal("json", "ExpiredTokenException", "The security token included in the request is expired");
    proxy.plan([{ on: /POST .*\/functions$/, fault, times: Number.POSITIVE_INFINITY }]);
    await stopsCleanly({ code: "credentials-expired", exitCode: 6, detail: expect.stringContaining("sign in again") });
  });

  // A19: an organisation's policy is nobody's mistake here, and has to read as what it is.
  it("because a policy of the organisation denies it, at the first call: then nothing is made", async () => {
    const why =
      "User is not authorized to perform sts:GetCallerIdentity with an explicit deny in a service control policy";
    const [times, code] = [Number.POSITIVE_INFINITY, "AccessDeniedException"];
    proxy.plan([
      { on: /^\w+\.\w+$/, fault: refusal("json", code, why), times },
      { on: /(?:)/, fault: refusal("xml", "AccessDenied", why, 403), times },
    ]);
    const detail = expect.stringMatching(
      /service control policy[\s\S]*Only who administers the organization can allow it/,
    );
    await expect(me.up()).rejects.toMatchObject({ code: "organization-denies", exitCode: 6, detail });
    proxy.plan([]);
    expect((await deploy.taggedResources(cloud)).filter(({ app }) => app === "counter")).toEqual([]);
  });
});
