/** What every part of the page uses: elements, requests, and telling the person. */
export const byId = (id) => document.getElementById(id);

/** Whoever may only read is offered nothing else: the page hides what has the class `writes`. */
export function readOnly() {
  document.documentElement.dataset.may = "read";
  byId("text").readOnly = true;
}
export const mayWrite = () => document.documentElement.dataset.may !== "read";

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
export function say(error) {
  byId("alert").textContent = error.message;
  byId("alert").hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => {
    byId("alert").hidden = true;
  }, 8_000);
}

export function debounce(run, delayMs) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, delayMs);
  };
}

export function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${units[step]}`;
}
