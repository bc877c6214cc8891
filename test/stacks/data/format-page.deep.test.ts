import { execFile } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import { rawTables } from "../../../stacks/data/format/wire.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { pythonWith } from "../../support/tools.ts";
import { clients, cloudOf, exporting, makeBucket, makeTable } from "./carrying.ts";

const python = pythonWith("json, base64");
if (!python) process.stderr.write("SKIPPED: the documentation's reader of exports; there is no python3.\n");

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

// Whoever has nothing but the page and the folder reads all of it: the page's own ten lines are what is run.
it.skipIf(!python)("the page's reader in Python reads every type, and every key", async () => {
  const aws = clients(cloud);
  const table = await makeTable(aws, "notes", "notes", { name: "id", type: "S" });
  const bucket = await makeBucket(aws, "notes", "files");
  const tables = await rawTables(cloudOf(cloud));
  const item = {
    id: { S: "ä" },
    n: { N: "12345678901234567890123456789012345678" },
    f: { N: "0.5" },
    b: { B: "aGk=" },
    l: { L: [{ BOOL: true }, { NULL: true }, { M: { x: { SS: ["one"] } } }] },
    s: { NS: ["7"] },
    bs: { BS: ["aGk="] },
  };
  await tables.write(table.id, "put", [JSON.stringify(item)]);
  tables.close();
  await aws.s3.send(new PutObjectCommand({ Bucket: bucket.id, Key: "../x", Body: "bytes" }));
  const cwd = await mkdtemp(join(tmpdir(), "carried-"));
  await exportData(cloudOf(cloud), [table, bucket], folderPlace(join(cwd, "export")), exporting());
  const page = await readFile(resolve(import.meta.dirname, "../../../docs/using/data-format.md"), "utf8");
  const [, script = ""] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
  expect(script.trim().split("\n").length).toBeLessThanOrEqual(11);
  const { stdout } = await promisify(execFile)(python!, ["-X", "utf8", "-c", script], { cwd: join(cwd, "export") });
  const [object, found] = stdout.trim().split("\n");
  expect(object).toBe("notes/buckets/files/objects-00001.jsonl ../x");
  for (const said of [
    "'id': 'ä'",
    "'n': 12345678901234567890123456789012345678",
    "'f': 0.5",
    "'b': b'hi'",
    "'l': [True, None, {'x': {'one'}}]",
    "'s': {7}",
    "'bs': {b'hi'}",
  ])
    expect(found).toContain(said);
});
