/**
 * Keys for programs: `Authorization: Bearer fh_ID_SECRET`. The row is read at each request, so that a key that is taken
 * away is worth nothing at once; it says the routes and verbs that the key is for. Wrong ones are counted by address and
 * soon not looked at any more; when they cannot be counted, nobody passes.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { awsJson } from "../shared/aws-call.ts";
import { count, isConditionFailed } from "../shared/counter.ts";
import { type KeyRow, rowId } from "../shared/rows.ts";
import { readRow } from "./access-rows.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";
import { covers } from "./routes.ts";

export type Shown =
  | { state: "none" }
  | { state: "good"; id: string; row: KeyRow }
  /** A key, but not for this. */
  | { state: "elsewhere"; id: string }
  | { state: "wrong" }
  | { state: "too-many"; seconds: number };

const wrongAMinute = 30;
/** Addresses that are not listened to, by digest, until when. */
const blocked = new Map<string, number>();
const nobodysDigest = createHash("sha256").update("").digest();

/** With a key in the request no cookie counts. Rejects when a table does not answer. */
export async function keyOf(event: UrlEvent, path: string): Promise<Shown> {
  const { authorization } = event.headers;
  if (authorization === undefined || !/^\s*bearer\s+fh_/i.test(authorization)) return { state: "none" };
  const now = Date.now() / 1000;
  const address = createHash("sha256").update(event.requestContext.http.sourceIp).digest("hex");
  const until = blocked.get(address) ?? 0;
  if (until > now) return { state: "too-many", seconds: Math.ceil(until - now) };
  const [, id, secret] = /^\s*\w+\s+fh_([0-9a-f]{16})_([\w-]{20,100})\s*$/.exec(authorization) ?? [];
  const row = id && secret ? await readRow<KeyRow>(rowId.key(config.app, id), now) : null;
  if (!isSame(secret ?? "", row)) return wrong(address, now);
  if (!covers(row!.routes, path) || !row!.verbs.includes(event.requestContext.http.method))
    return { state: "elsewhere", id: id! };
  return { state: "good", id: id!, row: row! };
}

/** Takes as long whether there is such a key or not, and however much of the secret is right. */
function isSame(secret: string, row: KeyRow | null): boolean {
  const shown = createHash("sha256").update(secret).digest();
  const digest = Buffer.from(row?.digest ?? "", "hex");
  const comparable = digest.length === shown.length;
  return timingSafeEqual(shown, comparable ? digest : nobodysDigest) && comparable;
}

async function wrong(address: string, now: number): Promise<Shown> {
  const seconds = await count({ table: config.limits, id: `tried/${address}`, most: wrongAMinute, seconds: 60 }, now);
  if (seconds === null) return { state: "wrong" };
  if (blocked.size > 1000) blocked.clear();
  blocked.set(address, now + seconds);
  return { state: "too-many", seconds };
}

const noteSeconds = 60;

/** Beside the app's work, at most once a minute: a key that was taken away meanwhile is not brought back. */
export async function noteUse(id: string, row: KeyRow): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  if (row.used !== undefined && now - row.used < noteSeconds) return;
  await awsJson("dynamodb", "UpdateItem", {
    TableName: config.access,
    Key: { id: { S: rowId.key(config.app, id) } },
    UpdateExpression: "SET #used = :now",
    ConditionExpression: "attribute_exists(#id)",
    ExpressionAttributeNames: { "#used": "used", "#id": "id" },
    ExpressionAttributeValues: { ":now": { N: String(now) } },
  }).catch((error: unknown) => {
    if (!isConditionFailed(error)) throw error;
  });
}
