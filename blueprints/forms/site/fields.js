/** The questions of a form, each a group of inputs that can be moved up and down. */
import { byId, make } from "./page.js";

const kinds = {
  text: "A line",
  long: "A longer text",
  email: "An e-mail address",
  number: "A number",
  date: "A date",
  choice: "One of a list",
  check: "A tick",
};

export function drawFields(fields) {
  byId("fields").replaceChildren(...fields.map(drawField));
  number();
}

export function addField() {
  const row = drawField({ id: newId(), label: "", kind: "text", required: false });
  byId("fields").append(row);
  number();
  row.querySelector("input").focus();
}

/** As the API takes them, in the order on the screen. */
export function readFields() {
  return [...byId("fields").children].map((row) => {
    const value = (name) => row.querySelector(`[name=${name}]`);
    const kind = value("kind").value;
    const field = { id: row.dataset.id, label: value("label").value, kind, required: value("required").checked };
    if (kind !== "choice") return field;
    const options = value("options").value.split("\n");
    return { ...field, options: options.map((option) => option.trim()).filter((option) => option !== "") };
  });
}

/** Answers are kept under it, so it stays when the question is worded anew. */
const newId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => (byte % 36).toString(36)).join("");

function drawField({ id, label, kind, required, options = [] }) {
  const named = (name) => ({ id: `${name}-${id}`, name });
  const options_ = make("textarea", { ...named("options"), rows: 3 });
  options_.value = options.join("\n");
  const list = make(
    "div",
    { class: "field" },
    make("label", { for: `options-${id}` }, "Choices, one a line"),
    options_,
  );
  const select = make(
    "select",
    { ...named("kind"), onchange: () => (list.hidden = select.value !== "choice") },
    ...Object.entries(kinds).map(([value, text]) => make("option", { value }, text)),
  );
  select.value = kind;
  list.hidden = kind !== "choice";
  const row = make("li", { "data-id": id });
  row.append(
    make(
      "fieldset",
      {},
      make("legend", {}, "Question"),
      make(
        "div",
        { class: "fields" },
        make(
          "div",
          { class: "field" },
          make("label", { for: `label-${id}` }, "What is asked"),
          make("input", { ...named("label"), required: true, maxlength: 300, value: label }),
        ),
        make("div", { class: "field" }, make("label", { for: `kind-${id}` }, "Answered by"), select),
      ),
      list,
      make(
        "div",
        { class: "bar" },
        make("input", { ...named("required"), type: "checkbox", ...(required && { checked: true }) }),
        make("label", { for: `required-${id}` }, "Has to be answered"),
        make("span", { class: "grow" }),
        make(
          "span",
          { class: "bar" },
          make("button", { type: "button", onclick: () => move(row, -1) }, "Up"),
          make("button", { type: "button", onclick: () => move(row, 1) }, "Down"),
          make("button", { type: "button", class: "danger", onclick: () => remove(row) }, "Remove"),
        ),
      ),
    ),
  );
  return row;
}

function move(row, step) {
  const focused = document.activeElement;
  if (step < 0) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  number();
  focused.focus();
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  number();
  (next?.querySelector("input") ?? byId("add")).focus();
}

function number() {
  for (const [at, row] of [...byId("fields").children].entries()) {
    row.querySelector("legend").textContent = `Question ${at + 1}`;
    for (const button of row.querySelectorAll("button"))
      button.setAttribute("aria-label", `${button.textContent} question ${at + 1}`);
  }
}
