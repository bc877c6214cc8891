import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  parseRef,
  passphraseManager,
  readProject,
  StackSettings,
  selectedStack,
  selectStack,
} from "../../../../stacks/engine/state/index.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-settings-"));
  await writeFile(
    join(dir, "Pulumi.yaml"),
    "name: shop\nruntime: nodejs\nconfig:\n  size: 3\n  color: { default: red }\n",
  );
});
afterEach(() => rm(dir, { recursive: true }));

const read = async () => StackSettings.read(await readProject(dir), "dev");

// A person's file stays a person's file: comments and keys we do not know are as they were.
test("a changed file keeps what was not changed", async () => {
  const file = join(dir, "Pulumi.dev.yaml");
  await writeFile(file, "# mine\nconfig:\n  shop:a: one # the first\nfuture: [1, 2]\n");
  const settings = await read();
  settings.set("b", "-two", { path: false, secret: false }, undefined);
  settings.encryptionSalt = "v1:x:v1:y:z";
  await settings.save();
  const text = await readFile(file, "utf8");
  for (const part of ["# mine", "shop:a: one # the first", "shop:b: -two", "encryptionsalt: v1:x:v1:y:z"])
    expect(text).toContain(part);
  expect((await read()).encryptionSalt).toBe("v1:x:v1:y:z");
  expect(text).toMatch(/future:/);
});

// Secrets are in the file as ciphertext only, and come back as they were given, not as JSON.
test("secret values", async () => {
  const manager = await passphraseManager("p");
  const settings = await read();
  settings.set("token", "hunter2", { path: false, secret: true }, manager);
  settings.set("deep.list[0]", "hunter3", { path: true, secret: true }, manager);
  await settings.save();
  expect(await readFile(settings.file, "utf8")).not.toMatch(/hunter/);
  const again = await read();
  expect(again.get("token", false, manager)).toEqual({ value: "hunter2", secret: true });
  expect(again.all(manager)["shop:deep"]).toEqual({
    value: '{"list":["hunter3"]}',
    objectValue: { list: ["hunter3"] },
    secret: true,
  });
  expect(() => settings.set("x", "y", { path: false, secret: true }, undefined)).toThrow("passphrase must be set");
});

// Paths reach into objects; what looks like a number is one there, and only there.
test("paths and project defaults", async () => {
  const settings = await read();
  settings.set("o.n", "5", { path: true, secret: false }, undefined);
  settings.set('o["a.b"]', "true", { path: true, secret: false }, undefined);
  settings.set("plain", "5", { path: false, secret: false }, undefined);
  settings.set("aws:region", "eu-west-1", { path: false, secret: false }, undefined);
  expect(settings.stored()).toEqual({
    "shop:size": "3",
    "shop:color": "red",
    "shop:o": { n: 5, "a.b": true },
    "shop:plain": "5",
    "aws:region": "eu-west-1",
  });
  expect(settings.get("o.n", true, undefined)).toEqual({ value: "5", secret: false });
  settings.delete("o.n", true);
  expect(() => settings.get("o.n", true, undefined)).toThrow("configuration key 'o.n' not found for stack 'dev'");
  settings.delete("plain", false);
  expect(settings.stored()).not.toHaveProperty("shop:plain");
});

// The selection is per backend; names of stacks never leave their folder.
test("selected stacks and names", async () => {
  const project = await readProject(dir);
  await selectStack(dir, project, "file:///a", "dev");
  await selectStack(dir, project, "file:///b", "prod");
  expect(await selectedStack(dir, project, "file:///a")).toBe("dev");
  await selectStack(dir, project, "file:///a", undefined);
  expect(await selectedStack(dir, project, "file:///a")).toBeUndefined();
  expect(await selectedStack(dir, project, "file:///b")).toBe("prod");
  const ref = { organization: "organization", project: "shop", stack: "dev" };
  expect(parseRef("dev", "shop")).toEqual(ref);
  expect(parseRef("organization/dev", "shop")).toEqual(ref);
  expect(parseRef("organization/other/dev", "shop")).toEqual({ ...ref, project: "other" });
  for (const bad of ["", "..", "a/b/c/d", "../dev", "a b", "x".repeat(101)])
    expect(() => parseRef(bad, "shop"), bad).toThrow("invalid stack name");
});
