/** Items of every type DynamoDB knows, in its JSON, down to what only just fits. */
import fc from "fast-check";
import type { TypedItem } from "../../../stacks/data/format/attribute.ts";

const text = fc.string({ unit: "grapheme", maxLength: 30 });
const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String);
const small = fc
  .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -120, max: 120 }))
  .map(([m, e]) => `${m}E${e}`);
const number = fc.oneof(digits, small, fc.constantFrom("0", "-0.5", "0.1", "99999999999999999999999999999999999999"));
const binary = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const unique = <T>(one: fc.Arbitrary<T>, by: (value: T) => unknown = (value) => value) =>
  fc.uniqueArray(one, { minLength: 1, maxLength: 5, selector: by });

const { value } = fc.letrec<{ value: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    text.map((S) => ({ S })),
    number.map((N) => ({ N })),
    binary.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    unique(text).map((SS) => ({ SS })),
    unique(digits).map((NS) => ({ NS })),
    unique(binary).map((BS) => ({ BS })),
    fc.array(tie("value"), { maxLength: 4 }).map((L) => ({ L })),
    fc
      .dictionary(
        fc.oneof(
          text.filter((name) => name !== ""),
          fc.constantFrom("__proto__", "constructor", "a.b", "#x"),
        ),
        tie("value"),
        { maxKeys: 4 },
      )
      .map((M) => ({ M })),
  ),
}));

const key = text.filter((one) => one !== "").map((S) => ({ S }));

/** Keyed by `id` (text) and `at` (a number); no two of one key. */
export const items: fc.Arbitrary<TypedItem[]> = fc.uniqueArray(
  fc
    .tuple(
      key,
      fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "empty", "ü"), value, { maxKeys: 5 }),
    )
    .map(([id, at, rest]): TypedItem => ({ ...rest, id, at: { N: String(at) } })),
  { minLength: 1, maxLength: 60, selector: ({ id, at }) => JSON.stringify([id, at]) },
);

/** 400 KB with its names, to the byte. */
export const largest: TypedItem = {
  id: { S: "largest" },
  at: { N: "1" },
  text: { S: "x".repeat(400 * 1024 - "idlargestattext".length - 2) },
};

/** Keys that are no path, or would be a dangerous one. */
export const oddKeys: readonly string[] = [
  "../x",
  "../../etc/passwd",
  "/absolute",
  "a//b",
  "folder/",
  "folder/file.txt",
  "Case.txt",
  "case.txt",
  "CON",
  "nul.txt",
  "ends with a dot.",
  " space ",
  "ä/ö/ü.txt",
  "a\u0308.txt",
  "日本語/ファイル",
  "🗿",
  "k".repeat(1024),
  "é".repeat(512),
  "plus+and&equals=?#%25",
  "line\nbreak",
  "=SUM(A1)",
  "..",
  ".",
];
