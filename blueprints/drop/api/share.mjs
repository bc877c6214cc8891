/**
 * What somebody with a share link sees: a page that says what it is, and a button that gets it. Only the button counts:
 * programs that look at links to preview them take nothing.
 */
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { load, take } from "./drops.mjs";
import { escapeHtml, page } from "./page.mjs";
import { bucket, FILES, keyOf, nowSeconds, sweep } from "./store.mjs";

/** Time to begin a download; one that has begun goes on. */
const seconds = 60;

export async function show(path) {
  await sweep();
  const drop = await dropOf(path);
  if (!drop) return missing();
  if (over(drop)) return gone();
  const left = drop.most === undefined ? "" : ` · ${downloads(drop.most - drop.taken)} left`;
  const body = `<p>${escapeHtml(size(drop.size))} · until ${escapeHtml(date(drop.expires))}${left}</p>
<form method="post"><button type="submit">Download</button></form>
<p><small>It is as its sender made it; nobody has looked into it.</small></p>`;
  // The form's answer leads to the bucket, so its origin has to be allowed.
  return page(200, drop.name, body, { forms: `'self' ${new URL(await addressOf(drop)).origin}` });
}

export async function download(path) {
  const before = await dropOf(path);
  if (!before) return missing();
  const drop = await take(before.id);
  if (!drop) return gone();
  return {
    statusCode: 303,
    headers: { location: await addressOf(drop), "cache-control": "no-store", "referrer-policy": "no-referrer" },
    body: "",
  };
}

/** Always a download, never a page: a browser would run HTML or SVG with the bucket's address. */
const addressOf = (drop) =>
  getSignedUrl(
    bucket,
    new GetObjectCommand({
      Bucket: FILES,
      Key: keyOf(drop),
      ResponseContentType: "application/octet-stream",
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encode(drop.name)}`,
    }),
    { expiresIn: seconds },
  );

async function dropOf(path) {
  const drop = /^[\w-]{22}$/.test(path) ? await load(path) : undefined;
  return drop?.arrived ? drop : undefined;
}

const over = ({ expires, most, taken }) => expires <= nowSeconds() || (most !== undefined && taken >= most);

const missing = () => page(404, "There is no such file", "<p>The link is mistyped, or the file is gone.</p>");
const gone = () =>
  page(410, "This file is gone", "<p>Its time is over, or it was taken as often as it might be. Ask its sender.</p>");

/** As RFC 8187 has it; `encodeURIComponent` leaves four that it does not allow. */
const encode = (name) =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const downloads = (count) => (count === 1 ? "1 download" : `${count} downloads`);
const date = (expires) => `${new Date(expires * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${Number((bytes / 1000 ** step).toFixed(1))} ${units[step]}`;
}
