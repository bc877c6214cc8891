import { expect, test } from "vitest";
import { parseCommandLine } from "../../../stacks/engine/cli.ts";
import {
  Archive,
  Asset,
  type PropertyMap,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
} from "../../../stacks/engine/value.ts";
import { hashArchive, hashAsset } from "../../../stacks/engine/values/archive.ts";
import { changedPaths, formatPath, keepOld, parsePath } from "../../../stacks/engine/values/paths.ts";
import { decodeStruct, encodeStruct } from "../../../stacks/engine/values/wire.ts";

// The hash decides whether a function's code is updated; this vector is Pulumi's own.
test("an archive's hash is that of Go's TAR", async () => {
  const archive = await hashArchive(new Archive({ assets: { foo: new Asset({ text: "a test asset" }) } }), "/");
  expect(archive.hash).toMatch(/^27ab4a14/);
});

// Same files, another order or nesting of the map: the same hash; other bytes: another.
test("hashes follow contents only", async () => {
  const a = new Asset({ text: "a" });
  const b = new Asset({ text: "b" });
  const flat = await hashArchive(new Archive({ assets: { "x/b": b, "x/a": a } }), "/");
  const nested = await hashArchive(new Archive({ assets: { x: new Archive({ assets: { a, b } }) } }), "/");
  expect(flat.hash).toBe(nested.hash);
  expect((await hashAsset(a, "/")).hash).not.toBe((await hashAsset(b, "/")).hash);
});

// What a program sends must arrive, whatever its kind.
test("every kind of value survives the wire", () => {
  const map: PropertyMap = {
    plain: [1, "two", true, null, { deep: [] }],
    secret: new Secret({ inner: "x" }),
    asset: new Asset({ text: "t", hash: "h" }),
    archive: new Archive({ assets: { f: new Asset({ path: "./f" }) }, hash: "h2" }),
    reference: new ResourceReference({ urn: "urn:pulumi:a::b::c:d:E::f", id: "i" }),
    unknown,
    bytes: new Uint8Array([1, 2, 255]),
  };
  const back = decodeStruct(encodeStruct(map, { secrets: true }));
  expect(back["unknown"]).toBeInstanceOf(Unknown);
  expect([...(back["bytes"] as Uint8Array)]).toEqual([1, 2, 255]);
  const { bytes: _one, ...rest } = back;
  const { bytes: _two, ...sent } = map;
  expect(rest).toEqual(sent);
  expect(decodeStruct(encodeStruct(map, { secrets: false }))["secret"]).toEqual({ inner: "x" });
});

// Paths of ignoreChanges: brackets, quotes and stars, and what is not there.
test("property paths", () => {
  expect(parsePath('a.b[0]["c.d"][*]')).toEqual(["a", "b", 0, "c.d", "*"]);
  expect(parsePath("a[")).toBeUndefined();
  expect(formatPath(["a", 0, "b.c"])).toBe('a[0]["b.c"]');
  expect(
    keepOld({ a: { x: 2, y: 2 }, l: [{ v: 2 }] }, { a: { x: 1 }, l: [{ v: 1 }] }, ["a.x", "a.y", "l[*].v"]),
  ).toEqual({ kept: { a: { x: 1 }, l: [{ v: 1 }] }, invalid: [] });
  expect(changedPaths({ a: { b: 1 } }, { a: { b: 2, c: 3 } }).map(({ path }) => formatPath(path))).toEqual([
    "a.b",
    "a.c",
  ]);
});

// What is not carried out is refused in words the SDK's users know; nothing is ignored.
test("the command line refuses what it does not know", () => {
  expect(() => parseCommandLine(["up", "--policy-pack", "x"])).toThrow("not supported");
  expect(() => parseCommandLine(["up", "--nonsense"])).toThrow("unknown flag: --nonsense");
  expect(() => parseCommandLine(["config", "env", "ls"])).toThrow("`pulumi config env` is not supported");
  const line = parseCommandLine(["config", "set", "k", "--secret", "--non-interactive", "--", "-v", "--stack", "dev"]);
  expect(line.positional).toEqual(["k", "-v"]);
  expect(line.flags["--stack"]).toEqual(["dev"]);
});
