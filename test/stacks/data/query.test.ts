/** Questions to a table and a bucket of the local cloud: what is found, by how much reading, page by page. */
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseFilter } from "../../../stacks/data/filter.ts";
import { matches } from "../../../stacks/data/matches.ts";
import { type Answer, answerOf, type Question } from "../../../stacks/data/pages.ts";
import { planOf } from "../../../stacks/data/plan.ts";
import { type Store, storesOf } from "../../../stacks/data/stores.ts";
import type { Item } from "../../../stacks/data/values.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);
let made: DataCloud;
let rows: Store;
let files: Store;
let odd: Store;

/** Twenty-four boxes' worth: `at` counts, `n` is every third's, `tag` alternates. */
const items: Item[] = Array.from({ length: 60 }, (_, at) => ({
  id: { S: `box-${at % 3}` },
  at: { N: String(at) },
  tag: { S: at % 2 ? "odd" : "even" },
  kind: { S: at % 10 === 0 ? "tenth" : "other" },
  ...(at % 3 === 0 ? { n: { N: String(100 - at) } } : {}),
}));

async function fill(table: string, all: readonly Item[]): Promise<void> {
  for (let at = 0; at < all.length; at += 25)
    await made.dynamodb.send(
      new BatchWriteItemCommand({
        RequestItems: { [table]: all.slice(at, at + 25).map((one) => ({ PutRequest: { Item: one } })) },
      }),
    );
}

/** What an item of the property may have in `a`, `b`: every kind, and few of each, so that filters hit. */
const values: Item[string][] = [
  ...["0", "-1", "1", "2.50", "1e2", "99999999999999999999999999999999999999"].map((N) => ({ N })),
  ...["", "x", "xy", "true", "2026-01-01", "\u{1f600}", "\uffff"].map((S) => ({ S })),
  ...[{ BOOL: true }, { BOOL: false }, { NULL: true as const }, { B: Buffer.from("x") }],
  ...[{ SS: ["x", "y"] }, { NS: ["1", "2.5"] }, { L: [{ S: "x" }, { N: "1" }] }, { M: { c: { N: "1" } } }],
];
const hard: Item[] = values.flatMap((a, at) =>
  [undefined, ...values.filter((_, other) => (at + other) % 4 === 0)].map((b, other) => ({
    ...{ id: { S: `${at}-${other}` }, a },
    ...(b ? { b } : {}),
  })),
);

beforeAll(async () => {
  made = await cloudWith({
    tables: {
      rows: { key: { id: "S", at: "N" }, indexes: { "by-tag": { tag: "S", at: "N" } } },
      odd: { key: { id: "S" } },
    },
    buckets: ["files"],
  });
  await fill("home--app--rows", items);
  await fill("home--app--odd", hard);
  for (const Key of ["a/1.txt", "a/2.txt", "b/<&\u{1f600}'.txt"])
    await made.s3.send(new PutObjectCommand({ Bucket: "home--app--files", Key, Body: Key }));
  [files, odd, rows] = (await storesOf(made.cloud, made.owners)) as [Store, Store, Store];
}, 60_000);
afterAll(() => made?.close());

const ask = (store: Store, filter: string | undefined, o: Partial<Question> = {}): Promise<Answer> =>
  answerOf(made.cloud, store, { plan: planOf("eu-west-1", store, filter, o.sort), limit: 100, ...o });
const ats = ({ items: found }: Answer): number[] => found.map(({ at }) => Number(at!.N));

// Each of these is one sentence of what a query promises.
it("a key reads what it finds, a whole table all of it; both find the same", async () => {
  const byKey = await ask(rows, "id = box-1 and at between 10 and 20");
  expect(byKey).toMatchObject({ read: 4, total: 4 });
  expect(ats(byKey)).toEqual([10, 13, 16, 19]);
  const whole = await ask(rows, "at between 10 and 20 and (id = box-1 or id = none)");
  expect(whole.read).toBe(60);
  expect(ats(whole).sort()).toEqual([10, 13, 16, 19]);
  const byIndex = await ask(rows, "tag = odd and at > 50 and at != 55", { sort: "at", descending: true });
  expect(byIndex).toMatchObject({ read: 5 });
  expect(ats(byIndex)).toEqual([59, 57, 53, 51]);
});

it("any attribute sorts, those without it last; counts carry no items", async () => {
  expect(ats(await ask(rows, undefined, { sort: "n", limit: 3 }))).toEqual([57, 54, 51]);
  const last = await ask(rows, "id in (box-0, box-1)", { sort: "n", descending: true, limit: 40 });
  expect(ats(last).slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, at) => at * 3));
  expect(await ask(rows, "kind = tenth", { count: true })).toEqual({ items: [], read: 60, total: 6 });
  expect(await ask(rows, "id = box-0 and at != 0 and kind = tenth", { count: true })).toMatchObject({ total: 1 });
});

it.each([
  [undefined, 7],
  ["kind = tenth", 2],
  ["id in (box-0, box-1, box-2) and at >= 3", 4],
  ["tag = even and at != 8", 5],
] as const)("pages of %s put together are all of it once, and none is empty", async (filter, limit) => {
  const whole = await ask(rows, filter);
  const pages: Answer[] = [];
  for (let from: string | undefined; pages.length === 0 || from !== undefined; from = pages.at(-1)!.next)
    pages.push(await ask(rows, filter, { limit, ...(from === undefined ? {} : { from }) }));
  expect(pages.flatMap(ats)).toEqual(ats(whole));
  expect(pages.every((page) => page.items.length > 0 && page.items.length <= limit)).toBe(true);
});

