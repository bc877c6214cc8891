/** What use costs is arithmetic that people pay by: sums that add up, grow with use, and are of the units they say. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { budgetsBeyond, fixedCostOf } from "../../blueprints/fixed-costs.ts";
import { pagePrices, pagesReadAt, pricesAt } from "../../blueprints/price-list.ts";
import {
  charges,
  costOfUse,
  type Flow,
  type Flows,
  flows,
  noFlows,
  noStocks,
  type Stocks,
  stocks,
  type Use,
} from "../../blueprints/use-costs.ts";
import { knownTypes } from "../../stacks/providers/aws/registry.ts";

const numRuns = 200 * Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);
const region = "eu-central-1";
const month = { days: 30, elapsed: 10 };

const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
const record = (names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, amount])));
const someUse: fc.Arbitrary<Use> = fc.record({
  soFar: record(flows) as unknown as fc.Arbitrary<Flows>,
  perDay: record(flows) as unknown as fc.Arbitrary<Flows>,
  stocks: record(stocks) as unknown as fc.Arbitrary<Stocks>,
});
const at = fc.record({ days: fc.constant(30), elapsed: fc.double({ min: 0, max: 30, noNaN: true }) });
const named = (uses: readonly Use[]) => uses.map((use, index) => ({ name: `app-${index}`, use }));
const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(one));

const used = (more: { soFar?: Partial<Flows>; perDay?: Partial<Flows>; stocks?: Partial<Stocks> }): Use => ({
  soFar: { ...noFlows(), ...more.soFar },
  perDay: { ...noFlows(), ...more.perDay },
  stocks: { ...noStocks(), ...more.stocks },
});

// Each charge once, by a figure from the list and a number anybody can check.
it.each<[Partial<Flows & Stocks>, number]>([
  [{ functionCalls: 2_000_000 }, 0.4],
  [{ gbSeconds: 60_000 }, 1.000002],
  [{ tableReads: 1_000_000 }, 0.1525],
  [{ tableWrites: 1_000_000 }, 0.7625],
  [{ bucketReads: 10_000 }, 0.0043],
  [{ logGb: 2 }, 1.26],
  [{ transferGb: 100 }, 9],
  [{ apiCalls: 3_000_000 }, 3],
  [{ cdnRequests: 10_000 }, 0.01],
  [{ cdnGb: 10 }, 0.85],
  // A third of the month.
  [{ tableGb: 3 }, 0.306],
  [{ recoveryGb: 3 }, 0.2448],
  [{ bucketGb: 3 }, 0.0245],
  [{ keptLogGb: 3 }, 0.03],
  [{ zones: 3 }, 0.5],
])("%j costs $%d in ten days of thirty", (what, dollars) => {
  const [[name, one]] = Object.entries(what) as [[Flow, number]];
  const use = (flows as readonly string[]).includes(name)
    ? used({ soFar: { [name]: one } })
    : used({ stocks: { [name]: one } });
  const { each, total } = costOfUse([{ name: "notes", use }], { region, month });
  expect(each[0]!.lines).toHaveLength(1);
  expect(total.soFar).toBeCloseTo(dollars, 6);
});

it("goes on as the last days were, and holds what is there to the month's end", () => {
  const use = used({ soFar: { tableWrites: 1e6 }, perDay: { tableWrites: 2e5 }, stocks: { zones: 1 } });
  const { each, total } = costOfUse([{ name: "notes", use }], { region, month });
  expect(each[0]!.forecast).toBeCloseTo(5 * 0.7625 + 0.5, 6);
  const { perDay: _, ...young } = use;
  // Of one too new nothing is foretold, and so of all together neither.
  const both = costOfUse(
    [
      { name: "a", use },
      { name: "b", use: young },
    ],
    { region, month },
  );
  expect([both.each[1]!.forecast, both.total.forecast]).toEqual([undefined, undefined]);
  expect(both.each[0]!.forecast).toBe(total.forecast);
});

it("what apps cost is what they cost together, and no cost is below nothing", () => {
  const adds = fc.property(fc.array(someUse, { maxLength: 6 }), at, fc.boolean(), (uses, month, freeTier) => {
    const { each, total } = costOfUse(named(uses), { region, month, freeTier });
    for (const one of each) {
      expect(one.soFar).toBeGreaterThanOrEqual(0);
      expect(
        near(
          one.soFar,
          one.lines.reduce((sum, { dollars }) => sum + dollars, 0),
        ),
      ).toBe(true);
      // A month is never cheaper than its beginning.
      if (!freeTier) expect(one.forecast! + 1e-6).toBeGreaterThanOrEqual(one.soFar);
    }
    expect(
      near(
        total.soFar,
        each.reduce((sum, one) => sum + one.soFar, 0),
      ),
    ).toBe(true);
    expect(
      near(
        total.forecast!,
        each.reduce((sum, one) => sum + one.forecast!, 0),
      ),
    ).toBe(true);
  });
  fc.assert(adds, { numRuns });
});

it("more use never costs less, in any region, with the free tier or without", () => {
  const places = fc.constantFrom("eu-central-1", "eu-west-1", "us-east-1", "ap-east-1");
  const grows = fc.property(
    someUse,
    someUse,
    fc.constantFrom(...flows),
    places,
    fc.boolean(),
    (one, other, flow, region, freeTier) => {
      const more = { ...one, soFar: { ...one.soFar, [flow]: one.soFar[flow] + 1e6 } };
      const cost = (use: Use): number => costOfUse(named([use, other]), { region, month, freeTier }).total.soFar;
      expect(cost(more) + 1e-6 * cost(more)).toBeGreaterThanOrEqual(cost(one));
    },
  );
  fc.assert(grows, { numRuns });
});

it("the free tier is the account's: all apps together have it once, and it is never more than was used", () => {
  const calls = (functionCalls: number): Use => used({ soFar: { functionCalls } });
  const { each, total } = costOfUse(named([calls(1_500_000), calls(500_000)]), { region, month, freeTier: true });
  expect(total.soFar).toBeCloseTo(0.2, 9);
  expect(each.map(({ soFar }) => soFar)).toEqual([0.15, 0.05]);
  expect(costOfUse(named([calls(999_999)]), { region, month, freeTier: true }).total.soFar).toBe(0);
  const takes = fc.property(fc.array(someUse, { maxLength: 4 }), (uses) => {
    const [less, full] = [true, false].map((freeTier) => costOfUse(named(uses), { region, month, freeTier }).total);
    expect(less!.soFar).toBeLessThanOrEqual(full!.soFar + 1e-6);
  });
  fc.assert(takes, { numRuns });
});

// What is not in the table would be taken to be free by whoever forgot it.
it("every type that the engine makes has a price for being there, and what has none says so", () => {
  for (const kind of knownTypes) {
    const usual = kind.endsWith(":Table") ? { billingMode: "PAY_PER_REQUEST" } : {};
    const cost = fixedCostOf({ kind, inputs: usual });
    if ("unpriced" in cost)
      expect([kind, cost.unpriced]).toEqual([kind, expect.not.stringContaining("without a price")]);
    else expect(cost.perMonth).toBeGreaterThanOrEqual(0);
  }
  expect(fixedCostOf({ kind: "aws:dynamodb/table:Table", inputs: { billingMode: "PROVISIONED" } })).toHaveProperty(
    "unpriced",
  );
  expect(fixedCostOf({ kind: "aws:ssm/parameter:Parameter", inputs: { tier: "Advanced" } })).toHaveProperty("unpriced");
  expect(fixedCostOf({ kind: "aws:ec2/instance:Instance", inputs: {} })).toHaveProperty("unpriced");
  expect([budgetsBeyond(0), budgetsBeyond(2), budgetsBeyond(4)]).toEqual([0, 0, expect.closeTo(1.216)]);
});

it("every price has where and when it was read", () => {
  expect(pagesReadAt).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  for (const { dollars, source, per } of Object.values(pagePrices)) {
    expect(source).toMatch(/^https:\/\/\S+\.\S+/);
    expect(dollars).toBeGreaterThan(0);
    expect(per).not.toBe("");
  }
  for (const { price, unit, what } of Object.values(charges)) {
    expect(price(pricesAt(region))).toBeGreaterThan(0);
    expect([unit, what]).not.toContain("");
  }
});
