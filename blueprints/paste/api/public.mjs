/**
 * A shared text as anybody sees it: with numbered lines, or raw. One that is shown once is taken out by the same write
 * that reads it, so that of two who ask at once one gets it; and only by a button, since programs look at links, too.
 */
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { escapeHtml, page } from "./page.mjs";
import { find, PASTES, tables } from "./store.mjs";
import { deleteVersions } from "./versions.mjs";

export async function show(id) {
  const paste = await find(id);
  if (paste?.shared === "yes") return text(paste, `<p><a href="/p/${id}/raw">Raw text</a></p>`);
  if (paste?.shared === "once" && !paste.opened) return covered(paste);
  return paste?.opened ? gone() : missing();
}

export async function raw(id) {
  const paste = await find(id);
  if (paste?.shared !== "yes") return missing();
  return {
    statusCode: 200,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "no-store",
      "x-robots-tag": "noindex",
    },
    body: paste.body,
  };
}

export async function reveal(id) {
  // None are kept of it; but sharing it may have been cut off half way.
  if ((await find(id))?.shared === "once") await deleteVersions(id);
  const paste = await takeOut(id);
  if (paste)
    return text(paste, "<p><strong>This was the only time it is shown. Keep it now, if you need it.</strong></p>");
  return (await find(id))?.opened ? gone() : missing();
}

/** What the paste said until now, or undefined when it is not there to be shown. */
async function takeOut(id) {
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: PASTES,
        Key: { id },
        UpdateExpression: "SET opened = :now, #version = #version + :one REMOVE body",
        ConditionExpression: "#shared = :once AND attribute_exists(body)",
        ExpressionAttributeNames: { "#shared": "shared", "#version": "version" },
        ExpressionAttributeValues: { ":once": "once", ":now": Date.now(), ":one": 1 },
        ReturnValues: "ALL_OLD",
      }),
    );
    return Attributes;
  } catch (error) {
    if (error.name === "ConditionalCheckFailedException") return undefined;
    throw error;
  }
}

function text({ title, body }, above) {
  const lines = body.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  const items = lines.map((line) => `<li><code>${escapeHtml(line)}</code></li>`).join("");
  const byline = process.env.BYLINE ? `<p><small>${escapeHtml(process.env.BYLINE)}</small></p>` : "";
  return page(200, title || "A text", `${above}\n<ol class="lines">${items}</ol>\n${byline}`);
}

const covered = ({ title }) =>
  page(
    200,
    title || "A text",
    `<p>This text is shown once, to whoever asks for it first, and is gone then.</p>
<form method="post"><button type="submit">Show it</button></form>`,
  );

const missing = () =>
  page(404, "There is no such text", "<p>The link is mistyped, or the text is not shared any more.</p>");
const gone = () =>
  page(410, "This text is gone", "<p>It was to be shown once, and was. If that was not you, tell its sender.</p>");
