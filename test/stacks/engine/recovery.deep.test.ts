import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { bundledProcesses } from "../../support/bundled.ts";

let child: string;
beforeAll(async () => {
  const source = new URL("support/crash-child.ts", import.meta.url).pathname;
  child = (await bundledProcesses(mkdtempSync(join(tmpdir(), "crash-child-")), [source]))(source);
});

/** Null: it killed itself. */
async function operate(dir: string, op: string, point: string, value: string): Promise<any> {
  const ran = await promisify(execFile)(process.execPath, [child, dir, op, point, value]).catch((error) => {
    if (error.signal === "SIGKILL") return null;
    throw error;
  });
  return ran && JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "null");
}

// A kill at any step boundary of a first up must leave no orphan and make nothing twice.
test.each(["create one", "created one", "create two", "created two"])("up killed at '%s' converges", async (point) => {
  const dir = mkdtempSync(join(tmpdir(), "crash-"));
  expect(await operate(dir, "up", point, "a")).toBeNull();
  const again = await operate(dir, "up", "-", "a");
  expect(again.error).toBeUndefined();
  expect(again.left.sort()).toEqual(["one", "two"]);
  expect((await operate(dir, "up", "-", "a")).changes).toEqual({ same: 3 });
  expect((await operate(dir, "destroy", "-", "a")).left).toEqual([]);
});

// The same for an update and a replacement, and for the way down.
test.each([
  ["up", "update one"],
  ["up", "updated one"],
  ["up", "create two"],
  ["up", "created two"],
  ["up", "delete two"],
  ["up", "deleted two"],
  ["destroy", "delete two"],
  ["destroy", "deleted one"],
])("%s killed at '%s' converges", async (op, point) => {
  const dir = mkdtempSync(join(tmpdir(), "crash-"));
  expect((await operate(dir, "up", "-", "a")).error).toBeUndefined();
  expect(await operate(dir, op, point, "b")).toBeNull();
  const again = await operate(dir, op, "-", "b");
  expect(again.error).toBeUndefined();
  expect(again.left.sort()).toEqual(op === "up" ? ["one", "two"] : []);
  if (op === "up") expect((await operate(dir, "up", "-", "b")).changes).toEqual({ same: 3 });
  expect((await operate(dir, "destroy", "-", "b")).left).toEqual([]);
});

// An up cut off in the middle must also be something destroy takes down whole.
test("destroy after a killed up leaves nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "crash-"));
  expect(await operate(dir, "up", "created two", "a")).toBeNull();
  const down = await operate(dir, "destroy", "-", "a");
  expect(down.error).toBeUndefined();
  expect(down.left).toEqual([]);
});
