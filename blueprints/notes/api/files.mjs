/**
 * Attachments: an object each in the bucket, `NOTE/FILE`; the note keeps { name, type, size }. Bytes go straight
 * between browser and bucket through addresses that work for ten minutes, so a file may be larger than a request.
 */
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./problem.mjs";
import { FILES, load, NOTES, newId, tables } from "./store.mjs";

const seconds = 600;
const maxBytes = 5 * 1024 ** 3;
/** Shown in the page; anything else is downloaded, since a browser would run HTML or SVG of one's own site. */
const shown = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "application/pdf",
  "text/plain",
]);

// The S3 client is loaded by the first request about files; most requests are not.
let loaded;
async function s3() {
  loaded ??= Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/s3-request-presigner")]).then(
    ([sdk, { getSignedUrl }]) => ({
      sdk,
      // A browser sends no checksum of its own, so none may be signed into the address.
      client: new sdk.S3Client({
        requestChecksumCalculation: "WHEN_REQUIRED",
        forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL),
      }),
      getSignedUrl,
    }),
  );
  return loaded;
}

export async function addFile(note, { name, type, size }) {
  await load(note);
  if (typeof name !== "string" || name.trim() === "" || name.length > 255)
    throw new Problem(400, "A file needs a name of up to 255 letters.");
  if (!Number.isInteger(size) || size < 0 || size > maxBytes) throw new Problem(413, "A file may have up to 5 GB.");
  const { sdk, client, getSignedUrl } = await s3();
  const file = newId();
  const command = new sdk.PutObjectCommand({
    Bucket: FILES,
    Key: `${note}/${file}`,
    ContentType: contentType(type),
    ContentLength: size,
  });
  return { id: file, upload: await getSignedUrl(client, command, { expiresIn: seconds }), type: contentType(type) };
}

/** After the upload: the object is there, so the note may name it. */
export async function completeFile(note, file, { name }) {
  const { sdk, client } = await s3();
  const head = await client
    .send(new sdk.HeadObjectCommand({ Bucket: FILES, Key: `${note}/${file}` }))
    .catch((error) => {
      if (error.name === "NotFound") throw new Problem(409, "The upload has not arrived; try again.");
      throw error;
    });
  const entry = { name: String(name ?? "file").slice(0, 255), type: head.ContentType, size: head.ContentLength };
  await setFile(note, file, entry);
  return { id: file, ...entry };
}

async function setFile(note, file, entry) {
  await tables
    .send(
      new UpdateCommand({
        TableName: NOTES,
        Key: { id: note },
        UpdateExpression: entry ? "SET files.#file = :entry, updated = :now" : "REMOVE files.#file",
        ConditionExpression: "attribute_exists(id)",
        ExpressionAttributeNames: { "#file": file },
        ExpressionAttributeValues: entry ? { ":entry": entry, ":now": Date.now() } : undefined,
      }),
    )
    .catch((error) => {
      if (error.name === "ConditionalCheckFailedException")
        throw new Problem(404, "This note does not exist any more.");
      throw error;
    });
}

export async function openFile(note, file, query) {
  const entry = (await load(note)).files?.[file];
  if (!entry) throw new Problem(404, "This file does not exist any more.");
  const { sdk, client, getSignedUrl } = await s3();
  const inline = shown.has(entry.type) && query.download === undefined;
  const command = new sdk.GetObjectCommand({
    Bucket: FILES,
    Key: `${note}/${file}`,
    ResponseContentType: inline ? entry.type : "application/octet-stream",
    ResponseContentDisposition: `${inline ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(entry.name)}`,
  });
  return { redirect: await getSignedUrl(client, command, { expiresIn: seconds }) };
}

export async function removeFile(note, file) {
  await load(note);
  await setFile(note, file, undefined);
  const { sdk, client } = await s3();
  await client.send(new sdk.DeleteObjectCommand({ Bucket: FILES, Key: `${note}/${file}` }));
}

export async function removeAllFiles({ id, files }) {
  if (Object.keys(files ?? {}).length === 0) return;
  const { sdk, client } = await s3();
  for (const file of Object.keys(files))
    await client.send(new sdk.DeleteObjectCommand({ Bucket: FILES, Key: `${id}/${file}` }));
}

const contentType = (type) =>
  typeof type === "string" && /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "application/octet-stream";
