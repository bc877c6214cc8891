/** What enforcing costs a request: GetItem of a user with the policies of a real app, on a cloud that asks and on one that does not. */
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { allow, createUser, type Statement } from "../support/identity.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { table } from "./table.ts";

const TableName = "orders";
const perSample = 100;
const pairs = 40;

const statements: Statement[] = [
  ...Array.from({ length: 12 }, (_, seed) =>
    allow(["dynamodb:GetItem", "dynamodb:Query"], `arn:aws:dynamodb:*:*:table/a${seed}*`),
  ),
  {
    ...allow("dynamodb:*Item", "arn:aws:dynamodb:*:*:table/ord*"),
    Condition: { Bool: { "aws:SecureTransport": "true" } },
  },
];

async function reader(access: "enforce" | "off") {
  const cloud = await startTestCloud({ access });
  const owner = new DynamoDBClient(cloud.config);
  await owner.send(
    new CreateTableCommand({
      ...{ TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] },
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await owner.send(new PutItemCommand({ TableName, Item: { id: { S: "a" } } }));
  const client = new DynamoDBClient((await createUser(cloud, ...statements)).config);
  const sample = async (): Promise<number> => {
    const started = performance.now();
    for (let call = 0; call < perSample; call++)
      await client.send(new GetItemCommand({ TableName, Key: { id: { S: "a" } } }));
    return (performance.now() - started) / perSample;
  };
  await sample();
  return { sample, close: () => cloud.close() };
}

export async function enforcing(): Promise<void> {
  const [asking, open] = [await reader("enforce"), await reader("off")];
  const samples: number[] = [];
  const peer: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    samples.push(await asking.sample());
    peer.push(await open.sample());
  }
  await asking.close();
  await open.close();
  table.add({
    name: "GetItem, policies enforced",
    unit: "ms",
    goal: "<= 1.05x",
    samples,
    peer: { name: "off", samples: peer },
  });
}
