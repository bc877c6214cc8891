/** What every part of the page uses: elements, requests, and telling the person. */
export const byId = (id) => document.getElementById(id);

/** An element with its attributes and what is in it; texts stay texts. */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...inside.filter((part) => part !== undefined));
  return element;
}

const tries = 5;
const mostWaitSeconds = 3;

/** A new AWS account runs ten functions at a time: who only reads, and is told that it is busy, asks again. */
async function patiently(path, options) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(path, options);
    if (options.method !== "GET" || attempt === tries || ![429, 503].includes(response.status)) return response;
    const seconds = Number(response.headers.get("retry-after") ?? 1);
    if (!(seconds <= mostWaitSeconds)) return response;
    await new Promise((done) => setTimeout(done, seconds * 1000 * (0.5 + Math.random())));
  }
}

/** Throws an Error with `status` and `answer` when the answer is not a success. */
export async function api(method, path, body) {
  const response = await patiently(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Error("Your cloud does not answer. Is it running?");
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const message =
    response.status === 401
      ? "You are signed out; open the app's link again."
      : (answer.error ?? `That did not work (${response.status}).`);
  throw Object.assign(new Error(message), { status: response.status, answer });
}

let hide;
/** Something went wrong. */
export function say(error) {
  byId("status").textContent = "";
  byId("alert").textContent = error.message;
  byId("alert").hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => {
    byId("alert").hidden = true;
  }, 8_000);
}

/** Something went well: read out, and shown where the page has its status. */
export function tell(text) {
  byId("alert").hidden = true;
  byId("status").textContent = text;
}

/** Yes or no, by the page's own dialog; Escape is no. */
export function ask(question, yes) {
  const dialog = byId("ask");
  byId("ask-text").textContent = question;
  byId("ask-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

export async function copy(text) {
  await navigator.clipboard.writeText(text);
  tell("Copied.");
}

export const when = (milliseconds) =>
  new Date(milliseconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
