/** Searching indexes in memory: what is found, in which order, and what filters leave out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksLike, mixesScripts } from "../../catalog/confusable.ts";
import type { SearchFilters } from "../../catalog/documents.ts";
import type { CatalogEntry } from "../../catalog/index/entry.ts";
import { createSearch } from "../../catalog/search.ts";
import { manyEntries } from "../support/catalog-entries.ts";

const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);
const [base] = manyEntries(1);

const entry = (id: string, more: Partial<CatalogEntry> = {}): CatalogEntry => ({
  ...base!,
  id,
  title: id,
  tagline: "",
  tags: [],
  reach: [],
  license: "MIT",
  runtimes: ["nodejs24.x"],
  ...more,
});

const few = createSearch([
  {
    name: "bundled",
    entries: [
      entry("notes", { title: "Notes", tagline: "Write things down", tags: ["writing"] }),
      entry("links", { title: "Short links", tags: ["web"], reach: ["public"] }),
    ],
  },
  {
    name: "other",
    entries: [
      entry("calendar", { title: "Café calendar", tagline: "Days and notes of them", reach: ["api.example.com"] }),
      entry("field-notes", { title: "Field", runtimes: ["python3.13"], license: "Apache-2.0" }),
      entry("keynotes", { title: "Talks", tags: ["notes"], reach: ["secret"] }),
      entry("notes", { title: "Other notes" }),
    ],
  },
]);
const names = (query: string, filters: SearchFilters = {}): string[] =>
  few(query, filters).found.map(({ catalog, entry: { id } }) => `${catalog}/${id}`);

describe("a search", () => {
  // What a person means most likely comes first, and the same question has the same answer.
  it("ranks names before tags before taglines, whole words before parts, and equals by name and catalog", () => {
    expect(names("notes")).toEqual([
      "bundled/notes",
      "other/notes",
      "other/field-notes",
      "other/keynotes",
      "other/calendar",
    ]);
    expect(names("")).toEqual([
      "other/calendar",
      "other/field-notes",
      "other/keynotes",
      "bundled/links",
      "bundled/notes",
      "other/notes",
    ]);
  });

  it("wants every word, and takes none of accents and capitals", () => {
    expect(names("CAFE notes")).toEqual(["other/calendar"]);
    expect(names("notes nowhere-at-all")).toEqual([]);
  });

  it("counts all, and answers with as many as are asked for", () => {
    expect(few("notes", {}, 2)).toMatchObject({ total: 5, corrected: false, found: { length: 2 } });
  });

  // Names are typed from memory; with few found as they were typed, what is nearly that is found, too, and said so.
  it.each([
    ["ntoes", "bundled/notes"],
    ["calandar", "other/calendar"],
    ["shrt links", "bundled/links"],
    ["calender", "other/calendar"],
  ])("finds what was meant with %s", (query, first) => {
    expect(names(query)[0]).toBe(first);
    expect(few(query).corrected).toBe(true);
  });

  it("filters by tag, licence, runtime, reach and catalog", () => {
    expect(names("", { tags: ["Writing"] })).toEqual(["bundled/notes"]);
    expect(names("", { license: "apache-2.0" })).toEqual(["other/field-notes"]);
    expect(names("", { runtime: "python" })).toEqual(["other/field-notes"]);
    expect(names("", { reach: "public" })).toEqual(["bundled/links"]);
    expect(names("", { reach: "hosts" })).toEqual(["other/calendar"]);
    expect(names("", { reach: "api.example.com" })).toEqual(["other/calendar"]);
    expect(names("", { reach: "secret" })).toEqual(["other/keynotes"]);
    expect(names("notes", { reach: "none", catalog: "other" })).toEqual(["other/notes", "other/field-notes"]);
    expect(names("ntoes", { catalog: "bundled" })).toEqual(["bundled/notes"]);
  });

  // Whatever is typed or listed: a search that threw, or showed what was filtered out, would be worse than none.
  it("never throws, never answers with what its filters exclude, and is stable", () => {
    const entries = manyEntries(300, 3);
    const search = createSearch([{ name: "many", entries }]);
    const known = entries.flatMap(({ id, title, tagline, tags }) => [id, title, tagline ?? "", ...tags]);
    const query = fc.oneof(
      fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
      fc.constantFrom(...known),
      fc.lorem({ maxCount: 3 }),
    );
    const filters = fc.record(
      {
        tags: fc.array(fc.constantFrom(...known), { maxLength: 2 }),
        license: fc.constantFrom("MIT", "mit", "none"),
        runtime: fc.constantFrom("nodejs", "python3.13", "x"),
        reach: fc.constantFrom("none", "public", "secret", "hosts", "api.data.com"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(query, filters, fc.nat(400), (text, wanted, limit) => {
        const { found, total } = search(text, wanted, limit);
        expect(found.length).toBe(Math.min(total, limit));
        expect(new Set(found.map(({ entry: { id } }) => id)).size).toBe(found.length);
        const fits = ({ tags, license, runtimes, reach }: CatalogEntry): boolean =>
          (wanted.tags ?? []).every((tag) => tags.includes(tag)) &&
          (!wanted.license || license?.toLowerCase() === wanted.license.toLowerCase()) &&
          (!wanted.runtime || runtimes.some((runtime) => runtime.startsWith(wanted.runtime!))) &&
          (!wanted.reach || reachFits(reach, wanted.reach));
        expect(found.filter(({ entry: one }) => !fits(one))).toEqual([]);
        expect(search(text, wanted, limit).found.map(({ entry: { id } }) => id)).toEqual(
          found.map(({ entry: { id } }) => id),
        );
      }),
      { numRuns: 150 * rounds },
    );
  });
});

const reachFits = (reach: string[], wanted: string): boolean => {
  if (wanted === "none") return reach.length === 0;
  return wanted === "hosts" ? reach.join().includes(".") : reach.includes(wanted);
};

// G11: names are chosen to be taken for others; who is looking has to be told.
describe("a name that can be taken for another (G11)", () => {
  it.each(["n0tes", "пotes", "nоtes", "noťes", "notess", "ոotes", "ｎotes"])("is %s", (name) => {
    expect(looksLike(name, "notes")).toBe(true);
  });

  it.each(["notes", "links", "quotes-of-note", "tasks"])("is not %s", (name) => {
    expect(looksLike(name, "notes")).toBe(false);
  });

  it("has letters of two scripts in a word, and not in two", () => {
    expect(mixesScripts("pаste")).toBe(true);
    expect(mixesScripts("Paste для всех")).toBe(false);
    expect(mixesScripts("日本語 Notes カレンダー")).toBe(false);
  });
});
