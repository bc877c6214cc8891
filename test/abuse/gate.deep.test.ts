/**
 * What takes its time at an app's gate, through the local cloud's real door: the half minute that a gate believes what it
 * saw, and tries by the hundred.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signIn } from "../support/home.ts";
import {
  asOwner,
  at,
  get,
  linkOf,
  minter,
  nothingRefusedReached,
  post,
  seconds,
  startProbe,
  withKey,
  withToken,
} from "./gated-probe.ts";
import type { RawAnswer } from "./raw.ts";

beforeAll(startProbe);
afterAll(() => at.home?.close());

// Row L12: a cookie in somebody else's hands is worth nothing once its owner has signed out. All three end at once, and
// are waited for together: half a minute is the most that a gate believes what it saw.
it("a signed-out session, a revoked guest's and one of a key that is gone open nothing any more", async () => {
  const copied = await signIn(await linkOf("probe"));
  const [mint, other] = [await minter(), await minter()];
  const guest = await mint.session({ sub: "guest/77", role: "reader", app: "probe" });
  const signed = await other.session({ sub: "owner", role: "owner" });
  const ending: (() => Promise<RawAnswer>)[] = [
    () => get("/api/x", `Cookie: ${copied}`),
    () => withToken(guest({})),
    () => withToken(signed({ iat: seconds() - 9 })),
  ];
  const statuses = async (): Promise<number[]> =>
    (await Promise.all(ending.map((ask) => ask()))).map(({ status }) => status);
  expect(await statuses()).toEqual([200, 200, 200]);
  const out = await post("/.freehold/signout", `Cookie: ${copied}`, `Origin: http://${at.host}`);
  expect(out.status).toBe(303);
  await mint.endSessions();
  await other.forgetKey();
  await expect.poll(statuses, { timeout: 60_000, interval: 500 }).toEqual([401, 401, 401]);
  expect((await asOwner("/api/x")).status).toBe(200);
}, 90_000);

describe("tries by the hundred", () => {
  // Row L12. Afterwards keys from this address are not listened to for a while.
  it("wrong keys are met with no more than a number of tries a minute", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 70; i++)
      statuses.push((await withKey(`fh_${"0".repeat(16)}_${"k".repeat(43)}`, "/api/x")).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(60);
  });
});

it(
  "nothing that the gate refused has reached the app",
  () => nothingRefusedReached({ answered: 3, refused: 70 }),
  60_000,
);
