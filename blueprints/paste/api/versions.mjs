/** What a paste said before: { paste, version, title, body, updated }, the last fifty of each. */
import { BatchWriteCommand, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";
import { load, tables, VERSIONS } from "./store.mjs";

export const versionsKept = 50;

/** Newest first, without what they said. */
export async function listVersions(id) {
  await load(id);
  return { versions: (await versionsOf(id)).reverse() };
}

export async function getVersion(paste, version) {
  const { Item } = await tables.send(new GetCommand({ TableName: VERSIONS, Key: { paste, version } }));
  if (!Item) throw new Problem(404, "This version is not kept any more.");
  return Item;
}

export async function deleteVersions(id) {
  const keys = (await versionsOf(id)).map(({ version }) => ({ paste: id, version }));
  for (let at = 0; at < keys.length; at += 25) {
    let rest = keys.slice(at, at + 25).map((Key) => ({ DeleteRequest: { Key } }));
    while (rest.length > 0) {
      const { UnprocessedItems } = await tables.send(new BatchWriteCommand({ RequestItems: { [VERSIONS]: rest } }));
      rest = UnprocessedItems?.[VERSIONS] ?? [];
    }
  }
}

async function versionsOf(id) {
  const versions = [];
  let start;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: VERSIONS,
        KeyConditionExpression: "paste = :paste",
        ProjectionExpression: "#version, title, updated",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":paste": id },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    versions.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return versions;
}
