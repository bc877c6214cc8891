/**
 * Lists: { id, name, created, left, done }. `left` and `done` count their tasks, and change only in one transaction with
 * the task they count, so they are exact however many windows are open.
 */
import { DeleteCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";
import { counting, LISTS, newId, TASKS, tables, together } from "./store.mjs";

export async function listLists() {
  const lists = [];
  let start;
  do {
    const page = await tables.send(
      new ScanCommand({ TableName: LISTS, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    lists.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return { lists: lists.sort((a, b) => a.created - b.created) };
}

export async function createList({ name }) {
  const list = { id: newId(), name: nameOf(name), created: Date.now(), left: 0, done: 0 };
  await tables.send(new PutCommand({ TableName: LISTS, Item: list, ConditionExpression: "attribute_not_exists(id)" }));
  return list;
}

export async function renameList(id, { name }) {
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: LISTS,
        Key: { id },
        UpdateExpression: "SET #name = :name",
        ConditionExpression: "attribute_exists(id)",
        ExpressionAttributeNames: { "#name": "name" },
        ExpressionAttributeValues: { ":name": nameOf(name) },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes;
  } catch (error) {
    if (error.name === "ConditionalCheckFailedException") throw gone();
    throw error;
  }
}

/** Only an empty one: a task that another window put in meanwhile is not lost with it. */
export async function deleteList(id) {
  try {
    await tables.send(
      new DeleteCommand({
        TableName: LISTS,
        Key: { id },
        ConditionExpression: "attribute_not_exists(id) OR (#left = :none AND done = :none)",
        ExpressionAttributeNames: { "#left": "left" },
        ExpressionAttributeValues: { ":none": 0 },
      }),
    );
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    throw new Problem(409, "There are tasks in this list. Finish and clear them, or move them, first.");
  }
}

/** What is done goes, twenty tasks and their count at a time. */
export async function clearList(id) {
  const done = (await tasksOf(id)).filter((task) => task.done);
  for (let at = 0; at < done.length; at += 20) {
    const some = done.slice(at, at + 20);
    const refused = await together([...some.map(removal), counting(id, { done: -some.length })]);
    if (refused) throw new Problem(409, "This list was changed elsewhere in the meantime. Try again.");
  }
  return { cleared: done.length };
}

const removal = ({ id, listId }) => ({
  Delete: {
    TableName: TASKS,
    Key: { id },
    ConditionExpression: "listId = :list AND done = :yes",
    ExpressionAttributeValues: { ":list": listId, ":yes": true },
  },
});

/** In their order. */
export async function tasksOf(list) {
  const tasks = [];
  let start;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: TASKS,
        IndexName: "by-list",
        KeyConditionExpression: "listId = :list",
        ExpressionAttributeValues: { ":list": list },
        ExclusiveStartKey: start,
      }),
    );
    tasks.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return tasks;
}

export const gone = () => new Problem(404, "This list does not exist any more.");

function nameOf(name) {
  const trimmed = typeof name === "string" ? name.trim() : "";
  if (trimmed === "" || trimmed.length > 100) throw new Problem(400, "A list needs a name of up to 100 letters.");
  return trimmed;
}
