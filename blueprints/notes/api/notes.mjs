/**
 * Notes: { id, box, text, title, tags, created, updated, version, files }. `version` counts saves; a save names the one
 * it was made from and is refused when another came between.
 */
import { DeleteCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { removeAllFiles } from "./files.mjs";
import { Problem } from "./problem.mjs";
import { load, NOTES, newId, tables } from "./store.mjs";
import { findNotes, index, notesWithTag, tagsOf } from "./words.mjs";

/** An item holds 400 KB; the rest is for files' names and the index's copy of the title. */
const maxTextBytes = 300_000;
const pageSize = 100;

export async function listNotes({ tag, cursor }) {
  if (tag) return { notes: await summaries(await notesWithTag(tag)) };
  const { Items = [], LastEvaluatedKey } = await tables.send(
    new QueryCommand({
      TableName: NOTES,
      IndexName: "by-time",
      KeyConditionExpression: "#box = :box",
      ExpressionAttributeNames: { "#box": "box" },
      ExpressionAttributeValues: { ":box": "notes" },
      ScanIndexForward: false,
      Limit: pageSize,
      ExclusiveStartKey: cursor ? decodeCursor(cursor) : undefined,
    }),
  );
  return {
    notes: Items.map(summary),
    cursor: LastEvaluatedKey && Buffer.from(JSON.stringify(LastEvaluatedKey)).toString("base64url"),
  };
}

export async function createNote({ text = "" }) {
  const now = Date.now();
  const note = { id: newId(), box: "notes", ...contentOf(text), created: now, updated: now, version: 1, files: {} };
  await tables.send(new PutCommand({ TableName: NOTES, Item: note, ConditionExpression: "attribute_not_exists(id)" }));
  await index(note.id, { text: "", tags: [] }, note);
  return full(note);
}

export async function getNote(id) {
  return full(await load(id));
}

export async function saveNote(id, { text, version }) {
  const before = await load(id);
  const after = contentOf(text);
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: NOTES,
        Key: { id },
        UpdateExpression: "SET #text = :text, title = :title, tags = :tags, updated = :now ADD #version :one",
        ConditionExpression: "#version = :version",
        ExpressionAttributeNames: { "#text": "text", "#version": "version" },
        ExpressionAttributeValues: {
          ":text": after.text,
          ":title": after.title,
          ":tags": after.tags,
          ":now": Date.now(),
          ":one": 1,
          ":version": version ?? before.version,
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    await index(id, before, Attributes);
    return full(Attributes);
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    throw new Problem(409, "This note was changed elsewhere in the meantime.", { note: full(await load(id)) });
  }
}

export async function deleteNote(id) {
  const note = await load(id);
  await index(id, note, { text: "", tags: [] });
  await removeAllFiles(note);
  await tables.send(new DeleteCommand({ TableName: NOTES, Key: { id } }));
}

export async function search(query) {
  const ids = await findNotes(query);
  return { notes: await summaries(ids), total: ids.length };
}

/** For search results and tags: the list's form of these notes, newest first. */
async function summaries(ids) {
  const found = await Promise.all(ids.slice(0, pageSize).map((id) => load(id).catch(() => undefined)));
  return found
    .filter(Boolean)
    .sort((a, b) => b.updated - a.updated)
    .map(summary);
}

function contentOf(text) {
  if (typeof text !== "string") throw new Problem(400, "A note needs a text.");
  if (Buffer.byteLength(text) > maxTextBytes)
    throw new Problem(413, "A note holds up to 300 KB of text; attach the rest as a file.");
  const title = (text.split("\n").find((line) => line.trim() !== "") ?? "")
    .replace(/^#+\s+/, "")
    .trim()
    .slice(0, 200);
  return { text, title, tags: tagsOf(text) };
}

function summary({ id, title, text, tags, updated, files }) {
  const rest = text.slice(text.indexOf(title) + title.length).trim();
  return { id, title, excerpt: rest.slice(0, 140), tags, updated, files: Object.keys(files ?? {}).length };
}

function full({ box, files, ...note }) {
  return { ...note, files: Object.entries(files ?? {}).map(([id, file]) => ({ id, ...file })) };
}

function decodeCursor(cursor) {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw new Problem(400, "That page of the list does not exist.");
  }
}
