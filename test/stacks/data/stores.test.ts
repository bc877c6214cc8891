/** Stores as the cloud says they are, of data that a destroy kept; those of apps that run are in test/e2e/data.test.ts. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { storesOf } from "../../../stacks/data/stores.ts";
import { cloudWith, type DataCloud } from "./cloud.ts";

let made: DataCloud;
beforeAll(async () => {
  made = await cloudWith({
    tables: { rows: { key: { id: "S", at: "N" }, indexes: { "by-box": { box: "S", at: "N" } } } },
    buckets: ["files"],
  });
}, 60_000);
afterAll(() => made?.close());

// Every command that touches data starts from this list: what is missing from it cannot be reached.
it("a table has its key, indexes and counts, a bucket its files; what is gone is left out", async () => {
  const { cloud, dynamodb, s3, owners } = made;
  await dynamodb.send(
    new PutItemCommand({ TableName: "home--app--rows", Item: { id: { S: "a" }, at: { N: "1" }, box: { S: "in" } } }),
  );
  await s3.send(new PutObjectCommand({ Bucket: "home--app--files", Key: "a.txt", Body: "hello" }));
  const gone = { kind: "aws:dynamodb/table:Table", name: "gone", id: "home--app--gone" };
  const secret = { kind: "aws:ssm/parameter:Parameter", name: "token", id: "/freehold/home/app/token" };
  expect(
    await storesOf(cloud, { apps: ["never-made", "app"], kept: { app: [...owners.kept.app, gone, secret] } }),
  ).toEqual([
    {
      app: "app",
      kind: "bucket",
      name: "files",
      id: "home--app--files",
      kept: true,
      indexes: [],
      items: 1,
      sizeBytes: 5,
    },
    {
      ...{ app: "app", kind: "table", name: "rows", id: "home--app--rows", kept: true, items: 1 },
      sizeBytes: expect.any(Number),
      key: { hash: { name: "id", type: "S" }, range: { name: "at", type: "N" } },
      indexes: [
        {
          name: "by-box",
          key: { hash: { name: "box", type: "S" }, range: { name: "at", type: "N" } },
          local: false,
          holds: "all",
        },
      ],
    },
  ]);
});
