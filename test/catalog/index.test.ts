/** A catalog's index: how it is written, what of it is read, and what of a folder of blueprints becomes it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import { buildIndex } from "../../catalog/index/build.ts";
import type { CatalogEntry, CatalogIndex } from "../../catalog/index/entry.ts";
import { entryIn, formatIndex, parseIndex } from "../../catalog/index/format.ts";
import { isWrittenByUs } from "../../catalog/index/lines.ts";
import { isEntry, limits } from "../../catalog/index/rules.ts";
import { indexSchema } from "../../catalog/index/schema.ts";
import { manyEntries } from "../support/catalog-entries.ts";

/** Any text, halves of characters and controls among it. */
const units = fc.array(fc.nat(0xffff), { maxLength: 70 }).map((codes) => String.fromCharCode(...codes));
const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1);

async function refusal(work: Promise<unknown>): Promise<Fault> {
  const fault = await work.catch((error: unknown) => error);
  if (fault instanceof Fault) return fault;
  throw new Error(`not refused: ${JSON.stringify(fault)?.slice(0, 200)}`);
}

const indexOf = (entries: CatalogEntry[]): CatalogIndex => ({ format: 1, name: "tried", serial: 3, entries });
const one: CatalogEntry = manyEntries(1)[0]!;
/** An index of one entry, with what the entry has otherwise. */
const textWith = (change: Record<string, unknown>): string => {
  const value = JSON.parse(formatIndex(indexOf([{ ...one, id: "tried" }])));
  Object.assign(value.entries[0], change);
  return JSON.stringify(value);
};

const entries = fc.uniqueArray(
  fc
    .record({ at: fc.nat(199), title: fc.stringMatching(/^[A-Za-zÀ-ÿ ]{1,20}$/), bytes: fc.nat(), path: fc.boolean() })
    .map(({ at, title, bytes, path }): CatalogEntry => {
      const from = pool[at]!;
      return { ...from, title, sizeBytes: bytes, path: path ? `apps/${from.id}` : from.id };
    }),
  { selector: ({ id }) => id, maxLength: 30 },
);
const pool = manyEntries(200, 7);

