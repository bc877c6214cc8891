/** A local cloud with stores in it, made by the SDK: what tests of stacks/data start from. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { Cloud } from "../../../stacks/cloud.ts";
import type { Kept } from "../../../stacks/deploy.ts";
import { startTestCloud } from "../../support/local-cloud.ts";

const types = { S: "S", N: "N", B: "B" } as const;
type Attributes = Record<string, keyof typeof types>;

export interface TableShape {
  /** Hash, then range. */
  key: Attributes;
  indexes?: Record<string, Attributes>;
}

const schema = (key: Attributes): { AttributeName: string; KeyType: "HASH" | "RANGE" }[] =>
  Object.keys(key).map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? "HASH" : "RANGE" }));

interface Played {
  endpoint: string;
  port: number;
  region: string;
  accountId: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  close(): Promise<void>;
}

/** `home`, with every table and bucket that is asked for as one of the app `app`. */
export async function cloudWith(
  shapes: { tables?: Record<string, TableShape>; buckets?: readonly string[] },
  played?: Played,
) {
  const local = played ?? (await startTestCloud());
  const { endpoint, region, credentials } = local;
  const config = { endpoint, region, credentials, maxAttempts: 1 };
  const dir = mkdtempSync(join(tmpdir(), "freehold-data-"));
  const dynamodb = new DynamoDBClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const place = { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
  const kept: Kept[] = [];
  for (const [name, { key, indexes = {} }] of Object.entries(shapes.tables ?? {})) {
    const all = Object.assign({}, key, ...Object.values(indexes)) as Attributes;
    const global = Object.entries(indexes).map(([IndexName, one]) => ({
      ...{ IndexName, KeySchema: schema(one), Projection: { ProjectionType: "ALL" as const } },
    }));
    const table: CreateTableCommandInput = {
      TableName: `home--app--${name}`,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: schema(key),
      AttributeDefinitions: Object.entries(all).map(([AttributeName, type]) => ({
        AttributeName,
        AttributeType: type,
      })),
      ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    };
    await dynamodb.send(new CreateTableCommand(table));
    kept.push({ kind: "aws:dynamodb/table:Table", name, id: `home--app--${name}` });
  }
  for (const name of shapes.buckets ?? []) {
    await s3.send(new CreateBucketCommand({ Bucket: `home--app--${name}`, ...place }));
    kept.push({ kind: "aws:s3/bucket:Bucket", name, id: `home--app--${name}` });
  }
  const { accessKeyId, secretAccessKey } = local.credentials;
  const cloud: Cloud = {
    ...{
      name: "home",
      target: played ? "aws" : "local",
      region: local.region,
      accountId: local.accountId,
      timeZone: "UTC",
    },
    ...{ endpoint: local.endpoint, port: local.port, dir, passphraseFile: join(dir, "passphrase") },
    environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
  return {
    ...{ cloud, dynamodb, s3, local, dir, owners: { apps: [] as string[], kept: { app: kept } } },
    async close(): Promise<void> {
      dynamodb.destroy();
      s3.destroy();
      await local.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type DataCloud = Awaited<ReturnType<typeof cloudWith>>;
