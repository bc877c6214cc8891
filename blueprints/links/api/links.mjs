/**
 * Links: { slug, box, url, title, find, created, version, clicks, last }. A slug belongs to who took it first; an edit
 * names the version it was made from. `clicks` is counted by visit.mjs alone.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";

export const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
export const LINKS = process.env.TABLE_LINKS;

const maxUrl = 2_000;
const maxTitle = 200;
const pageSize = 50;
/** Without those that are taken for another on paper: 0 and o, 1, i and l. */
const letters = "23456789abcdefghjkmnpqrstuvwxyz";
const refused = { name: "ConditionalCheckFailedException" };

/** Newest first; with `q`, those that have it in slug, title or address. */
export async function listLinks({ q = "", cursor }) {
  const found = [];
  let start = cursor ? decode(cursor) : undefined;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: LINKS,
        IndexName: "by-time",
        KeyConditionExpression: "#box = :box",
        ...(q && { FilterExpression: "contains(#find, :q)" }),
        ExpressionAttributeNames: { "#box": "box", ...(q && { "#find": "find" }) },
        ExpressionAttributeValues: { ":box": "links", ...(q && { ":q": q.toLowerCase() }) },
        ScanIndexForward: false,
        Limit: q ? 500 : pageSize,
        ExclusiveStartKey: start,
      }),
    );
    found.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start && found.length < pageSize);
  return { links: found.map(shown), cursor: start && Buffer.from(JSON.stringify(start)).toString("base64url") };
}

export async function createLink({ url, slug, title }) {
  const chosen = slug === undefined || slug === "" ? undefined : slugOf(slug);
  const link = { box: "links", ...contentOf(url, title), created: Date.now(), version: 1, clicks: 0 };
  // A made-up name that is taken is made up again; one that was asked for is not.
  for (let attempt = 0; attempt < 8; attempt++) {
    const item = { ...link, slug: chosen ?? madeUp() };
    if (await put({ ...item, find: findOf(item) })) return shown(item);
    if (chosen) throw new Problem(409, `The short name “${chosen}” is taken.`);
  }
  throw new Problem(503, "No free short name was found. Let them have more letters, in the settings.");
}

async function put(Item) {
  try {
    await tables.send(new PutCommand({ TableName: LINKS, Item, ConditionExpression: "attribute_not_exists(slug)" }));
    return true;
  } catch (error) {
    if (error.name === refused.name) return false;
    throw error;
  }
}

export async function changeLink(slug, { url, title, version }) {
  if (!Number.isInteger(version)) throw new Problem(400, "A change names the version it was made from.");
  const content = contentOf(url, title);
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: LINKS,
        Key: { slug },
        UpdateExpression: "SET #url = :url, title = :title, #find = :find ADD #version :one",
        ConditionExpression: "#version = :version",
        ExpressionAttributeNames: { "#url": "url", "#find": "find", "#version": "version" },
        ExpressionAttributeValues: {
          ":url": content.url,
          ":title": content.title,
          ":find": findOf({ slug, ...content }),
          ":one": 1,
          ":version": version,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return shown(Attributes);
  } catch (error) {
    if (error.name !== refused.name) throw error;
    if (!error.Item) throw new Problem(404, "This link does not exist any more.");
    throw new Problem(409, "This link was changed elsewhere in the meantime.");
  }
}

export async function deleteLink(slug) {
  await tables.send(new DeleteCommand({ TableName: LINKS, Key: { slug } }));
}

function slugOf(slug) {
  const lower = typeof slug === "string" ? slug.trim().toLowerCase() : "";
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(lower))
    throw new Problem(
      400,
      "A short name has up to 64 letters a-z, digits, - and _, and begins with a letter or digit.",
    );
  return lower;
}

function madeUp() {
  const length = Math.min(20, Math.max(4, Number(process.env.LETTERS) || 6));
  // 248 is the last multiple of 31 in a byte: no letter is likelier than another.
  const bytes = [];
  while (bytes.length < length) bytes.push(...crypto.getRandomValues(new Uint8Array(32)).filter((byte) => byte < 248));
  return bytes
    .slice(0, length)
    .map((byte) => letters[byte % 31])
    .join("");
}

/** Only what a browser opens as a page of somebody's site; nothing that runs, nothing with a password in it. */
function contentOf(url, title = "") {
  const text = typeof url === "string" ? url.trim() : "";
  if (text === "") throw new Problem(400, "A link needs an address to lead to.");
  if (!URL.canParse(text)) throw new Problem(400, "That is no address; one begins with https://");
  const parsed = new URL(text);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:")
    throw new Problem(400, "A link leads to an https:// or http:// address, and no other.");
  if (parsed.username || parsed.password)
    throw new Problem(
      400,
      "An address with a name or password in it is not kept: everybody who has the link would see it.",
    );
  if (parsed.href.length > maxUrl) throw new Problem(400, `An address has up to ${maxUrl} characters.`);
  if (typeof title !== "string" || title.length > maxTitle)
    throw new Problem(400, `A title has up to ${maxTitle} characters.`);
  return { url: parsed.href, title: title.trim() };
}

const findOf = ({ slug, url, title }) => `${slug} ${title} ${url}`.toLowerCase();

const shown = ({ slug, url, title, created, version, clicks, last }) => ({
  slug,
  url,
  title,
  created,
  version,
  clicks,
  last,
});

function decode(cursor) {
  try {
    const { slug, box, created } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof slug !== "string" || box !== "links" || !Number.isFinite(created)) throw new Error("not a cursor");
    return { slug, box, created };
  } catch {
    throw new Problem(400, "That page of the list does not exist.");
  }
}
