/** Numbers are exact and their key bytes sort as they do: a wrong byte would lose items in queries, silently. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNumbers, canonicalNumber, numberBytes, numberSize } from "../../../../stacks/local/dynamodb/number.ts";

/** Digits and a power of ten, as text in three notations, and as an exact fraction to compare with. */
const decimals = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 38n - 1n), max: 10n ** 38n - 1n }),
    power: fc.integer({ min: -92, max: 87 }),
  })
  .map(({ digits, power }) => ({ text: `${digits}e${power}`, exact: digits * 10n ** BigInt(power + 92) }));

describe("numbers", () => {
  it("have key bytes in their own order", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const order = a.exact < b.exact ? -1 : a.exact > b.exact ? 1 : 0;
        expect(Buffer.compare(numberBytes(a.text), numberBytes(b.text))).toBe(order);
      }),
      { numRuns: 2000 },
    );
  });

  // Neighbours differ in the last digit only, where an encoding by pairs is easily wrong.
  it("have key bytes in order for neighbours, too", () => {
    const texts = ["-100", "-99.1", "-99", "-10.01", "-10", "-9.99", "-1", "-0.1", "-0.01", "-1e-130", "0"];
    const ordered = [
      ...texts,
      "1e-130",
      "0.01",
      "0.1",
      "0.11",
      "1",
      "1.01",
      "9.99",
      "10",
      "10.01",
      "99",
      "100",
      "9.9e125",
    ];
    const bytes = ordered.map(numberBytes);
    expect([...bytes].sort(Buffer.compare)).toEqual(bytes);
  });

  it("mean the same in every notation", () => {
    fc.assert(
      fc.property(decimals, ({ text }) => {
        expect(numberBytes(canonicalNumber(text))).toEqual(numberBytes(text));
        expect(canonicalNumber(canonicalNumber(text))).toBe(canonicalNumber(text));
      }),
    );
  });

  it.each([
    ["1.0", "1"],
    ["-0", "0"],
    ["+5", "5"],
    ["007", "7"],
    [".5", "0.5"],
    ["1e3", "1000"],
    ["12.340e-3", "0.01234"],
    ["1E+20", "100000000000000000000"],
  ])("show %s as %s", (given, shown) => {
    expect(canonicalNumber(given)).toBe(shown);
  });

  it.each([
    ["", "The parameter cannot be converted to a numeric value"],
    ["abc", "The parameter cannot be converted to a numeric value: abc"],
    ["1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"],
    ["1e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"],
    ["1".repeat(39), "Attempting to store more than 38 significant digits in a Number"],
  ])("refuse %j", (given, message) => {
    expect(() => canonicalNumber(given)).toThrow(message);
  });

  it("add exactly, as BigInt does", () => {
    const integers = fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n });
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(addNumbers(`${a}`, `${b}`)).toBe(`${a + b}`);
        expect(addNumbers(`${a}`, `${b}`, -1)).toBe(`${a - b}`);
      }),
    );
    expect(addNumbers("0.1", "0.2")).toBe("0.3");
    expect(() => addNumbers("1e50", "1")).toThrow("more than 38 significant digits");
  });

  it("are measured as AWS bills them", () => {
    expect([numberSize("0"), numberSize("1"), numberSize("-1"), numberSize("1234")]).toEqual([1, 2, 3, 3]);
  });
});
