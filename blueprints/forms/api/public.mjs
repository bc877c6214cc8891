/**
 * The form as anybody sees it, and what they send. Works without a script. An answer is checked field by field; who
 * filled in what only programs see, or was faster than people are, is put with the spam, not refused: a person
 * may look there. Nothing is kept of who answered but what they wrote.
 */
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { Problem, textOf } from "./http.mjs";
import { escapeHtml, page } from "./page.mjs";
import { ANSWERS, FORMS, load, newAnswerId, tables } from "./store.mjs";

const maxBytes = 64_000;
const maxLine = 1_000;
const maxLong = 10_000;
/** People need longer to fill in a form. */
const fastestMs = 2_000;
/** Seen by programs alone. */
const trap = "website";

export async function showForm(id) {
  const form = await formOf(id);
  if (!form) return missing();
  // Nobody fills in what will not be taken.
  return form.open && form.count < most() ? page(200, form.title, formMarkup(form, {}, [])) : closed(form);
}

export async function showThanks(id) {
  const form = await formOf(id);
  if (!form) return missing();
  return page(200, "Thank you", paragraphs(form.thanks || "Your answer has arrived."));
}

export async function receive(id, event) {
  const form = await formOf(id);
  if (!form) return missing();
  if (!form.open) return closed(form);
  const sent = sentOf(event);
  if (sent.problem) return sent.problem;
  const { values, problems } = check(form.fields, sent.parameters);
  if (problems.length > 0)
    return page(422, form.title, formMarkup(form, values, problems, sent.parameters.get("began")));
  if (!(await store(form, values, suspicious(sent.parameters)))) return closed(form);
  return { statusCode: 303, headers: { location: `/f/${id}/thanks`, "cache-control": "no-store" }, body: "" };
}

const most = () => Number(process.env.MOST) || 5_000;

