/** Sixteen writers that keep a table of the local cloud busy until they are ended; says one line when they are at it. */
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const [endpoint = "", TableName = ""] = process.argv.slice(2);
const client = new DynamoDBClient({ endpoint });
const value = { S: "x".repeat(1_000) };
const write = (n: number) => client.send(new PutItemCommand({ TableName, Item: { pk: { S: `p${n % 1000}` }, value } }));

await write(0);
process.stdout.write("writing\n");
await Promise.all(
  Array.from({ length: 16 }, async (_, writer) => {
    for (let n = writer; ; n += 16) await write(n);
  }),
);
