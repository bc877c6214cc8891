/** Filters in plain words: what is read of them, what is refused and where, and how a table is asked for it. */
import { describe, expect, it } from "vitest";
import { type Filter, parseFilter } from "../../../stacks/data/filter.ts";
import { planOf } from "../../../stacks/data/plan.ts";
import type { Store } from "../../../stacks/data/stores.ts";

/** A filter as brackets say it, with the letter of each value. */
function shape(filter: Filter): string {
  if ("and" in filter) return `(${filter.and.map(shape).join(" & ")})`;
  if ("or" in filter) return `(${filter.or.map(shape).join(" | ")})`;
  if ("not" in filter) return `!${shape(filter.not)}`;
  const { path, op, values } = filter.test;
  return [JSON.stringify(path), op, ...values.map(({ value }) => JSON.stringify(value))].join(" ");
}
const read = (text: string): string => shape(parseFilter(text));

// A filter that is read as another one removes or shows what nobody meant.
describe("a filter", () => {
  it.each([
    ["created > 2026-01-01 and tag = x", '(["created"] > {"S":"2026-01-01"} & ["tag"] = {"S":"x"})'],
    ["a = 1 or b = 2 and c = 3", '(["a"] = {"N":"1"} | (["b"] = {"N":"2"} & ["c"] = {"N":"3"}))'],
    ["not (a=1 OR b!=-2.5e3)", '!(["a"] = {"N":"1"} | ["b"] != {"N":"-2.5e3"})'],
    ["a.b[2].c <> 'it''s; \"so\"'", '["a","b",2,"c"] != {"S":"it\'s; \\"so\\""}'],
    ["`my ``name.x`[0] exists", '["my `name.x",0] exists'],
    [
      "a between 1 and 2 and b in (x, 'y z', true, null)",
      '(["a"] between {"N":"1"} {"N":"2"} & ["b"] in {"S":"x"} {"S":"y z"} {"BOOL":true} {"NULL":true})',
    ],
    [
      "a starts with 2026 and b begins with x and c begins_with y",
      '(["a"] begins_with {"S":"2026"} & ["b"] begins_with {"S":"x"} & ["c"] begins_with {"S":"y"})',
    ],
    ["tags not contains 'x' and gone not exists", '(!["tags"] contains {"S":"x"} & !["gone"] exists)'],
    ["a = '1'", '["a"] = {"S":"1"}'],
    [`n = ${"9".repeat(38)}`, `["n"] = {"N":"${"9".repeat(38)}"}`],
    // More digits than DynamoDB has are no number to it.
    [`n = ${"9".repeat(39)}`, `["n"] = {"S":"${"9".repeat(39)}"}`],
  ])("%s", (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    ["", 1, "a filter is missing"],
    ["a", 2, "expected is one of"],
    ["a =", 4, "a value is missing"],
    ["a = 1 b = 2", 7, "and, or, or the end"],
    ["a = (1)", 5, "a value is expected"],
    ["(a = 1", 7, "a ) is missing"],
    ["a = 'x", 5, "has no other one"],
    ["a > true", 5, "neither a number nor text"],
    ["a between 2 and 1", 17, "the lower end"],
    ["a between 1 and x", 17, "both ends"],
    ["a in (1, 2", 11, "a , or a )"],
    ["and = 1", 1, "the name of an attribute"],
    ["a[x] = 1", 2, "expected is one of"],
    [`${"(".repeat(60)}a = 1${")".repeat(60)}`, 52, "more than 50 brackets"],
  ])("%s is refused with its column", (text, column, why) => {
    expect(() => parseFilter(text)).toThrow(
      expect.objectContaining({
        code: "filter-wrong",
        exitCode: 2,
        detail: expect.stringContaining(`Column ${column}: `),
      }),
    );
    expect(() => parseFilter(text)).toThrow(why);
  });
});

