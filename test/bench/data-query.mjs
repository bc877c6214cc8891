// What an app's owner would write without Freehold: one item by its key, with the SDK. `node data-query.mjs TABLE ID`
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";

const [, , TableName, id] = process.argv;
const { Items } = await new DynamoDBClient({}).send(
  new QueryCommand({
    TableName,
    KeyConditionExpression: "id = :id",
    ExpressionAttributeValues: { ":id": { S: id } },
  }),
);
process.stdout.write(`${JSON.stringify(Items)}\n`);