describe("an index", () => {
  // Two builds of the same, on any computer, have to be the same bytes: what people review is the difference.
  it("is the same bytes in whatever order its entries come, and reads back as what it was", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.infiniteStream(fc.nat()), async (list, order) => {
        const keys = new Map(list.map((entry) => [entry, order.next().value]));
        const shuffled = [...list].sort((a, b) => keys.get(a)! - keys.get(b)!);
        const text = formatIndex(indexOf(shuffled));
        expect(text).toBe(formatIndex(indexOf(list)));
        const sorted = [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(await parseIndex(text)).toEqual(indexOf(sorted));
        for (const entry of list) expect(entryIn(text, entry.id)).toEqual(entry);
        expect(entryIn(text, "not-in-it")).toBeUndefined();
      }),
      { numRuns: 20 * rounds },
    );
  });

  // The quick check spares the schema; one that let pass what the schema refuses would be no check.
  it("is read by a quick check that lets nothing pass which the schema refuses, and refuses nothing it lets pass", () => {
    const odd = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.constant(null),
      fc.array(units, { maxLength: 3 }),
      fc.constantFrom(
        "",
        "a",
        "1.0.0",
        "../x",
        "a//b",
        "/a",
        "a/",
        "public",
        "xn--a.com",
        "\u202eabc",
        "a\u0000",
        -1,
        1.5,
      ),
      units,
    );
    const fields = Object.keys(JSON.parse(textWith({})).entries[0]);
    const changes = fc.dictionary(fc.constantFrom(...fields, "path", "extra", "__proto__", "commit"), odd, {
      maxKeys: 2,
    });
    fc.assert(
      fc.property(changes, fc.subarray(fields, { maxLength: 1 }), (change, without) => {
        const index = JSON.parse(textWith(change));
        for (const field of without) delete index.entries[0][field];
        expect(isEntry(index.entries[0])).toBe(indexSchema.safeParse(index).success);
      }),
      { numRuns: 200 * rounds },
    );
  });

  // A yes by lines spares every other check: no line may pass for two entries, or for half of one, or hide a field.
  it("is said yes to by its lines only where the schema says yes, too", () => {
    const lines = formatIndex(indexOf(pool)).split("\n").slice(1, -2);
    const fields = Object.keys(JSON.parse(textWith({})).entries[0]);
    const bad = [
      "",
      "a--b",
      "x".repeat(61),
      "a\u202eb",
      "\u009b31m",
      'a"b',
      "\\",
      -1,
      9,
      2 ** 53,
      0,
      null,
      [],
      ["a", "b"],
      ["evil"],
    ];
    const line = fc
      .record({
        at: fc.nat(lines.length - 1),
        field: fc.constantFrom(...fields, "repositoryId", "commit", "more"),
        value: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(...bad)),
        shape: fc.oneof(
          { weight: 5, arbitrary: fc.constant("plain") },
          fc.constantFrom("spread", "twice", "doubled", "reversed"),
        ),
      })
      .map(({ at, field, value, shape }) => {
        const plain = lines[at]!.replace(/,$/, "");
        const entry = { ...JSON.parse(plain), ...(value === undefined ? {} : { [field]: value }) };
        const text = value === undefined ? plain : JSON.stringify(entry);
        if (shape === "spread") return JSON.stringify(entry, null, 1);
        if (shape === "twice") return `${plain},${text}`;
        if (shape === "doubled") return text.replace(/\}$/, ',"title":"\\u202e"}');
        return shape === "reversed" ? JSON.stringify(Object.fromEntries(Object.entries(entry).reverse())) : text;
      });
    const between = fc.oneof({ weight: 9, arbitrary: fc.constant(",\n") }, fc.constantFrom(",", ",\n\n", " ,\n"));
    const around = fc.oneof(
      { weight: 9, arbitrary: fc.constant(['"entries":[\n', "\n]}\n"] as const) },
      fc.constantFrom(
        ['"entries":[', "\n]}\n"] as const,
        ['"entries":[\n', "]}"] as const,
        ['"entries":[\n', '\n],"more":1}\n'] as const,
        ['"entries":[1,\n', "\n]}\n"] as const,
      ),
    );
    let yes = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(line, between), { minLength: 1, maxLength: 4 }), around, (parts, [open, close]) => {
        const inner = parts.map(([text, after], at) => (at === parts.length - 1 ? text : text + after)).join("");
        const text = `{"format":1,"name":"tried","serial":3,${open}${inner}${close}`;
        const value = JSON.parse(text);
        if (!isWrittenByUs(text, value)) return;
        yes++;
        expect(indexSchema.safeParse(value).error).toBeUndefined();
      }),
      { numRuns: 1000 * rounds },
    );
    expect(yes).toBeGreaterThan(50);
    const whole = formatIndex(indexOf(pool));
    expect(isWrittenByUs(whole, JSON.parse(whole))).toBe(true);
  });

  // One bad entry is somebody's mistake or attack; which one is the first thing whoever keeps the catalog needs to know.
  it.each([
    [{ id: "Тried" }, "entries[0].id"],
    [{ id: "a--b" }, "entries[0].id"],
    [{ digest: "sha256:abc" }, "entries[0].digest"],
    [{ path: "../../etc" }, "entries[0].path"],
    [{ path: "a\\b" }, "entries[0].path"],
    [{ title: "a\u202eb" }, "entries[0].title"],
    [{ tagline: "\u001b]0;owned\u0007" }, "entries[0].tagline"],
    [{ tags: ["zero\u200bwidth"] }, "entries[0].tags[0]"],
    [{ reach: ["http://x.com"] }, "entries[0].reach[0]"],
    [{ size: -1 }, "entries[0].size"],
    [{ more: 1 }, "entries[0]"],
    [{ repositoryId: 5, commit: undefined }, "entries[0]"],
  ])("with %j is refused, with its place", async (change, at) => {
    const fault = await refusal(parseIndex(textWith(change)));
    expect(fault).toMatchObject({ code: "index-broken", at: `catalog.json: ${at}` });
  });

  // G10: a name that is there twice means two things.
  it("with a name twice is refused (G10)", async () => {
    const value = JSON.parse(formatIndex(indexOf([one])));
    value.entries.push({ ...value.entries[0], version: "9.0.0" });
    const fault = await refusal(parseIndex(JSON.stringify(value)));
    expect(fault.detail).toContain(`${one.id} is in it twice`);
  });

  // G10: what is too large is refused by its size, before anything of it is parsed or kept.
  it("of 50 MB, of 100,000 entries, nested deeply, or no JSON is refused (G10)", async () => {
    expect(await refusal(parseIndex(" ".repeat(50 * 1024 ** 2)))).toMatchObject({ code: "index-too-large" });
    const many = `{"format":1,"name":"tried","serial":1,"entries":[${"0,".repeat(2 * limits.entries)}0]}`;
    expect((await refusal(parseIndex(many))).detail).toContain("100001 entries");
    const deep = `${"[".repeat(1e6)}${"]".repeat(1e6)}`;
    expect(await refusal(parseIndex(deep))).toMatchObject({ code: "index-broken" });
    expect(await refusal(parseIndex("<!doctype html><p>Sign in"))).toMatchObject({ code: "index-broken" });
    expect(await refusal(parseIndex("null"))).toMatchObject({ code: "index-broken" });
    expect(await refusal(parseIndex('{"format":2,"entries":{}}'))).toMatchObject({ code: "index-newer" });
  });
});

