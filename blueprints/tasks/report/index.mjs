/**
 * Reads all lists and tasks, and changes nothing. Called by `api` with { what: "overview", today, soon } or
 * { what: "export", format }; no request comes here.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { csvOf, jsonOf, markdownOf } from "./formats.mjs";

const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const formats = { csv: csvOf, md: markdownOf, json: jsonOf };
/** A function answers with 6 MB at most. */
const maxBytes = 5_000_000;

export async function handler({ what, format, today, soon }) {
  const [lists, tasks] = await Promise.all([all(process.env.TABLE_LISTS), all(process.env.TABLE_TASKS)]);
  const ordered = lists
    .sort((a, b) => a.created - b.created)
    .map((list) => ({ list, tasks: tasks.filter((task) => task.listId === list.id).sort(byRank) }));
  if (what === "overview") return overviewOf(ordered, today, soon);
  const text = formats[format](ordered);
  return Buffer.byteLength(text) > maxBytes ? { tooLarge: true } : { text };
}

const byRank = (a, b) => (a.rank < b.rank ? -1 : 1);

async function all(TableName) {
  const items = [];
  let start;
  do {
    const page = await tables.send(new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: start }));
    items.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

function overviewOf(ordered, today, soon) {
  const tasks = ordered.flatMap((one) => one.tasks);
  const open = tasks.filter(({ done }) => !done);
  const end = daysLater(today, soon);
  const weekAgo = Date.parse(`${today}T00:00:00Z`) - 6 * 86_400_000;
  return {
    open: open.length,
    overdue: open.filter(({ due }) => due && due < today).length,
    today: open.filter(({ due }) => due === today).length,
    soon: open.filter(({ due }) => due && due > today && due <= end).length,
    finished: tasks.filter(({ finished }) => finished >= weekAgo).length,
  };
}

const daysLater = (day, days) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
