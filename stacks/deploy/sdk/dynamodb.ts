/** DynamoDB, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
