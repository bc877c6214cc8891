/**
 * What is refused names what strangers wrote: keys, paths, names, addresses. A fault's text is ours all the same: no name
 * adds a line to it, hides a part of it, or drowns the reason. Row H8, where no view has made anything safe yet.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";
import { canBeSeen, quoted, spelled } from "../../blueprints/seen.ts";
import { faults as archive } from "../../catalog/archive-faults.ts";
import { faults as catalogs } from "../../catalog/catalog-faults.ts";
import { faults as refs } from "../../catalog/faults.ts";
import { faults as github } from "../../catalog/github/faults.ts";
import { parseGitHubRef } from "../../catalog/github/ref.ts";
import { buildIndex } from "../../catalog/index/build.ts";
import { faults as indexes } from "../../catalog/index/faults.ts";
import { parseIndex } from "../../catalog/index/format.ts";
import { faults as data } from "../../stacks/data/faults.ts";

const hostile: [string, string][] = [
  ["a line of its own", "a\nblueprint.yaml:1:1 all is well"],
  ["a return", "a\rInstalled."],
  ["another kind of line", "a\u2028Installed.\u0085b"],
  ["a screen cleared", "\u001b[2J\u001b[H"],
  ["a window's name", "\u001b]0;root\u0007"],
  ["eight-bit controls", "\u009b31m"],
  ["letters turned around", "a\u202egpj.exe\u2066"],
  ["nothing between letters", "a\u200bb\u2060c\ufeff\u3164"],
  ["tags", "a\u{e0041}\u{e0042}"],
  ["half a character", "a\ud800"],
  ["ten kilobytes", "k".repeat(10_240)],
  ["ten kilobytes of lines", "a\n".repeat(5120)],
];

/** All of it can be seen, and it has as many lines as we wrote. */
function isOurs(fault: unknown, lines: number): asserts fault is Fault {
  expect(fault).toBeInstanceOf(Fault);
  const { summary, detail = "", at = "", next = "" } = fault as Fault;
  expect(detail.split("\n")).toHaveLength(lines);
  for (const text of [summary, at, next, ...detail.split("\n")]) {
    expect(canBeSeen(text), JSON.stringify(text)).toBe(true);
    expect(text.length).toBeLessThan(1000);
  }
}

async function faultOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const head = "freehold: 1\nname: hostile\nversion: 1.0.0\ntitle: Hostile\n";
const api = (more: string): string =>
  `${head}functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x${more} } }\n`;

