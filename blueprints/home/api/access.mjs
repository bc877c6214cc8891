/**
 * Who came, of late: the lines that gates and sign-in wrote to their logs, newest first, with the names of the guests and
 * keys that are still there. No app's own log is read, and a log that cannot be is named.
 */
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { accessTable, cloudName, installed, isGranted, notGranted, rowsOf } from "./cloud.mjs";
import { Problem } from "./http.mjs";

const logs = new CloudWatchLogsClient({});
const minute = 60_000;
/** Milliseconds back: what is near first, and then the rest of a day. */
const windows = [
  [30 * minute, 0],
  [24 * 60 * minute, 30 * minute],
];
/** Calls for one window of one log; what is beyond them is older, and left out. */
const mostPages = 4;
/** Logs that are asked at the same time: an account may ask for a few a second only. */
const together = 4;

export async function recentAccess({ app, limit = "50" }) {
  if (!isGranted()) return notGranted();
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1 || most > 200) throw new Problem(400, "A limit is a number from 1 to 200.");
  if (app !== undefined && !/^[a-z][a-z0-9-]{0,31}$/.test(app)) throw new Problem(400, "That is no app's name.");
  const all = app === undefined ? [...(await installed()).map(({ id }) => id), "signin"] : [app];
  const now = Date.now();
  const lines = [];
  const unread = [];
  const left = [...all];
  const ask = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const of = one;
      await newestOf(of, most, now).then(
        (found) => lines.push(...found),
        () => unread.push(of),
      );
    }
  };
  await Promise.all(Array.from({ length: together }, ask));
  const newest = lines.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, most);
  return { granted: true, lines: await named(newest), unread: unread.sort() };
}

const groupOf = (app) => `/aws/lambda/${cloudName()}--${app === "signin" ? "foundation--signin" : `${app}--gate`}`;

async function newestOf(app, most, now) {
  const lines = [];
  for (const [from, to] of windows) {
    if (lines.length >= most) break;
    lines.unshift(...(await linesOf(app, now - from, now - to)));
  }
  return lines.slice(-most);
}

async function linesOf(app, startTime, endTime) {
  const lines = [];
  let nextToken;
  for (let page = 0; page < mostPages; page++) {
    // A gate writes plain JSON, in which the service looks itself; sign-in's lines have words before them.
    const filterPattern = app === "signin" ? '"access"' : '{ $.type = "access" }';
    const asked = { logGroupName: groupOf(app), startTime, endTime, filterPattern, nextToken };
    const answer = await logs.send(new FilterLogEventsCommand(asked)).catch((error) => {
      // Nobody came yet.
      if (error.name === "ResourceNotFoundException") return { events: [] };
      throw error;
    });
    lines.push(...answer.events.flatMap((event) => lineOf(event, app)));
    nextToken = answer.nextToken;
    if (!nextToken) break;
  }
  return lines;
}

/** Nothing when it is another line. */
function lineOf({ message = "", timestamp }, app) {
  const [, json] = /(?:^|\t)(\{"type":"access".*)$/s.exec(message) ?? [];
  if (json === undefined) return [];
  let raw;
  try {
    raw = JSON.parse(json);
  } catch {
    return [];
  }
  const text = (key) => (typeof raw[key] === "string" ? raw[key] : undefined);
  return {
    at: text("at") ?? new Date(timestamp).toISOString(),
    app,
    who: text("who") ?? "nobody",
    method: text("method"),
    path: text("path"),
    what: text("what"),
    status: typeof raw.status === "number" ? raw.status : undefined,
    allowed: raw.allowed === true,
    why: text("why"),
    from: text("from"),
  };
}

/** One who is not there any more stays an id, and so does everybody when names cannot be read. */
async function named(lines) {
  const idOf = ({ who, app }) => {
    if (/^guest\/[0-9a-f]+$/.test(who)) return who;
    return /^key\/[0-9a-f]+$/.test(who) ? `app/${app}/${who}` : undefined;
  };
  const ids = [...new Set(lines.map(idOf))].filter((id) => id !== undefined);
  const { found } = await rowsOf(
    ids.map((id) => [accessTable(), id]),
    { ProjectionExpression: "id, #name", ExpressionAttributeNames: { "#name": "name" } },
  );
  return lines.map((line) => ({ ...line, name: found.get(`${accessTable()} ${idOf(line)}`)?.name }));
}
