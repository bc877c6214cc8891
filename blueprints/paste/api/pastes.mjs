/**
 * Pastes: { id, box, title, body, created, updated, version, shared, opened }. `shared` is `no`, `yes` or `once`. A save
 * names the version it was made from, and keeps what it said, in one transaction. A text that is shown once has no
 * versions, and no body any more when `opened` says when it was.
 */
import { DeleteCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";
import { load, newId, PASTES, tables, VERSIONS } from "./store.mjs";
import { deleteVersions, versionsKept } from "./versions.mjs";

/** An item holds 400 KB; the rest is for the title and the names of attributes. */
const maxBytes = 300_000;
const pageSize = 50;

/** Changed last first. */
export async function listPastes({ cursor }) {
  const { Items, LastEvaluatedKey } = await tables.send(
    new QueryCommand({
      TableName: PASTES,
      IndexName: "by-time",
      KeyConditionExpression: "#box = :box",
      ExpressionAttributeNames: { "#box": "box" },
      ExpressionAttributeValues: { ":box": "pastes" },
      ScanIndexForward: false,
      Limit: pageSize,
      ExclusiveStartKey: cursor ? decode(cursor) : undefined,
    }),
  );
  return {
    pastes: Items.map(({ body, box, ...paste }) => ({ ...paste, excerpt: (body ?? "").slice(0, 140) })),
    cursor: LastEvaluatedKey && Buffer.from(JSON.stringify(LastEvaluatedKey)).toString("base64url"),
  };
}

export async function createPaste(body) {
  const now = Date.now();
  const paste = {
    id: newId(),
    box: "pastes",
    ...contentOf(body),
    created: now,
    updated: now,
    version: 1,
    shared: "no",
  };
  await tables.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName: PASTES, Item: paste, ConditionExpression: "attribute_not_exists(id)" } },
        { Put: { TableName: VERSIONS, Item: versionOf(paste) } },
      ],
    }),
  );
  return shown(paste);
}

export const getPaste = async (id) => shown(await load(id));

export async function savePaste(id, { version, ...body }) {
  if (!Number.isInteger(version)) throw new Problem(400, "A save names the version it was made from.");
  const before = await load(id);
  const after = { ...before, ...contentOf(body), version: version + 1, updated: Date.now() };
  if (before.version !== version) throw changed(before);
  if (before.shared === "once")
    throw new Problem(409, "A text that is shown once is not changed; stop sharing it first.");
  try {
    await tables.send(new TransactWriteCommand({ TransactItems: [saving(after), ...keeping(after)] }));
  } catch (error) {
    if (error.name !== "TransactionCanceledException") throw error;
    throw changed(await load(id));
  }
  return shown(after);
}

const saving = ({ id, title, body, updated, version, shared }) => ({
  Update: {
    TableName: PASTES,
    Key: { id },
    UpdateExpression: "SET title = :title, body = :body, updated = :updated, #version = :version",
    ConditionExpression: "#version = :before AND #shared = :shared",
    ExpressionAttributeNames: { "#version": "version", "#shared": "shared" },
    ExpressionAttributeValues: {
      ":title": title,
      ":body": body,
      ":updated": updated,
      ":version": version,
      ":before": version - 1,
      ":shared": shared,
    },
  },
});

/** What is said now is kept beside it; the oldest goes when there are enough. */
const keeping = (paste) => [
  { Put: { TableName: VERSIONS, Item: versionOf(paste) } },
  ...(paste.version > versionsKept
    ? [{ Delete: { TableName: VERSIONS, Key: { paste: paste.id, version: paste.version - versionsKept } } }]
    : []),
];

const versionOf = ({ id, version, title, body, updated }) => ({ paste: id, version, title, body, updated });

const changed = (now) => new Problem(409, "This text was changed elsewhere in the meantime.", { paste: shown(now) });

/** To everybody who has the link, to the first who opens it, or to nobody. */
export async function sharePaste(id, { shared, version }) {
  if (!["no", "yes", "once"].includes(shared)) throw new Problem(400, "A text is shared: no, yes or once.");
  if (!Number.isInteger(version)) throw new Problem(400, "Sharing names the version that is meant.");
  const before = await load(id);
  if (before.opened) throw new Problem(409, "This text was shown already, and is gone.");
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: PASTES,
        Key: { id },
        UpdateExpression: "SET #shared = :shared",
        ConditionExpression: "#version = :version AND attribute_exists(body)",
        ExpressionAttributeNames: { "#shared": "shared", "#version": "version" },
        ExpressionAttributeValues: { ":shared": shared, ":version": version },
        ReturnValues: "ALL_NEW",
      }),
    );
    if (shared === "once") await deleteVersions(id);
    return shown(Attributes);
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    throw changed(await load(id));
  }
}

/** Its versions first: while the paste is there, deleting it again goes on. */
export async function deletePaste(id) {
  await deleteVersions(id);
  await tables.send(new DeleteCommand({ TableName: PASTES, Key: { id } }));
}

function contentOf({ title = "", body }) {
  if (typeof title !== "string" || title.length > 200) throw new Problem(400, "A title has up to 200 letters.");
  if (typeof body !== "string" || body.trim() === "") throw new Problem(400, "There is no text.");
  if (Buffer.byteLength(body) > maxBytes) throw new Problem(413, "A text has up to 300 KB.");
  return { title: title.trim(), body };
}

const shown = ({ box, ...paste }) => paste;

function decode(cursor) {
  try {
    const { id, box, updated } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof id !== "string" || box !== "pastes" || !Number.isFinite(updated)) throw new Error("not a cursor");
    return { id, box, updated };
  } catch {
    throw new Problem(400, "That page of the list does not exist.");
  }
}
