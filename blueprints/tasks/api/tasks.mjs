/**
 * Tasks: { id, listId, rank, title, note, due, done, finished, created, open }. Making, finishing, moving and deleting one
 * are transactions with the counts of its list. `open` is there while it is due and not done: the index by-due has no
 * others. Names a request has from an older state are refused with 409, and nothing of it is done.
 */
import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";
import { gone, tasksOf } from "./lists.mjs";
import { lastRank, rankBetween } from "./rank.mjs";
import { counting, newId, TASKS, tables, together } from "./store.mjs";

const mostDue = 200;
const dateShape = /^\d{4}-\d{2}-\d{2}$/;

export const listTasks = async (list) => ({ tasks: (await tasksOf(list)).map(shown) });

/** Due up to that day, earliest first. */
export async function dueTasks({ until }) {
  if (!isDate(until)) throw new Problem(400, "Up to which day? As 2026-12-31.");
  const { Items } = await tables.send(
    new QueryCommand({
      TableName: TASKS,
      IndexName: "by-due",
      KeyConditionExpression: "#open = :open AND due <= :until",
      ExpressionAttributeNames: { "#open": "open" },
      ExpressionAttributeValues: { ":open": "due", ":until": until },
      Limit: mostDue,
    }),
  );
  return { tasks: Items.map(shown) };
}

export async function createTask(list, body) {
  const content = contentOf({ title: body.title, note: body.note ?? "", due: body.due });
  const task = { id: newId(), listId: list, rank: lastRank(), ...content, done: false, created: Date.now() };
  const item = { ...task, open: task.due && "due" };
  const put = { Put: { TableName: TASKS, Item: item, ConditionExpression: "attribute_not_exists(id)" } };
  if (await together([put, counting(list, { left: 1 })])) throw gone();
  return shown(task);
}

/** Any of title, note, due (null: none) and done. */
export async function saveTask(id, body) {
  const before = await load(id);
  const after = { ...before, ...contentOf({ ...before, ...body }) };
  if (body.done !== undefined && typeof body.done !== "boolean") throw new Problem(400, "done is true or false.");
  const done = body.done ?? before.done;
  const finished = done ? (before.finished ?? Date.now()) : undefined;
  const change = updateOf(before, { ...after, done, finished });
  if (!change) return shown(before);
  const step = done === before.done ? 0 : 1;
  const counted = step === 0 ? [] : [counting(before.listId, done ? { left: -1, done: 1 } : { left: 1, done: -1 })];
  const refused = await together([change, ...counted]);
  if (refused?.includes(0)) return settled(id, done, body);
  return shown(await load(id));
}

/** Two windows ticked one task: the second finds it ticked, which is what it wanted. */
async function settled(id, done, body) {
  const now = await load(id);
  if (now.done === done && Object.keys(body).every((name) => name === "done")) return shown(now);
  throw new Problem(409, "This task was changed elsewhere in the meantime.", { task: shown(now) });
}

/** Of what differs alone, as long as the task is where, as done and as due as it was; undefined when nothing does. */
function updateOf(before, after) {
  const wanted = { ...after, open: after.due && !after.done ? "due" : undefined };
  const names = ["title", "note", "due", "done", "finished", "open"].filter((name) => wanted[name] !== before[name]);
  if (names.length === 0) return undefined;
  const set = names.filter((name) => wanted[name] !== undefined);
  const removed = names.filter((name) => wanted[name] === undefined);
  const parts = [
    set.length > 0 ? `SET ${set.map((name) => `#${name} = :${name}`).join(", ")}` : "",
    removed.length > 0 ? `REMOVE ${removed.map((name) => `#${name}`).join(", ")}` : "",
  ];
  const due = before.due === undefined ? "attribute_not_exists(#due)" : "#due = :wasDue";
  return {
    Update: {
      TableName: TASKS,
      Key: { id: before.id },
      UpdateExpression: parts.join(" ").trim(),
      ConditionExpression: `listId = :list AND #done = :wasDone AND ${due}`,
      ExpressionAttributeNames: Object.fromEntries([...names, "done", "due"].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map((name) => [`:${name}`, wanted[name]])),
        ":list": before.listId,
        ":wasDone": before.done,
        ...(before.due !== undefined && { ":wasDue": before.due }),
      },
    },
  };
}

/** Behind the task `after` of `list`, or first when there is none; only while that task is still there. */
export async function placeTask(id, { list, after }) {
  if ([list, after].some((one) => one != null && typeof one !== "string"))
    throw new Problem(400, "A place is a list, and the task it is behind.");
  const before = await load(id);
  const to = list ?? before.listId;
  const others = (await tasksOf(to)).filter((task) => task.id !== id);
  const at = after ? others.findIndex((task) => task.id === after) : -1;
  if (after && at < 0) throw moved();
  const rank = rankBetween(others[at]?.rank, others[at + 1]?.rank);
  const own = { Update: placing(before, to, rank) };
  const neighbour = after ? [{ ConditionCheck: standing(others[at]) }] : [];
  const one = before.done ? { done: 1 } : { left: 1 };
  const less = before.done ? { done: -1 } : { left: -1 };
  const counted = to === before.listId ? [] : [counting(before.listId, less), counting(to, one)];
  if (await together([own, ...neighbour, ...counted])) throw moved();
  return shown({ ...before, listId: to, rank });
}

const placing = ({ id, listId, done }, to, rank) => ({
  TableName: TASKS,
  Key: { id },
  UpdateExpression: "SET listId = :to, #rank = :rank",
  ConditionExpression: "listId = :list AND done = :done",
  ExpressionAttributeNames: { "#rank": "rank" },
  ExpressionAttributeValues: { ":to": to, ":rank": rank, ":list": listId, ":done": done },
});

const standing = ({ id, listId, rank }) => ({
  TableName: TASKS,
  Key: { id },
  ConditionExpression: "listId = :list AND #rank = :rank",
  ExpressionAttributeNames: { "#rank": "rank" },
  ExpressionAttributeValues: { ":list": listId, ":rank": rank },
});

const moved = () => new Problem(409, "These lists were changed elsewhere in the meantime.");

export async function deleteTask(id) {
  const task = await load(id);
  const removal = {
    Delete: {
      TableName: TASKS,
      Key: { id },
      ConditionExpression: "listId = :list AND done = :done",
      ExpressionAttributeValues: { ":list": task.listId, ":done": task.done },
    },
  };
  if (await together([removal, counting(task.listId, task.done ? { done: -1 } : { left: -1 })]))
    throw new Problem(409, "This task was changed elsewhere in the meantime.");
}

async function load(id) {
  const { Item } = await tables.send(new GetCommand({ TableName: TASKS, Key: { id }, ConsistentRead: true }));
  if (!Item) throw new Problem(404, "This task does not exist any more.");
  return Item;
}

function contentOf({ title, note, due }) {
  const trimmed = typeof title === "string" ? title.trim() : "";
  if (trimmed === "" || trimmed.length > 500) throw new Problem(400, "A task needs a title of up to 500 letters.");
  if (typeof note !== "string" || note.length > 10_000) throw new Problem(400, "A note has up to 10000 letters.");
  if (due !== undefined && due !== null && !isDate(due)) throw new Problem(400, "A day is written as 2026-12-31.");
  return { title: trimmed, note, due: due ?? undefined };
}

const isDate = (text) =>
  typeof text === "string" && dateShape.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

const shown = ({ id, listId, title, note, due, done, finished, created }) => ({
  id,
  list: listId,
  title,
  note,
  due,
  done,
  finished,
  created,
});
