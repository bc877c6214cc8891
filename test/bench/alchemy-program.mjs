/**
 * What alchemy.ts runs: notes as alchemy can have it. Its tables have no index, its function's address no gate before it.
 * Nothing waits for what it does not need: names are known, so the function is made beside the tables.
 */
import { join } from "node:path";
import { argv, cwd } from "node:process";
import alchemy from "alchemy";
import { Bucket, Function as LambdaFunction, Role, S3StateStore, Table } from "alchemy/aws";
import { Bundle } from "alchemy/esbuild";

const [name, state] = argv.slice(2);

/** As of 0.94.0 it lists what is in the folders below, too, and does not find that again: the program's end fails. */
class State extends S3StateStore {
  async list() {
    return (await super.list()).filter((key) => !key.includes("/"));
  }
}

const app = await alchemy(name, state ? { stateStore: (scope) => new State(scope, { bucketName: state }) } : {});
const tables = { notes: `${name}-notes`, words: `${name}-words` };
const files = `${name}-files`;

async function api() {
  const [bundle, role] = await Promise.all([
    Bundle("code", {
      entryPoint: join(cwd(), "api/index.mjs"),
      outfile: join(cwd(), "out/index.mjs"),
      format: "esm",
      platform: "node",
      target: "node24",
      external: ["@aws-sdk/*"],
    }),
    Role("role", {
      roleName: `${name}-api`,
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      policies: [
        {
          policyName: "uses",
          policyDocument: {
            Version: "2012-10-17",
            Statement: [
              ...Object.values(tables).map((table) => ({
                Effect: "Allow",
                Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                Resource: `arn:aws:dynamodb:*:*:table/${table}`,
              })),
              { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::${files}/*` },
            ],
          },
        },
      ],
    }),
  ]);
  return LambdaFunction("api", {
    functionName: `${name}-api`,
    bundle,
    roleArn: role.arn,
    handler: "index.handler",
    runtime: "nodejs24.x",
    memorySize: 512,
    timeout: 15,
    environment: { TABLE_NOTES: tables.notes, TABLE_WORDS: tables.words, BUCKET_FILES: files, TITLE: "Notes" },
    url: { authType: "AWS_IAM" },
  });
}

await Promise.all([
  api(),
  Table("notes", { tableName: tables.notes, partitionKey: { name: "id", type: "S" } }),
  Table("words", {
    tableName: tables.words,
    partitionKey: { name: "bucket", type: "S" },
    sortKey: { name: "entry", type: "S" },
  }),
  Bucket("files", { bucketName: files }),
]);
await app.finalize();