it("a token of another question is refused", async () => {
  const { next } = await ask(rows, "kind = tenth", { limit: 2 });
  for (const from of [next!, "nonsense", Buffer.from("{}").toString("base64url")])
    await expect(ask(rows, "kind = other", { from })).rejects.toMatchObject({ code: "token-wrong" });
});

it("files are found by name, size and time", async () => {
  const keys = async (filter?: string, o: Partial<Question> = {}) =>
    (await ask(files, filter, o)).items.map(({ key }) => key!.S);
  expect(await keys()).toEqual(["a/1.txt", "a/2.txt", "b/<&\u{1f600}'.txt"]);
  expect(await keys("key starts with a/", { sort: "key", descending: true })).toEqual(["a/2.txt", "a/1.txt"]);
  expect(await keys("size > 7 and modified > 2020-01-01")).toEqual(["b/<&\u{1f600}'.txt"]);
  expect(await keys("key = 'b/<&\u{1f600}''.txt'")).toEqual(["b/<&\u{1f600}'.txt"]);
  const first = await ask(files, undefined, { limit: 2 });
  expect(await keys(undefined, { limit: 2, from: first.next! })).toEqual(["b/<&\u{1f600}'.txt"]);
});

const word = fc.constantFrom("a", "b", "a.c", "b[0]", "a[1]", "missing");
const literal = fc.constantFrom(
  "1",
  "2.5",
  "100",
  "-1",
  "x",
  "''",
  "'true'",
  "true",
  "null",
  "2026-01-01",
  "'\u{1f600}'",
);
const number = fc.constantFrom("-1", "0", "1", "2.5", "99");
const test = fc.oneof(
  fc.tuple(word, fc.constantFrom("=", "!="), literal).map((all) => all.join(" ")),
  fc
    .tuple(word, fc.constantFrom("<", "<=", ">", ">="), fc.oneof(number, fc.constantFrom("x", "''")))
    .map((all) => all.join(" ")),
  fc
    .tuple(word, number, fc.constantFrom("99", "100", "1e30"))
    .map(([a, low, high]) => `${a} between ${low} and ${high}`),
  fc.tuple(word, fc.array(literal, { minLength: 1, maxLength: 3 })).map(([a, all]) => `${a} in (${all.join(", ")})`),
  fc.tuple(word, fc.constantFrom("starts with", "contains", "not contains"), literal).map((all) => all.join(" ")),
  fc.tuple(word, fc.constantFrom("exists", "not exists")).map((all) => all.join(" ")),
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    test,
    tie("filter").map((one) => `not (${one})`),
    fc.tuple(tie("filter"), fc.constantFrom("and", "or"), tie("filter")).map(([a, op, b]) => `(${a} ${op} ${b})`),
  ),
}));

// Here and in the cloud a filter has to mean the same: which of the two is asked is the plan's business, not a person's.
it("a filter says of an item what DynamoDB selects by it", async () => {
  await fc.assert(
    fc.asyncProperty(filter, async (text) => {
      const parsed = parseFilter(text);
      const here = hard.filter((item) => matches(parsed, item)).map(({ id }) => id!.S);
      const there = (await ask(odd, text, { limit: 1000 })).items.map(({ id }) => id!.S);
      expect(there.sort()).toEqual(here.sort());
    }),
    { numRuns: 8 * rounds },
  );
}, 120_000);

const box = fc.constantFrom("box-0", "box-1", "none");
const place = fc.integer({ min: -1, max: 61 });
const keyed = fc.oneof(
  box.map((one) => `id = ${one}`),
  fc.uniqueArray(box, { minLength: 1 }).map((all) => `id in (${all.join(", ")})`),
  fc.constantFrom("tag = odd", "tag in (odd, even, odd)", "id starts with box", "kind = tenth", "n exists", "n < 90"),
  fc.tuple(fc.constantFrom("=", "!=", "<", "<=", ">", ">="), place).map(([op, at]) => `at ${op} ${at}`),
  fc.tuple(place, fc.nat(20)).map(([low, more]) => `at between ${low} and ${low + more}`),
);

// Whether by key, by index or by reading all of it: a plan only decides what is read.
it("a plan finds what its filter says, page by page, whatever it is read by", async () => {
  const conditions = fc.array(keyed, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(conditions, fc.integer({ min: 1, max: 30 }), async (all, limit) => {
      const text = all.join(" and ");
      const wanted = items.filter((item) => matches(parseFilter(text), item)).map(({ at }) => Number(at!.N));
      const found: number[] = [];
      let from: string | undefined;
      do {
        const page = await ask(rows, text, { limit, ...(from === undefined ? {} : { from }) });
        found.push(...ats(page));
        from = page.next;
      } while (from !== undefined);
      expect(found.sort((a, b) => a - b)).toEqual(wanted);
      expect((await ask(rows, text, { count: true })).total).toBe(wanted.length);
    }),
    { numRuns: 8 * rounds },
  );
}, 120_000);
