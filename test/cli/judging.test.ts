/**
 * `info` and `source`: what somebody reads before they install. Run as the command line runs them, without a cloud; what
 * is installed is a copy in the registry of a cloud that nobody started.
 */
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { saveCloud } from "../../cli/clouds.ts";
import type { Input } from "../../cli/command.ts";
import { type InfoDocument, run as info } from "../../cli/commands/info.ts";
import { type SourceDocument, run as source } from "../../cli/commands/source.ts";
import { copyDir } from "../../cli/copies.ts";
import { type InstalledApp, writeApp } from "../../cli/registry.ts";
import { inert } from "../../cli/safe-text.ts";
import { markdownLines } from "../../cli/ui/markdown.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { widthOf } from "../../cli/ui/width.ts";
import { consentLines } from "../../cli/views/consent.ts";
import { plain as infoView } from "../../cli/views/info.ts";
import { plain as sourceView } from "../../cli/views/source.ts";

const root = resolve(import.meta.dirname, "../..");
const [none, colours] = [createPaint(false), createPaint(true)];
let dir: string;
let shop: string;

const inputOf = (args: string[], flags: Input["flags"] = {}, home = "home"): Input =>
  ({
    args,
    flags,
    cwd: dir,
    env: {},
    interactive: false,
    paths: Object.fromEntries(["config", "data", "cache", "state"].map((name) => [name, join(dir, home, name)])),
  }) as unknown as Input;
const infoOf = async (ref: string, home?: string): Promise<InfoDocument> =>
  (await info(inputOf([ref], {}, home))).document as InfoDocument;
const sourceOf = async (args: string[], diff = false, home?: string): Promise<SourceDocument> =>
  (await source(inputOf(args, diff ? { diff: true } : {}, home))).document as SourceDocument;

