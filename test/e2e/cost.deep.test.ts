/** `cost` of a cloud on this computer: what the same use would cost in AWS, by what its functions logged and by what is there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { pricesAt } from "../../blueprints/price-list.ts";
import { ask, type Home, withHome } from "../support/home.ts";

let home: Home;

beforeAll(async () => {
  home = await withHome();
}, 60_000);
afterAll(async () => {
  await home?.close();
});

interface Line {
  what: string;
  amount: number;
  dollars: number;
}

it("counts the calls that there were, and the data, for each app and together", { timeout: 180_000 }, async () => {
  await home.freehold("up", "notes");
  const { url } = await home.json("show", "notes");
  const line = async (what: string): Promise<Line | undefined> => {
    const { apps } = await home.json("cost", "notes");
    return apps[0].lines.find((one: Line) => one.what === what);
  };
  const before = (await line("Lambda requests"))?.amount ?? 0;
  for (let calls = 0; calls < 5; calls++) await ask(url);
  // A report is written once the answer has gone out.
  await expect.poll(async () => (await line("Lambda requests"))?.amount, { timeout: 30_000 }).toBe(before + 5);
  const { lambda, s3 } = pricesAt("eu-central-1");
  expect((await line("Lambda requests"))!.dollars).toBeCloseTo(((before + 5) * lambda.perMillionRequests) / 1e6, 12);
  const stored = await line("S3 data");
  expect(stored!.amount).toBeGreaterThan(0);
  expect(stored!.dollars).toBeCloseTo(stored!.amount * s3.perGbMonth, 12);

  const all = await home.json("cost");
  expect(all).toMatchObject({ target: "local", asking: 0, freeTier: false });
  expect(all.budget).toBeUndefined();
  const sum = all.apps.reduce((sum: number, one: { soFar: number }) => sum + one.soFar, 0);
  expect(all.total.soFar).toBeCloseTo(sum, 9);
  // An hour has to be over before anything is foretold.
  expect(all.total.forecast).toBeUndefined();
  expect((await home.freehold("cost")).stdout).toMatch(/this is what the same use would cost in AWS/);
});

it("of an app that is removed counts what is kept, and asks nobody what a local cloud was charged", async () => {
  await home.freehold("destroy", "notes", "--yes");
  const { apps } = await home.json("cost", "notes");
  expect(apps).toMatchObject([{ name: "notes" }]);
  expect(apps[0].lines.map(({ what }: Line) => what)).not.toContain("Lambda requests");
  const refused = await home.attempt("cost", "--explorer", "--yes");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("a local one is charged for nothing")]);
}, 60_000);
