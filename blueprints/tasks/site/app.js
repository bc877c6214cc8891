/** The page: the lists, and the tasks of one of them or those that are due. What is open is in the address. */
import { api, ask, byId, make, say, tell } from "./page.js";
import { daysLater, taskRow, todayHere } from "./task-row.js";

let lists = [];
let tasks = [];
let soon = 7;
let editing;

const openId = () => /^#\/([0-9a-z]{20})$/.exec(location.hash)?.[1];
const openList = () => lists.find(({ id }) => id === openId());

async function refresh() {
  const asked = location.hash;
  const today = todayHere();
  const [all, overview, shown] = await Promise.all([
    api("GET", "/api/lists"),
    api("GET", `/api/overview?today=${today}`),
    openId() ? api("GET", `/api/lists/${openId()}/tasks`) : api("GET", `/api/due?until=${daysLater(today, soon)}`),
  ]);
  if (location.hash !== asked) return; // something else was opened meanwhile
  lists = all.lists;
  tasks = shown.tasks;
  drawOverview(overview);
  drawLists();
  drawTasks();
}

function drawOverview({ open, overdue, today, soon: near, finished }) {
  const due = `${overdue} overdue, ${today} due today, ${near} in the next ${soon} days`;
  byId("overview").textContent = `${open} to do: ${due}. ${finished} finished within a week.`;
}

function drawLists() {
  const tab = (href, text, current) =>
    make("li", {}, make("a", { href, "aria-current": current ? "page" : undefined }, text));
  byId("lists").replaceChildren(
    tab("#/due", "Due soon", !openList()),
    ...lists.map(({ id, name, left }) => tab(`#/${id}`, `${name} (${left})`, id === openId())),
  );
}

function drawTasks() {
  const list = openList();
  byId("list-title").textContent = list ? list.name : `Due within ${soon} days`;
  byId("new-task").hidden = byId("list-actions").hidden = !list;
  byId("clear").disabled = !list?.done;
  const open = tasks.filter(({ done }) => !done);
  const shown = [...open, ...tasks.filter(({ done }) => done)];
  byId("tasks").replaceChildren(
    ...shown.map((task) =>
      taskRow(task, {
        today: todayHere(),
        listName: list ? undefined : lists.find(({ id }) => id === task.list)?.name,
        moves: Boolean(list) && !task.done,
        first: task === open[0],
        last: task === open.at(-1),
        on: { tick, move, edit },
      }),
    ),
  );
  byId("empty").hidden = shown.length > 0;
  byId("empty").textContent = list ? "Nothing to do here." : "Nothing is due. Make a list, and give its tasks days.";
}

/** What was changed elsewhere is shown, too, when a change is refused for it. */
async function change(run, said) {
  try {
    await run();
    await refresh();
    tell(said);
  } catch (error) {
    if (error.status === 409 || error.status === 404) await refresh();
    say(error);
  }
}

async function tick(task, done) {
  await change(() => api("PUT", `/api/tasks/${task.id}`, { done }), `${task.title}: ${done ? "done" : "to do again"}.`);
  byId(`done-${task.id}`)?.focus();
}

async function move(task, by) {
  const open = tasks.filter(({ done }) => !done);
  const at = open.indexOf(task);
  const after = open[by < 0 ? at - 2 : at + 1]?.id ?? null;
  const place = at + by + 1;
  await change(
    () => api("PUT", `/api/tasks/${task.id}/place`, { after }),
    `${task.title}: ${place} of ${open.length}.`,
  );
  const row = byId("tasks").querySelector(`[data-id="${task.id}"]`);
  (row?.querySelector(`[data-step="${by}"]:enabled`) ?? row?.querySelector("[data-step]:enabled"))?.focus();
}

function edit(task) {
  editing = task;
  byId("edit-title").value = task.title;
  byId("edit-due").value = task.due ?? "";
  byId("edit-note").value = task.note;
  byId("edit-list").replaceChildren(...lists.map(({ id, name }) => make("option", { value: id }, name)));
  byId("edit-list").value = task.list;
  byId("edit-problem").textContent = "";
  byId("edit").showModal();
}

async function saveEdit(event) {
  event.preventDefault();
  const content = {
    title: byId("edit-title").value,
    note: byId("edit-note").value,
    due: byId("edit-due").value || null,
  };
  const list = byId("edit-list").value;
  try {
    await api("PUT", `/api/tasks/${editing.id}`, content);
    if (list !== editing.list) {
      const last = (await api("GET", `/api/lists/${list}/tasks`)).tasks.at(-1);
      await api("PUT", `/api/tasks/${editing.id}/place`, { list, after: last?.id ?? null });
    }
  } catch (error) {
    // The dialog stays, with what was typed.
    byId("edit-problem").textContent = error.message;
    return;
  }
  byId("edit").close();
  await refresh();
  tell("Saved.");
}

async function deleteTask() {
  const task = editing;
  byId("edit").close();
  if (await ask(`Delete “${task.title}”?`, "Delete")) {
    await change(() => api("DELETE", `/api/tasks/${task.id}`), `${task.title} is deleted.`);
    byId("list-title").focus();
  }
}

async function addTask(event) {
  event.preventDefault();
  const body = { title: byId("task-title").value, due: byId("task-due").value || undefined };
  await api("POST", `/api/lists/${openId()}/tasks`, body);
  byId("new-task").reset();
  await refresh();
  tell(`Added ${body.title}.`);
  byId("task-title").focus();
}

async function addList(event) {
  event.preventDefault();
  const { id } = await api("POST", "/api/lists", { name: byId("list-name").value });
  byId("new-list").reset();
  history.pushState(null, "", `#/${id}`); // tells nobody: the focus is for the first task
  await refresh();
  byId("task-title").focus();
}

async function deleteList() {
  const list = openList();
  if (!(await ask(`Delete the list “${list.name}”?`, "Delete"))) return;
  await api("DELETE", `/api/lists/${list.id}`);
  location.hash = "#/due";
  await refresh();
  tell(`${list.name} is deleted.`);
}

function rename() {
  byId("rename-name").value = openList().name;
  byId("rename-dialog").showModal();
}

function saveName(event) {
  event.preventDefault();
  byId("rename-dialog").close();
  return change(() => api("PUT", `/api/lists/${openId()}`, { name: byId("rename-name").value }), "Renamed.");
}

byId("new-list").addEventListener("submit", (event) => addList(event).catch(say));
byId("new-task").addEventListener("submit", (event) => addTask(event).catch(say));
byId("edit-form").addEventListener("submit", (event) => saveEdit(event).catch(say));
byId("edit-cancel").addEventListener("click", () => byId("edit").close());
byId("edit-delete").addEventListener("click", () => deleteTask().catch(say));
byId("rename").addEventListener("click", rename);
byId("rename-form").addEventListener("submit", saveName);
byId("rename-cancel").addEventListener("click", () => byId("rename-dialog").close());
byId("clear").addEventListener("click", () => change(() => api("POST", `/api/lists/${openId()}/clear`), "Cleared."));
byId("delete-list").addEventListener("click", () => deleteList().catch(say));
window.addEventListener("hashchange", () =>
  refresh()
    .then(() => byId("list-title").focus())
    .catch(say),
);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !document.querySelector("dialog[open]")) refresh().catch(say);
});

const about = await api("GET", "/api/about").catch(() => ({ title: "Tasks", soon: 7 }));
document.title = byId("title").textContent = about.title;
soon = about.soon;
await refresh().catch(say);
document.documentElement.dataset.ready = "true";
