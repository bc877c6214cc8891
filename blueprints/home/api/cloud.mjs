/**
 * What the grant of the cloud lets this app see: names of things, and rows of them, by the plain SDK. It only reads; a
 * function that was not given the grant knows no table, and every answer says how it is given back.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";

const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const cloudName = () => process.env.FREEHOLD_CLOUD;
export const isGranted = () => Boolean(process.env.TABLE_CLOUD);
export const notGranted = () => ({
  granted: false,
  command: `freehold grant add ${process.env.FREEHOLD_APP || "home"} cloud`,
});

/** To read what apps store; its command is what a card says without it. */
export const isDataGranted = () => Boolean(process.env.FREEHOLD_DATA);
export const dataCommand = () => `freehold grant add ${process.env.FREEHOLD_APP || "home"} data`;

export const limitsOf = (app) => `${cloudName()}--${app}--limits`;
export const accessTable = () => `${cloudName()}--foundation--access`;

/** The rows of what is installed. */
export async function installed() {
  const rows = [];
  let start;
  try {
    do {
      const page = await tables.send(
        new ScanCommand({ TableName: process.env.TABLE_CLOUD, ExclusiveStartKey: start, ConsistentRead: true }),
      );
      rows.push(...page.Items);
      start = page.LastEvaluatedKey;
    } while (start);
  } catch (error) {
    throw new Problem(503, `What is installed cannot be read: ${error.name}.`);
  }
  return rows;
}

/** One of them; nothing when it is not there. */
export async function rowOf(id) {
  try {
    return (await tables.send(new GetCommand({ TableName: process.env.TABLE_CLOUD, Key: { id } }))).Item;
  } catch (error) {
    throw new Problem(503, `What is installed cannot be read: ${error.name}.`);
  }
}

/** As many as one call takes. */
const atOnce = 100;

/**
 * Rows by `TABLE ID`, of [table, id] each; what is not there is not in it. `unread` are tables that could not be asked:
 * one that is gone spoils a call for all, so they are asked one by one then.
 */
export async function rowsOf(wanted, projection = {}) {
  const found = new Map();
  const unread = new Set();
  for (let at = 0; at < wanted.length; at += atOnce) {
    const part = wanted.slice(at, at + atOnce);
    try {
      await batch(part, projection, found);
    } catch {
      await Promise.all(
        [...Map.groupBy(part, ([table]) => table)].map(([table, ofIt]) =>
          batch(ofIt, projection, found).catch(() => unread.add(table)),
        ),
      );
    }
  }
  return { found, unread };
}

async function batch(wanted, projection, found) {
  let asked = {};
  for (const [table, id] of wanted) {
    asked[table] ??= { Keys: [], ...projection };
    asked[table].Keys.push({ id });
  }
  for (let attempt = 0; Object.keys(asked).length > 0; attempt++) {
    if (attempt > 4) throw new Error("the tables are busy");
    const { Responses, UnprocessedKeys } = await tables.send(new BatchGetCommand({ RequestItems: asked }));
    for (const [table, rows] of Object.entries(Responses)) for (const row of rows) found.set(`${table} ${row.id}`, row);
    asked = UnprocessedKeys ?? {};
  }
}
