/** The store's promise to its services: a change is whole or not there, whoever shares its transaction. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStore } from "../../../../stacks/local/store.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-store-"));
const store = openStore(dir);
store.migrate("test", ["CREATE TABLE numbers (n INTEGER PRIMARY KEY)"]);
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const add = (...numbers: number[]): Promise<number> =>
  store.write((db) => {
    for (const n of numbers) {
      if (n < 0) throw new Error(`${n} is refused`);
      db.prepare("INSERT INTO numbers VALUES (?)").run(n);
    }
    return numbers.length;
  });
const there = (): unknown[] =>
  store.db
    .prepare("SELECT n FROM numbers ORDER BY n")
    .all()
    .map(({ n }) => n);

// Alone it is the transaction, among others it has a savepoint of its own: two ways to undo it.
test.each([
  ["alone", []],
  ["among others", [[10], [20, 21]]],
])("a change that throws halfway leaves nothing, %s", async (_, others) => {
  const before = there();
  const [failed, ...rest] = await Promise.allSettled([add(1, 2, -3), ...others.map((numbers) => add(...numbers))]);
  expect(failed).toMatchObject({ status: "rejected", reason: { message: "-3 is refused" } });
  expect(rest).toEqual(others.map(({ length }) => ({ status: "fulfilled", value: length })));
  expect(there()).toEqual([...before, ...others.flat()]);
  // The next finds no transaction left open.
  expect(await add(100 + before.length)).toBe(1);
  store.db.exec("DELETE FROM numbers");
});
