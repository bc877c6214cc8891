/**
 * The page's worker: it keeps the page and its last answers for when the cloud does not answer, for a day at most, and
 * forgets all of it at sign-out, or as soon as the cloud says that nobody is signed in. What the cloud says comes first.
 */
const store = "home";
const dayMs = 86_400_000;
const shell = ["/", "app.css", "app.js", "page.js", "cards.js", "chart.js", "find.js", "came.js", "icon.svg"].map(
  (name) => new URL(name, location.origin).pathname,
);
const keptAt = "x-kept-at";

/** Goes up with each sign-out: what was asked for before one is not kept after it. */
let epoch = 0;

async function forget() {
  epoch++;
  await caches.delete(store);
}

async function keep(request, response, mine) {
  if (mine !== epoch) return;
  const headers = new Headers(response.headers);
  headers.set(keptAt, String(Date.now()));
  const body = await response.arrayBuffer();
  const cache = await caches.open(store);
  await cache.put(request, new Response(body, { status: 200, headers }));
  if (mine !== epoch) await caches.delete(store);
}

/** Nothing that is older than a day. */
async function kept(request) {
  const found = await caches.match(request, { cacheName: store });
  if (!found || Date.now() - Number(found.headers.get(keptAt)) > dayMs) return undefined;
  return found;
}

const isOver = ({ status, type }) => status === 401 || status === 403 || type === "opaqueredirect";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(
    (async () => {
      const mine = epoch;
      for (const path of shell) {
        const response = await fetch(path, { cache: "no-cache", redirect: "manual" });
        if (response.ok) await keep(path, response, mine);
      }
    })(),
  );
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/.freehold/signout") event.respondWith(signOut(request));
  else if (request.method !== "GET" || url.pathname.startsWith("/.freehold/")) return;
  else if (url.pathname.startsWith("/api/data/")) event.respondWith(unkept(request));
  else if (url.pathname.startsWith("/api/")) event.respondWith(answerOf(request));
  else event.respondWith(pageOf(request, url.pathname));
});

/** Before, in case the answer never comes; and after, for what was asked for while the session still was one. */
async function signOut(request) {
  await forget();
  try {
    return await fetch(request);
  } finally {
    await forget();
  }
}

async function pageOf(request, path) {
  const mine = epoch;
  const key = request.mode === "navigate" ? "/" : path;
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    const found = await kept(key);
    if (found) return found;
    throw error;
  }
  if (isOver(response)) await forget();
  // Keeping is no part of the answer: a full disk takes nothing from the page.
  else if (response.ok && shell.includes(key)) await keep(key, response.clone(), mine).catch(() => undefined);
  return response;
}

/** What apps store is shown, and nothing of it stays here. */
async function unkept(request) {
  const response = await fetch(request, { cache: "no-store", redirect: "manual" });
  if (isOver(response)) await forget();
  return response;
}

/** What has not changed is not sent again; offline, the answer says of when it is. */
async function answerOf(request) {
  const mine = epoch;
  const before = await kept(request.url);
  const headers = new Headers(request.headers);
  const tag = before?.headers.get("etag");
  if (tag) headers.set("if-none-match", tag);
  let response;
  try {
    response = await fetch(request.url, { headers, cache: "no-store", credentials: "same-origin", redirect: "manual" });
  } catch (error) {
    if (!before) throw error;
    const asOf = Number(before.headers.get(keptAt));
    return Response.json({ ...(await before.json()), asOf });
  }
  if (isOver(response)) await forget();
  if (response.status === 304 && before) {
    await keep(request.url, before.clone(), mine).catch(() => undefined);
    return before;
  }
  if (response.ok) await keep(request.url, response.clone(), mine).catch(() => undefined);
  return response;
}
