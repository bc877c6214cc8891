/**
 * A short address that somebody opens. It leads where the owner said and nowhere else: nothing of the request becomes
 * part of the target. With `+` at its end it says where it would lead, and neither leads there nor counts.
 */
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { LINKS, tables } from "./links.mjs";
import { escapeHtml, page } from "./page.mjs";

export async function visit(path, method) {
  const [, name, plus] = /^([a-z0-9][a-z0-9_-]{0,63})(\+?)$/.exec(path.toLowerCase()) ?? [];
  if (!name) return missing();
  // HEAD is asked by programs that look whether a link is alive.
  if (plus || method === "HEAD") {
    const { Item } = await tables.send(new GetCommand({ TableName: LINKS, Key: { slug: name } }));
    if (!Item) return missing();
    return plus ? described(Item) : redirect(Item.url);
  }
  const url = await counted(name);
  return url ? redirect(url) : missing();
}

/** One write that looks up and counts, so that no click is lost however many come at once. */
async function counted(slug) {
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: LINKS,
        Key: { slug },
        UpdateExpression: "SET #last = :now ADD clicks :one",
        ConditionExpression: "attribute_exists(slug)",
        ExpressionAttributeNames: { "#last": "last" },
        ExpressionAttributeValues: { ":now": Date.now(), ":one": 1 },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes.url;
  } catch (error) {
    if (error.name === "ConditionalCheckFailedException") return undefined;
    throw error;
  }
}

/** Not kept by anybody: a changed link leads elsewhere at once, and each click is counted. */
const redirect = (location) => ({
  statusCode: 302,
  headers: { location, "cache-control": "no-store", "referrer-policy": "no-referrer", "content-type": "text/plain" },
  body: "",
});

const missing = () => page(404, "This link leads nowhere", "<p>It is mistyped, or its owner has removed it.</p>");

const described = ({ url, title }) =>
  page(
    200,
    title || "Where this link leads",
    `<p>This short address leads to</p>
<p><a rel="noreferrer nofollow" href="${escapeHtml(url)}">${escapeHtml(url)}</a></p>
<p><small>on ${escapeHtml(new URL(url).host)}</small></p>`,
  );
