/** The folder that a stack is opened in, which several commands do at once. */
import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import { findStack } from "../../stacks/deploy/workspace.ts";

// Two commands of one app at once: the one read a Pulumi.yaml that the other had emptied to write it again.
it("has a project file that is written once, whole, and not again by who opens the stack later", async () => {
  const dir = await mkdtemp(join(tmpdir(), "workspace-"));
  const passphraseFile = join(dir, "passphrase");
  await writeFile(passphraseFile, "a passphrase");
  const where = { name: "home", target: "local", region: "eu-central-1", accountId: "123456789012" } as const;
  const cloud: Cloud = { ...where, timeZone: "UTC", dir, passphraseFile, environment: {} };
  const folder = join(dir, "stacks/notes");
  const file = join(folder, "Pulumi.yaml");
  const open = () => findStack(cloud, "notes");
  expect(await Promise.all([open(), open(), open()])).toEqual([null, null, null]);
  const first = await stat(file);
  expect(await readFile(file, "utf8")).toBe(
    `name: freehold-app-notes\nruntime: nodejs\nmain: ${JSON.stringify(folder)}\n`,
  );
  await open();
  const { ino, mtimeMs } = await stat(file);
  expect({ ino, mtimeMs }).toEqual({ ino: first.ino, mtimeMs: first.mtimeMs });
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
