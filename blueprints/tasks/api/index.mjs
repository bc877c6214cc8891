/** The tasks API behind the gate. What needs everything at once, `report` reads; this function calls it. */
import { answering } from "./http.mjs";
import { clearList, createList, deleteList, listLists, renameList } from "./lists.mjs";
import { exportAll, overview } from "./report.mjs";
import { createTask, deleteTask, dueTasks, listTasks, placeTask, saveTask } from "./tasks.mjs";

const id = "([0-9a-z]{20})";
const at = (path) => new RegExp(`^${path}$`);

export const handler = answering([
  ["GET", at("/api/health"), () => ({ ok: true })],
  ["GET", at("/api/about"), () => ({ title: process.env.TITLE || "Tasks", soon: Number(process.env.SOON) || 7 })],
  ["GET", at("/api/lists"), () => listLists()],
  ["POST", at("/api/lists"), ({ body }) => createList(body)],
  ["PUT", at(`/api/lists/${id}`), ({ params, body }) => renameList(params[0], body)],
  ["DELETE", at(`/api/lists/${id}`), ({ params }) => deleteList(params[0])],
  ["POST", at(`/api/lists/${id}/clear`), ({ params }) => clearList(params[0])],
  ["GET", at(`/api/lists/${id}/tasks`), ({ params }) => listTasks(params[0])],
  ["POST", at(`/api/lists/${id}/tasks`), ({ params, body }) => createTask(params[0], body)],
  ["GET", at("/api/due"), ({ query }) => dueTasks(query)],
  ["PUT", at(`/api/tasks/${id}`), ({ params, body }) => saveTask(params[0], body)],
  ["PUT", at(`/api/tasks/${id}/place`), ({ params, body }) => placeTask(params[0], body)],
  ["DELETE", at(`/api/tasks/${id}`), ({ params }) => deleteTask(params[0])],
  ["GET", at("/api/overview"), ({ query }) => overview(query)],
  ["GET", at("/api/export\\.(csv|md|json)"), ({ params }) => exportAll(params[0])],
]);
