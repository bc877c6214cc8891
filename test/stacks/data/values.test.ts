/** Items as text and back: nothing an item may hold is lost or read as something else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeJson } from "../../../cli/safe-text.ts";
import { compareDecimals } from "../../../stacks/data/decimal.ts";
import { type Item, plainItem, readItem, sameItem, typedItem, untypedItem } from "../../../stacks/data/values.ts";
import { items } from "./arbitrary-items.ts";

const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);

// `data get` into a file, an editor, `data put` from it: whoever changes one word of an item keeps the rest of it.
it("an item shown in plain or in DynamoDB's JSON and read again is the same item", () => {
  fc.assert(
    fc.property(items, (all) => {
      for (const typed of all) {
        const item = untypedItem(typed as Parameters<typeof untypedItem>[0]);
        expect(sameItem(readItem(safeJson(plainItem(item), 2)), item)).toBe(true);
        expect(sameItem(readItem(safeJson(typedItem(item), 2), { typed: true }), item)).toBe(true);
      }
    }),
    { numRuns: 20 * rounds },
  );
});

describe("plain JSON", () => {
  it("is used where it says all, and DynamoDB's own in the place where it does not", () => {
    const item: Item = {
      ...{ text: { S: "a" }, n: { N: "1.50" }, big: { N: "9007199254740993" }, none: { NULL: true } },
      ...{ set: { NS: ["1"] }, bytes: { B: Buffer.from("hi") }, map: { M: { N: { N: "1" } } } },
      list: { L: [{ BOOL: true }, { M: { a: { S: "b" } } }] },
    };
    expect(plainItem(item)).toEqual({
      ...{ text: "a", n: 1.5, big: { N: "9007199254740993" }, none: null, set: { NS: ["1"] }, bytes: { B: "aGk=" } },
      ...{ map: { M: { N: { N: "1" } } }, list: [true, { a: "b" }] },
    });
    expect(sameItem(readItem(JSON.stringify(plainItem(item))), item)).toBe(true);
  });

  it("keeps every digit that was typed", () =>
    expect(readItem('{"n": 12345678901234567890.123456789}')).toEqual({ n: { N: "12345678901234567890.123456789" } }));

  it.each([
    ["[1]", "An item is a JSON object"],
    ["{", "It is not JSON"],
    ['{"a": {"b": [{"N": "x"}]}}', "a.b[0] is not DynamoDB's JSON"],
    ['{"a": {"SS": []}}', "a is not DynamoDB's JSON"],
    ['{"a": {"B": "?"}}', "a is not DynamoDB's JSON"],
  ])("%s is refused with its place", (text, why) => {
    expect(() => readItem(text)).toThrow(expect.objectContaining({ code: "item-wrong", exitCode: 2 }));
    expect(() => readItem(text)).toThrow(why);
  });
});

// DynamoDB's numbers have 38 digits: compared as JavaScript's, two that differ would be one.
it("decimals are ordered as they are written, to the last digit", () => {
  const ordered = [
    "-1e125",
    "-10",
    "-9.99",
    "-0.1",
    "0",
    "1e-130",
    "0.09999999999999999999999999999999999999",
    "0.1",
    "1",
    "1.0000000000000000000000000000000000001",
    "9",
    "10",
    "99999999999999999999999999999999999999",
  ];
  for (const [at, low] of ordered.entries())
    for (const [other, high] of ordered.entries())
      expect(Math.sign(compareDecimals(low, high))).toBe(Math.sign(at - other));
  for (const same of ["100", "1e2", "+100.00", "00100", "0.1E+3"]) expect(compareDecimals(same, "100")).toBe(0);
  expect(compareDecimals("-0", "0.000")).toBe(0);
});
