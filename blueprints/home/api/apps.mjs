/**
 * The apps: what their cards say, how they do, and how much they were asked. How an app does is what its visitors met,
 * as its gate counted it: asking it here would take two of the ten places of a new account.
 */
import { cloudName, dataCommand, installed, isDataGranted, isGranted, limitsOf, notGranted, rowsOf } from "./cloud.mjs";

const hour = 3_600_000;
/** `2026-11-26T14`, as gates count. */
const hourOf = (ms) => new Date(ms).toISOString().slice(0, 13);
/** The row of what is no app, but the owner's own things. */
const things = "things";
const none = { n: 0, denied: 0, failed: 0 };

export async function listApps() {
  if (!isGranted()) return notGranted();
  const all = await installed();
  const rows = all.filter(({ id }) => id !== things);
  const own = all.find(({ id }) => id === things)?.data ?? [];
  const now = Date.now();
  const [today, thisHour, before] = [hourOf(now).slice(0, 10), hourOf(now), hourOf(now - hour)];
  const { found, unread } = await rowsOf(
    rows.flatMap(({ id }) => [today, thisHour, before].map((window) => [limitsOf(id), `requests/${window}`])),
  );
  const apps = rows.map((row) => {
    const count = (window) => countOf(found.get(`${limitsOf(row.id)} requests/${window}`));
    if (unread.has(limitsOf(row.id))) return { ...shown(row), health: { state: "unknown" } };
    return { ...shown(row), today: count(today), health: healthOf(count(thisHour), count(before)) };
  });
  return {
    ...{ granted: true, cloud: cloudName(), apps: apps.sort(byTitle) },
    things: own.map(([kind, name]) => `${kind} ${name}`),
    data: isDataGranted() ? { granted: true } : { granted: false, command: dataCommand() },
  };
}

/** The last 24 hours, the oldest first; an hour nobody came in is there, too. */
export async function requestsOf(app) {
  if (!isGranted()) return notGranted();
  const now = Date.now();
  const hours = Array.from({ length: 24 }, (_, at) => hourOf(now - (23 - at) * hour));
  const { found, unread } = await rowsOf(hours.map((one) => [limitsOf(app), `requests/${one}`]));
  if (unread.size > 0) return { granted: true, app, unread: true };
  return {
    granted: true,
    app,
    hours: hours.map((one) => ({ hour: one, ...countOf(found.get(`${limitsOf(app)} requests/${one}`)) })),
  };
}

const countOf = (row = none) => ({ n: row.n ?? 0, denied: row.denied ?? 0, failed: row.failed ?? 0 });

/** Of this hour and the one before. */
function healthOf(now, before) {
  const asked = now.n + before.n;
  const failed = now.failed + before.failed;
  if (failed > 0) return { state: "failing", asked, failed };
  return { state: asked > 0 ? "works" : "quiet", asked, failed };
}

/** What of a row the page is for. */
const shown = ({ id, title, tagline, icon, version, address, stores, reaches, doors, update, changed }) => ({
  name: id,
  title,
  tagline,
  icon,
  version,
  address,
  stores: stores ?? [],
  reaches: reaches ?? [],
  doors: doors ?? [],
  update,
  changed,
});

const byTitle = (one, other) =>
  String(one.title).localeCompare(String(other.title)) || (one.name < other.name ? -1 : 1);