const key = (hash: string, range?: string, type: "S" | "N" = "N") => ({
  hash: { name: hash, type: "S" as const },
  ...(range ? { range: { name: range, type } } : {}),
});
const table: Store = {
  ...{ app: "notes", kind: "table", name: "rows", id: "home--notes--rows", kept: false },
  key: key("id", "at"),
  indexes: [
    { name: "by-box", key: key("box", "updated"), local: false, holds: "all" },
    { name: "thin", key: key("tag"), local: false, holds: "keys" },
  ],
  ...{ items: 1000, sizeBytes: 4_096_000 },
};
const planned = (filter: string, sort?: string) => {
  const { by, index, queries, sent, here } = planOf("us-east-1", table, filter, sort);
  return {
    ...{ by, ...(index ? { index } : {}), queries: queries.length, range: queries[0]?.range?.op },
    ...{ sent: sent && shape(sent), here: here && shape(here) },
  };
};

// What is read is what is paid and waited for: a key that is not used reads a whole table.
describe("the plan", () => {
  it.each([
    ["id = 42", { by: "key", queries: 1 }],
    ["id = 42 and at > 5 and x = 1", { by: "key", queries: 1, range: ">", sent: '["x"] = {"N":"1"}' }],
    ["at > 5 and id in (a, b, a)", { by: "key", queries: 2, range: ">" }],
    // DynamoDB takes no key in a filter of a query by it.
    ["id = a and at > 5 and at < 9", { by: "key", queries: 1, range: ">", here: '["at"] < {"N":"9"}' }],
    ["box = in and updated between 1 and 2", { by: "index", index: "by-box", queries: 1, range: "between" }],
    ["box = in and id = a", { by: "key", queries: 1, sent: '["box"] = {"S":"in"}' }],
    // An index that holds only keys would show items with most of them missing.
    ["tag = x", { by: "whole", queries: 0, sent: '["tag"] = {"S":"x"}' }],
    ["id = a or id = b", { by: "whole", queries: 0, sent: '(["id"] = {"S":"a"} | ["id"] = {"S":"b"})' }],
    ["id != a", { by: "whole", queries: 0, sent: '["id"] != {"S":"a"}' }],
    // Longer than DynamoDB's 4 KB.
    [
      `x = 1 and y in (${Array.from({ length: 120 }, (_, at) => at).join(", ")})`,
      { by: "whole", queries: 0, here: expect.stringContaining('["y"] in') },
    ],
  ])("of %s", (filter, expected) =>
    expect(planned(filter)).toEqual({ range: undefined, sent: undefined, here: undefined, ...expected }),
  );

  it("keys are of the kind the table says, and what cannot be one is refused with what was meant", () => {
    expect(planOf("us-east-1", table, "id = 42").queries).toEqual([{ hash: { S: "42" } }]);
    expect(() => planned("box = in and updated > 2026-01-01")).toThrow(
      "Column 24: updated is a number; as seconds since 1970 the time is 1767225600, as milliseconds 1767225600000",
    );
  });

  it("says what is read and what that costs before it is read", () => {
    expect(planOf("us-east-1", table, "x = 1")).toMatchObject({
      says: "the whole of notes/rows",
      reads: { items: 1000, sizeBytes: 4_096_000 },
      // 500 units at 0.125 a million.
      dollars: { all: expect.closeTo(0.0000625, 10) },
    });
    expect(planOf("us-east-1", table, "id = a and at > 5")).toMatchObject({
      says: "notes/rows by its key: id = a and at > 5",
    });
  });

  it("of files is by the beginning of their names, and knows nothing else of them", () => {
    const bucket: Store = { app: "notes", kind: "bucket", name: "files", id: "b", kept: false, indexes: [] };
    expect(planOf("us-east-1", bucket, "key starts with 'a/' and size > 10")).toMatchObject({
      by: "prefix",
      prefix: "a/",
    });
    expect(planOf("us-east-1", bucket, "size > 10")).toMatchObject({ by: "whole" });
    expect(() => planOf("us-east-1", bucket, "size > 1 and type = x")).toThrow("only key, size and modified");
  });
});