describe("a folder of blueprints", () => {
  const dir = mkdtempSync(join(tmpdir(), "freehold-build-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const notes = resolve(import.meta.dirname, "../../blueprints/notes");

  function folder(name: string, blueprints: Record<string, (manifest: string) => string>): string {
    const root = join(dir, name);
    for (const [path, change] of Object.entries(blueprints)) {
      mkdirSync(join(root, path), { recursive: true });
      cpSync(notes, join(root, path), { recursive: true });
      const manifest = join(root, path, "blueprint.yaml");
      writeFileSync(manifest, change(readFileSync(manifest, "utf8")));
    }
    return root;
  }
  const named = (name: string) => (manifest: string) => manifest.replace("name: notes", `name: ${name}`);

  it("becomes an index of what its blueprints are, and the same one when nothing changed", async () => {
    const root = folder("My Catalog", { "apps/b": named("second"), a: named("first") });
    const built = await buildIndex(root);
    expect(built.index).toMatchObject({ name: "my-catalog", serial: 1 });
    expect(built.index.entries.map(({ id, path }) => [id, path])).toEqual([
      ["first", "a"],
      ["second", "apps/b"],
    ]);
    expect(built.index.entries[0]).toMatchObject({
      digest: await digestFolder(join(root, "a")),
      runtimes: ["nodejs24.x"],
      reach: [],
    });
    writeFileSync(built.file, built.text);
    expect(await buildIndex(root)).toMatchObject({ text: built.text, upToDate: true });
    // What changes is counted: whoever serves the old one again is found out (G6).
    writeFileSync(join(root, "a/README.md"), "changed\n");
    const next = await buildIndex(root);
    expect(next).toMatchObject({ upToDate: false, changes: { added: [], changed: ["first"], removed: [] } });
    expect(next.index.serial).toBe(2);
  });

  // Their files are not here, so nothing could make them anew.
  it("keeps the entries of other repositories, and refuses one that is here, too", async () => {
    const root = folder("kept", { a: named("first") });
    const elsewhere = { ...one, repositoryId: 7, commit: "0".repeat(40) };
    writeFileSync(join(root, "catalog.json"), formatIndex(indexOf([elsewhere])));
    expect((await buildIndex(root)).index.entries).toEqual(expect.arrayContaining([elsewhere]));
    writeFileSync(join(root, "catalog.json"), formatIndex(indexOf([{ ...elsewhere, id: "first" }])));
    expect((await refusal(buildIndex(root))).detail).toContain("repository 7");
  });

  it("with mistakes is not built, and all of them are told with file and line", async () => {
    const root = folder("wrong", {
      a: (manifest) => manifest.replace("license:", "lisence:"),
      b: named("same"),
      c: named("same"),
      d: (manifest) => manifest.replace(/^title: .*/m, 'title: "a\\u202Eb"'),
    });
    symlinkSync("/etc/passwd", join(root, "b/link"));
    const fault = await refusal(buildIndex(root));
    expect(fault.code).toBe("catalog-not-built");
    expect(fault.detail).toMatch(/a\/blueprint\.yaml:\d+:\d+ .*lisence/);
    expect(fault.detail).toContain("b/link: ");
    expect(fault.detail).toMatch(/d\/blueprint\.yaml.*cannot be seen/);
    rmSync(join(root, "b/link"));
    expect((await refusal(buildIndex(root))).detail).toContain("same is the name of b, too");
  });

  // Its digest would cover the file that says its digest.
  it("that is a blueprint itself is refused", async () => {
    expect((await refusal(buildIndex(notes))).code).toBe("catalog-not-built");
  });
});