describe("a manifest's mistakes, with", () => {
  // Each place where a text of the author's own is a part of what is said. `? KEY`: longer than YAML takes otherwise.
  const places: [string, (text: string) => string, RegExp][] = [
    ["a key at the top", (text) => `${head}? ${text}\n: 1\n`, /is not known/],
    ["a key of a function", (text) => api(`, ? ${text} : 1`), /is not known; known here/],
    ["a function's name", (text) => `${head}functions: { ? ${text} : { code: api } }\n`, /a name|is missing/],
    ["a table's name", (text) => `${head}tables: { ? ${text} : { key: { id: string } } }\n`, /a name/],
    [
      "a table's key",
      (text) => `${head}tables: { t: { key: { ? ${text} : nothing } } }\n`,
      /expected one of|characters/,
    ],
    [
      "an index's name",
      (text) => `${head}tables: { t: { key: { id: string }, indexes: { ? ${text} : 1 } } }\n`,
      /an index's name/,
    ],
    ["a route", (text) => `${head}site: api\nroutes: { ? ${text} : site }\n`, /is no route/],
    ["a setting's name", (text) => `${head}settings: { ? ${text} : { type: string } }\n`, /a name/],
    ["a role", (text) => `${head}roles: { ? ${text} : everything }\n`, /a name/],
    ["a resource", (text) => `${head}resources: { ? ${text} : { type: x } }\n`, /a name/],
    ["what is used", (text) => api(`, uses: { ? ${text} : read }`), /a name/],
    ["a variable's name", (text) => api(`, environment: { ? ${text} : x }`), /a variable's name/],
    [
      "a variable's value",
      (text) => api(`, environment: { A: ${text.replace(/^"/, '"${').replace(/"$/, '}"')} }`),
      /is not known/,
    ],
    ["a handler", (text) => api("").replace("index.handler", text), /a file and an export/],
    ["a runtime", (text) => api("").replace("nodejs24.x", text), /expected one of|<=255 characters/],
    ["a site", (text) => `${head}site: ${text}\n`, /is not there|inside the blueprint|characters/],
    ["an icon", (text) => `${head}icon: ${text}\n`, /is not there|inside the blueprint|characters/],
    ["code", (text) => api("").replace("code: api", `code: ${text}`), /is not there|inside the blueprint|characters/],
  ];

  it.each(places)("%s, say their reason on a line each, whatever it is called", async (_, manifest, reason) => {
    for (const [what, text] of hostile) {
      const begun = performance.now();
      const fault = await faultOf(() =>
        parseManifest(manifest(JSON.stringify(text)), [
          { path: "api/index.mjs", absolute: "/x", executable: false, sizeBytes: 1 },
        ]),
      );
      expect(performance.now() - begun, what).toBeLessThan(1000);
      const said = (fault as Fault).detail ?? "";
      const count = /has (\d+) mistakes/.exec((fault as Fault).summary)?.[1] ?? "1";
      isOurs(fault, Number(count));
      expect(fault.code).toBe("manifest-invalid");
      expect(fault.at).toMatch(/^blueprint\.yaml:\d+:\d+$/);
      for (const line of said.split("\n")) expect(line, what).toMatch(/^blueprint\.yaml:\d+:\d+ \S/);
      expect(said, what).toMatch(reason);
    }
  });
});

describe("files of strangers, with", () => {
  const dir = mkdtempSync(join(tmpdir(), "freehold-names-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const onDisk = hostile.filter(([, name]) => Buffer.byteLength(name) < 255 && !/\p{Cs}/u.test(name));

  it.each(onDisk)("%s in their names are refused on one line, or taken", async (_, name) => {
    const folder = mkdtempSync(join(dir, "app-"));
    writeFileSync(join(folder, "blueprint.yaml"), head);
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "x"), "");
    const fault = await faultOf(() => loadBlueprint(folder));
    if (/[\u0000-\u001f\u007f]/.test(name)) isOurs(fault, 1);
    else expect(fault).toBeUndefined();
  });

  it.each(onDisk)("%s in a folder of a catalog are told on a line each", async (_, name) => {
    const catalog = mkdtempSync(join(dir, "catalog-"));
    mkdirSync(join(catalog, name));
    writeFileSync(join(catalog, name, "blueprint.yaml"), `${head}${JSON.stringify(name)}: 1\ntagline: 7\n`);
    const fault = await faultOf(() => buildIndex(catalog, { name: "tried" }));
    // Two mistakes, and that nothing was written.
    isOurs(fault, 3);
    expect(fault.detail).toMatch(/is not known.*\n.*expected string/);
  });
});

describe("catalogs, with", () => {
  it.each(hostile)("%s in a key of an index are refused on one line, with the reason", async (_, name) => {
    const entry = { id: "tried", version: "1.0.0", title: "T", digest: `sha256:${"a".repeat(64)}`, size: 1 };
    const index = (value: object) => JSON.stringify({ format: 1, name: "tried", serial: 1, ...value });
    for (const text of [
      index({ entries: [{ ...entry, [name]: 1 }] }),
      index({ entries: [{ ...entry, id: name }] }),
      index({ entries: [], [name]: 1 }),
      `{"format":1,${name}`,
      JSON.stringify({ format: name, entries: [] }),
    ]) {
      const fault = await faultOf(() => parseIndex(text));
      isOurs(fault, 1);
      expect(fault.detail).toMatch(/Nothing of it is used\.$/);
    }
    isOurs(await faultOf(() => parseIndex(JSON.stringify({ format: 2, [name]: name }))), 1);
  });

  it.each(hostile)("%s in a REF are refused on one line, with how a REF is written", async (_, name) => {
    for (const ref of [
      `github:${name}/apps`,
      `github:ann/${name}`,
      `github:ann/apps@${name} `,
      `github:ann/apps/${name}\u0000`,
    ]) {
      const fault = await faultOf(() => parseGitHubRef(ref));
      isOurs(fault, 1);
      expect(fault.detail).toMatch(/It is github:OWNER|Nothing of it was kept/);
    }
  });

  // Every entry of the tables that is given a text from outside; texts that only we write are not.
  const told: [string, (text: string) => Fault][] = [
    ["an unknown REF", (text) => refs.unknownRef(text, undefined)],
    ["no REF", refs.refMalformed],
    ["a missing folder", refs.folderMissing],
    ["a broken list", (text) => catalogs.catalogsBroken(text, text)],
    ["a name", catalogs.badName],
    ["a taken name", (text) => catalogs.nameTaken(text, text)],
    ["a meaning's name", (text) => catalogs.nameTaken(text, undefined)],
    ["a known catalog", (text) => catalogs.known("ann", text)],
    ["no catalog", catalogs.badRef],
    ["an unknown catalog", (text) => catalogs.unknownCatalog(text, ["ann"])],
    ["a folder without index", catalogs.noIndex],
    ["no folder", catalogs.notAFolder],
    ["an archive's name", (text) => archive.name(text, `is the same as ${text} on some computers`)],
    ["an archive's entry", (text) => archive.entry(text, "a link")],
    ["an archive without a folder", archive.empty],
    ["an archive of another commit", (text) => archive.otherCommit("a".repeat(40), text)],
    ["a file not as committed", (text) => archive.notAsCommitted(text, "was left out")],
    ["an index", (text) => indexes.broken(text, text)],
    ["an index of another format", indexes.newer],
    ["an index not built", (text) => indexes.notBuilt([text], text)],
    ["a stale index", (text) => indexes.stale(text, [text], text)],
    ["an API's address", github.address],
    ["a redirect", github.redirect],
    ["an unreachable host", (text) => github.unreachable("api.github.com", text)],
    ["an odd answer", (text) => github.notAsExpected(text)],
    ["a tag", (text) => github.noRef("ann/apps", text)],
    ["a path", (text) => github.noPath("ann/apps", text, "a".repeat(40))],
    ["a moved tag", (text) => github.tagMoved("ann/apps", text, pinned, pinned)],
  ];
  const pinned = { digest: `sha256:${"a".repeat(64)}`, commit: "b".repeat(40) };

  it.each(told)("%s is told as our own sentence, whatever it is called", (_, fault) => {
    for (const [, text] of hostile) isOurs(fault(text), fault("plain").detail!.split("\n").length);
  });
});

// Whoever uses an app names its files and fills its items; the owner reads of them.
describe("what lies in stores, with", () => {
  const told: [string, (text: string) => Fault][] = [
    ["an unknown store", (text) => data.noStore(text, [text], undefined)],
    ["a wrong key", data.keyWrong],
    ["no item", (text) => data.noItem("notes/notes", `id=${text}`)],
    ["no file", (text) => data.noFile("notes/files", text)],
    ["a file that is no text", (text) => data.noText("notes/files", text, "it is no text in UTF-8")],
    ["a wrong item", data.itemWrong],
    ["a filter", (text) => data.filterWrong(`${text}${text}`, text.length, `${text} is a number`)],
    ["what changed meanwhile", (text) => data.changedMeanwhile("notes/files", text)],
    ["a key that was changed", (text) => data.keyChanged([text])],
    ["an unknown change", data.nothingToUndo],
    ["a connection that broke", (text) => data.cutOff("notes/files", text)],
    ["a file that changed", (text) => data.fileChanged("notes/files", text)],
  ];

  it.each(told)("%s is told as our own sentence, and nothing of it is to be typed", (_, fault) => {
    for (const [, text] of hostile) {
      isOurs(fault(text), fault("plain").detail!.split("\n").length);
      expect(fault(text).next).toBe(fault("plain").next);
    }
  });
});

// The two ways in which names stand in sentences.
it("any text, spelled or quoted, can be seen, is one line, and is itself when it was so already", () => {
  // Halves of characters among them, and the planes beyond the first.
  const any = fc
    .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.nat(0x10ffff)), { maxLength: 400 })
    .map((codes) => codes.map((code) => String.fromCodePoint(code)).join(""));
  fc.assert(
    fc.property(any, (text) => {
      for (const shown of [spelled(text), quoted(text)]) {
        expect(canBeSeen(shown)).toBe(true);
        expect(shown).not.toMatch(/[\n\r]/);
      }
      if (canBeSeen(text) && text.length <= 300) expect(spelled(text)).toBe(text);
    }),
    { numRuns: 200 * Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1) },
  );
});