const manifest = (uses: string, more = ""): string => `freehold: 1
name: shop
version: 1.0.0
title: Shop
functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x, uses: { rows: ${uses} } } }
tables: { rows: { key: { id: string } } }
routes: { /: api }
${more}`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-judging-"));
  shop = join(dir, "shop");
  await mkdir(join(shop, "api"), { recursive: true });
  await writeFile(join(shop, "blueprint.yaml"), manifest("read"));
  await writeFile(join(shop, "api/index.mjs"), "export const handler = () => 1;\nconst a = 1;\nconst b = 2;\n");
  await writeFile(join(shop, "api/gone.mjs"), "gone\n");
  await writeFile(join(shop, "logo.bin"), Buffer.from([0, 1, 2]));
  // Installed as it is now; then its author goes on.
  const cloud = {
    name: "home",
    target: "local",
    region: "us-east-1",
    accountId: "000000000001",
    timeZone: "UTC",
    port: 1,
  } as const;
  const { paths } = inputOf([]);
  await saveCloud(paths, cloud);
  const digest = await digestFolder(shop);
  await cp(shop, copyDir(paths, "home", digest), { recursive: true });
  const app = {
    format: 1,
    name: "store",
    ref: shop,
    source: "folder",
    origin: { source: "folder" },
    blueprint: "shop",
  };
  const rest = { title: "Shop", version: "1.0.0", digest, state: "running", kept: [], settings: {}, functions: {} };
  writeApp(paths, "home", { ...app, ...rest, versions: [], installedAt: "", updatedAt: "" } as unknown as InstalledApp);
  await writeFile(
    join(shop, "blueprint.yaml"),
    manifest("write", "reach: { hosts: [evil.example] }\n").replace("1.0.0", "1.1.0"),
  );
  await writeFile(join(shop, "api/index.mjs"), "export const handler = () => 2;\nconst a = 1;\nconst b = 2;\n");
  await writeFile(join(shop, "api/new.mjs"), "\tnew\r\nline\n");
  await writeFile(join(shop, "logo.bin"), Buffer.from([0, 1, 3]));
  await rm(join(shop, "api/gone.mjs"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("info", () => {
  it("is the card and the README, in 80 columns, with no cloud there and none made", async () => {
    const bundled = (await readdir(join(root, "blueprints"), { withFileTypes: true })).filter((one) =>
      one.isDirectory(),
    );
    for (const { name } of bundled) {
      const document = await infoOf(name, "nowhere");
      expect(document).toMatchObject({ target: null, card: { name, origin: { source: "bundled" } } });
      expect(document.installed).toBeUndefined();
      const text = infoView(inert(document), none);
      expect(text).toContain(document.card.digest);
      expect(text).toContain("per 1,000 requests");
      expect(text).toContain("README, in its author's words");
      expect(Math.max(...text.split("\n").map(widthOf)), name).toBeLessThanOrEqual(80);
    }
    await expect(readdir(join(dir, "nowhere"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says of a local cloud that it costs nothing there, and what differs from what is installed", async () => {
    const document = await infoOf("./shop");
    expect(document.installed).toMatchObject({ app: "store", version: "1.0.0", same: false });
    const text = infoView(inert(document), none);
    expect(text).toMatch(/cost +nothing; in AWS about \$0/);
    expect(text).toContain("+ api reads and writes table rows");
    expect(text).toContain("+ the app talks to evil.example");
    expect(text).toContain("- api reads table rows");
  });
});

describe("source", () => {
  it("lists what runs first, shows one file, and nothing that is not the blueprint's", async () => {
    const { files } = await sourceOf(["./shop"]);
    expect(files.map(({ path, part }) => `${part}: ${path}`)).toEqual([
      "function api: api/index.mjs",
      "function api: api/new.mjs",
      "manifest: blueprint.yaml",
      "other: logo.bin",
    ]);
    const shown = await sourceOf(["./shop", "./api/new.mjs"]);
    expect(sourceView(inert(shown), none)).toBe("    new\nline");
    expect(sourceView(inert(await sourceOf(["./shop", "logo.bin"])), none)).toMatch(/is no text: 3 B, sha256:/);
    for (const path of ["../home/config/clouds.yaml", "/etc/passwd", "api/../../x", "", "api", "constructor"])
      await expect(sourceOf(["./shop", path]), path).rejects.toMatchObject({ code: "path-unknown", exitCode: 4 });
    await symlink("/etc/passwd", join(shop, "link"));
    await expect(sourceOf(["./shop", "link"])).rejects.toMatchObject({ code: "blueprint-not-plain" });
    await rm(join(shop, "link"));
  });

  // Row H11: what an update may do more is read before anything else of it.
  it("compares with what is installed: reach first, then files, then lines; what is no text by its bytes", async () => {
    for (const ref of ["./shop", "store"]) {
      const { diff } = await sourceOf([ref], true);
      expect(diff).toMatchObject({ app: "store", from: { version: "1.0.0" }, to: { version: "1.1.0" } });
      expect(diff!.files.map(({ path, change }) => `${change} ${path}`)).toEqual([
        "changed api/index.mjs",
        "added api/new.mjs",
        "changed blueprint.yaml",
        "removed api/gone.mjs",
        "changed logo.bin",
      ]);
      expect(diff!.files[0]!.hunks).toEqual([
        {
          before: 1,
          after: 1,
          lines: [
            "-export const handler = () => 1;",
            "+export const handler = () => 2;",
            " const a = 1;",
            " const b = 2;",
          ],
        },
      ]);
      expect(diff!.files[4]).toMatchObject({
        before: { sizeBytes: 3 },
        after: { digest: expect.stringMatching(/^sha256:/) },
      });
      expect(diff!.files[4]!.hunks).toBeUndefined();
    }
    const lines = sourceView(inert(await sourceOf(["./shop"], true)), none).split("\n");
    const at = (text: string): number => lines.findIndex((line) => line.includes(text));
    expect(at("+ the app talks to evil.example")).toBeGreaterThan(0);
    expect(at("changed  api/index.mjs")).toBeGreaterThan(at("+ the app talks to evil.example"));
    expect(at("+ export const handler = () => 2;")).toBeGreaterThan(at("gone     api/gone.mjs"));
    const one = await sourceOf(["./shop", "api/new.mjs"], true);
    expect(one.diff!.files.map(({ path }) => path)).toEqual(["api/new.mjs"]);
  });

  it("says what is missing when there is nothing to compare with", async () => {
    await expect(sourceOf(["notes"], true)).rejects.toMatchObject({ code: "nothing-to-compare", exitCode: 4 });
    await expect(sourceOf(["notes"], true, "nowhere")).rejects.toMatchObject({ code: "nothing-to-compare" });
  });
});

describe("a README", () => {
  const plain = (text: string, width = 40): string => markdownLines(text, width, none).join("\n");

  it.each([
    ["# Title\n\nOne **two** `three`\nfour", "Title\n\nOne two three four"],
    ["- one\n  - two\n- three", "- one\n  - two\n- three"],
    ["3. one\n4. two", "3. one\n4. two"],
    ["- [x] done", "- [x] done"],
    ["> quoted\n> more", "| quoted more"],
    ["```js\nconst a  = 1;\n```", "    const a  = 1;"],
    ["a | b\n- | -\n1 | 2", "a | b\n1 | 2"],
    ["![A cat](https://x.example/cat.png)", "[image: A cat]"],
    ["[here](https://x.example/a)", "here (https://x.example/a)"],
    ["[here](javascript:alert)", "here (javascript:alert)"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["a <b onclick=x>b</b><!-- c --> &amp; &#27;[2J", "a <b onclick=x>b</b> & "],
  ])("%j is plain words", (text, lines) => expect(plain(text)).toBe(lines));

  // Row H17: what is clicked on is what is read.
  it("makes clickable only what is https, whole, and says where it leads", () => {
    const drawn = (text: string): string => markdownLines(text, 60, colours).join("\n");
    const links = (text: string): string[] =>
      [...drawn(text).matchAll(/\u001b\]8;;([^\u001b]+)\u001b/g)].map(([, to]) => to!);
    expect(links("[https://bank.example](https://evil.example/x)")).toEqual(["https://evil.example/x"]);
    expect(drawn("[https://bank.example](https://evil.example/x)")).toContain("https://evil.example/x\u001b]8;;");
    for (const text of [
      "[a](http://x.example)",
      "[a](javascript:x)",
      "[a](file:///etc/passwd)",
      "[a](data:text/html,x)",
    ])
      expect(links(text), text).toEqual([]);
    expect(links(`[a](https://x.example/${"y".repeat(80)})`)).toEqual([]);
  });

  // Row H7: a parser that takes as long as its text wants is a program of the text's author.
  it("of any form is drawn in a time that somebody waits", () => {
    const n = 32 * 1024;
    const hostile = [
      "[",
      "![",
      "> ",
      ">",
      "*a ",
      "_a __b ",
      "<a ",
      "a<",
      "|",
      "- ",
      "`",
      "\\",
      "[a](",
      "é",
      "#".repeat(6),
    ].map((piece) => piece.repeat(n / piece.length));
    hostile.push(Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n"));
    hostile.push("x".repeat(400_000));
    for (const text of hostile) {
      const started = performance.now();
      expect(Math.max(0, ...markdownLines(text, 80, none).map(widthOf)), text.slice(0, 20)).toBeLessThanOrEqual(80);
      // Half a second each where nothing else runs; what this catches takes minutes.
      expect(performance.now() - started, text.slice(0, 20)).toBeLessThan(8000);
    }
  });
});

// Row H8: every field of what is shown may be a stranger's, whatever a catalog or an older version let through.
describe("hostile text in every field", () => {
  const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
  const filled = <T>(value: T, text: string): T => {
    if (typeof value === "string") return `${value}${text}` as T;
    if (Array.isArray(value)) return value.map((one) => filled(one, text)) as T;
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, fixed.has(key) ? one : filled(one, text)]),
    ) as T;
  };
  /** Words of ours, that views look up. */
  const fixed = new Set(["source", "change", "severity", "reasons", "target"]);

  it("reaches no terminal as anything but text, through card, code, difference and consent", async () => {
    const documents = [
      await infoOf("./shop"),
      await sourceOf(["./shop"]),
      await sourceOf(["./shop", "api/index.mjs"]),
      await sourceOf(["./shop"], true),
    ];
    const card = documents[0] as InfoDocument;
    const { added = [], removed = [] } = card.installed!.reach!;
    const findings = [{ rule: "r", severity: "ask" as const, resource: "x", message: "m" }];
    const consent = { app: "a", digest: "d", reasons: [], card: card.card, added, removed, findings };
    const views = (text: string): string[] => [
      ...documents.map((document) => {
        const safe = inert(filled(document, text));
        return "card" in safe ? infoView(safe, none) : sourceView(safe, none);
      }),
      consentLines(inert(filled({ type: "consent", stack: "s", needed: true, consent }, text)) as never, none).join(
        "\n",
      ),
    ];
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom(
        "\u001b[2J",
        "\u001b]0;x\u0007",
        "\u001b]52;c;eA==\u001b\\",
        "\u009b31m",
        "\u202e",
        "\r",
        "\n",
        "\u0301".repeat(50),
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        for (const text of views(pieces.join(""))) expect(text).not.toMatch(dangerous);
      }),
      { numRuns: 3 * Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 1) },
    );
  });
});
