/**
 * F1 and F2: kill -9 of command and worker at a call that changes something, before the cloud saw it and after it was
 * carried out; the state lies in the account, so its own calls are among them. Two calls here, all of them in
 * test:long.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyCounter } from "../support/counter.ts";
import { killedAt } from "../support/cut-off.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { converges, mutating, partsOf, type Watched } from "../support/oracle.ts";
import { rounds } from "../support/tools.ts";

const tries = rounds > 5 ? rounds : 2;
let cloud: TestCloud;
let home: Home;
let watched: Watched;
let whole: string[];
/** How many such calls an undisturbed `up` makes. */
let calls: number;

beforeAll(async () => {
  cloud = await startTestCloud();
  const proxy = await startFaultProxy(cloud.endpoint);
  home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await copyCounter(home.dir);
  await home.freehold("setup", "--target", "aws", "--name", "work", "--yes");
  const { endpoint, region, credentials } = cloud.config;
  watched = { home, proxy, config: { endpoint, region, credentials }, secrets: [credentials.secretAccessKey] };
  proxy.plan([]);
  await home.freehold("up", "./counter", "--as", "whole");
  calls = proxy.count(mutating);
  whole = await partsOf(watched.config, "whole");
}, 240_000);

afterAll(async () => {
  await home?.close();
  await watched?.proxy.close();
  await cloud?.close();
});

// A cloud that forgets one resource costs money for ever; one made twice is worse.
describe("kill -9 at a call that changes something", () => {
  it("is tried at more calls than the app has resources", () => expect(calls).toBeGreaterThan(whole.length));

  for (let round = 0; round < tries; round++)
    it(`round ${round + 1}: the same command converges`, { timeout: 240_000 }, async () => {
      const app = `kill-${round}`;
      // In few rounds spread over the whole run; in many, one after the other.
      const k = tries < calls ? Math.floor(((round + 0.5) / tries) * calls) : Math.floor(round / 2) % calls;
      const at = { k, reached: round % 2 === 0, on: mutating };
      await killedAt(watched.proxy, home, ["up", "./counter", "--as", app], at);
      await converges(watched, ["up", "./counter", "--as", app], app, whole);
    });
});
