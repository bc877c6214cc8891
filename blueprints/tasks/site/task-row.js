/** One task as a line of the list: ticked, opened, moved. What is done to it is the page's own. */
import { make } from "./page.js";

/** `moves` is false where the order is not the list's own. */
export function taskRow(task, { today, listName, moves, first, last, on }) {
  const box = make("input", {
    type: "checkbox",
    id: `done-${task.id}`,
    ...(task.done && { checked: true }),
    onchange: () => on.tick(task, box.checked),
  });
  const step = (text, by, disabled) =>
    make(
      "button",
      {
        type: "button",
        "data-step": by,
        "aria-label": `${text}: ${task.title}`,
        disabled,
        onclick: () => on.move(task, by),
      },
      text,
    );
  const edit = { type: "button", "aria-label": `Edit: ${task.title}`, onclick: () => on.edit(task) };
  return make(
    "li",
    { "data-id": task.id },
    box,
    make(
      "div",
      { class: task.done ? "what done" : "what" },
      make("label", { for: box.id }, task.title),
      task.due ? due(task, today) : undefined,
      listName ? make("span", { class: "quiet" }, listName) : undefined,
      task.note ? make("span", { class: "quiet" }, task.note.split("\n")[0].slice(0, 120)) : undefined,
    ),
    make(
      "div",
      { class: "bar" },
      moves ? step("Up", -1, first) : undefined,
      moves ? step("Down", 1, last) : undefined,
      make("button", edit, "Edit"),
    ),
  );
}

function due({ due, done }, today) {
  const day = new Date(`${due}T12:00:00`).toLocaleDateString(undefined, { dateStyle: "medium" });
  if (done || due > today) return make("span", { class: "quiet" }, `Due ${day}`);
  return make("span", { class: "late" }, due === today ? "Due today" : `Overdue since ${day}`);
}

/** Today where this browser is, as 2026-12-31. */
export function todayHere() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

export function daysLater(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