async function formOf(id) {
  try {
    return await load(id);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function sentOf(event) {
  const text = textOf(event);
  if (!/^application\/x-www-form-urlencoded\b/i.test(event.headers["content-type"] ?? ""))
    return { problem: page(415, "That is no answer to a form", "<p>It was not sent as forms are.</p>") };
  if (Buffer.byteLength(text) > maxBytes)
    return { problem: page(413, "That is too much", "<p>An answer has up to 64 KB. Go back and make it shorter.</p>") };
  return { parameters: new URLSearchParams(text) };
}

function check(fields, parameters) {
  const values = {};
  const problems = [];
  for (const field of fields) {
    const value = (parameters.get(field.id) ?? "").replace(/\r\n?/g, "\n").trim();
    values[field.id] = value;
    const problem = problemOf(field, value);
    if (problem) problems.push({ id: field.id, text: `${field.label}: ${problem}` });
  }
  return { values, problems };
}

/** By kind: whether a value that is there is one. */
const fits = {
  text: () => true,
  long: () => true,
  email: (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
  number: (value) => /^-?\d+([.,]\d+)?$/.test(value),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`)),
  choice: (value, { options }) => options.includes(value),
  check: (value) => value === "yes",
};
const wanted = {
  email: "this is no e-mail address, as name@example.org",
  number: "this is no number",
  date: "this is no date, as 2026-12-31",
  choice: "choose one of the list",
  check: "tick the box",
};

function problemOf(field, value) {
  if (value === "" && !field.required) return undefined;
  if (value === "") return field.kind === "check" ? wanted.check : "an answer is needed";
  const most = field.kind === "long" ? maxLong : maxLine;
  if (value.length > most) return `up to ${most} characters, please`;
  return fits[field.kind](value, field) ? undefined : wanted[field.kind];
}

function suspicious(parameters) {
  const began = Number(parameters.get("began"));
  return (parameters.get(trap) ?? "") !== "" || !(Date.now() - began >= fastestMs);
}

/** Answer and count in one: a form never takes more than it may, however many send at once. */
async function store(form, values, spam, attempt = 1) {
  const id = newAnswerId();
  try {
    await tables.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: ANSWERS, Item: { form: form.id, id, came: Date.now(), values, spam, read: false } } },
          {
            Update: {
              TableName: FORMS,
              Key: { id: form.id },
              UpdateExpression: "ADD #count :one",
              ConditionExpression: "#open = :yes AND #count < :most",
              ExpressionAttributeNames: { "#count": "count", "#open": "open" },
              ExpressionAttributeValues: { ":one": 1, ":yes": true, ":most": most() },
            },
          },
        ],
      }),
    );
    return true;
  } catch (error) {
    if (error.name !== "TransactionCanceledException") throw error;
    const codes = error.CancellationReasons.map(({ Code }) => Code);
    if (codes.includes("ConditionalCheckFailed")) return false;
    // Two answers in one moment raise one count; the SDK does not try that again by itself.
    if (!codes.includes("TransactionConflict") || attempt === 20) throw error;
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 50 * attempt));
    return store(form, values, spam, attempt + 1);
  }
}

const missing = () => page(404, "There is no such form", "<p>The link is mistyped, or the form was removed.</p>");
const closed = ({ title }) => page(410, title, "<p>This form is closed. It takes no more answers.</p>");

const paragraphs = (text) =>
  text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== "")
    .map((part) => `<p>${escapeHtml(part).replaceAll("\n", "<br>")}</p>`)
    .join("\n");

function formMarkup({ intro, fields }, values, problems, began = String(Date.now())) {
  const wrong = new Map(problems.map(({ id, text }) => [id, text]));
  const list = problems.map(({ id, text }) => `<li><a href="#q-${id}">${escapeHtml(text)}</a></li>`).join("");
  const summary =
    problems.length === 0 ? "" : `<div class="wrong" role="alert"><h2>Not sent yet</h2><ul>${list}</ul></div>`;
  return `${summary}
${paragraphs(intro)}
<form method="post" novalidate>
<input type="hidden" name="began" value="${escapeHtml(began)}">
<div class="trap" aria-hidden="true"><label>Leave this empty <input name="${trap}" tabindex="-1" autocomplete="off"></label></div>
${fields.map((field) => fieldMarkup(field, values[field.id] ?? "", wrong.get(field.id))).join("\n")}
<p><button type="submit">Send</button></p>
</form>`;
}

function fieldMarkup(field, value, problem) {
  const { id, label, kind, required } = field;
  const described = problem ? ` aria-invalid="true" aria-describedby="w-${id}"` : "";
  const attributes = `id="q-${id}" name="${id}"${required ? " required" : ""}${described}`;
  const text = `${escapeHtml(label)}${required ? "" : " <small>(if you like)</small>"}`;
  const note = problem ? `<p class="danger" id="w-${id}">${escapeHtml(problem)}</p>` : "";
  if (kind === "check")
    return `<p class="tick"><input type="checkbox" value="yes" ${attributes}${value === "yes" ? " checked" : ""}> <label for="q-${id}">${text}</label></p>${note}`;
  return `<p><label for="q-${id}">${text}</label>${inputMarkup(field, value, attributes)}</p>${note}`;
}

function inputMarkup({ kind, options }, value, attributes) {
  if (kind === "long")
    return `<textarea rows="6" maxlength="${maxLong}" ${attributes}>\n${escapeHtml(value)}</textarea>`;
  if (kind === "choice") {
    const choices = options.map(
      (option) => `<option${option === value ? " selected" : ""}>${escapeHtml(option)}</option>`,
    );
    return `<select ${attributes}><option value="">Choose</option>${choices.join("")}</select>`;
  }
  const type = { number: "text", text: "text", email: "email", date: "date" }[kind];
  const more = { number: ' inputmode="decimal"', email: ' autocomplete="email"' }[kind] ?? "";
  return `<input type="${type}" maxlength="${maxLine}" value="${escapeHtml(value)}"${more} ${attributes}>`;
}
