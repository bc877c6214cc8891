/** ListMultipartUploads: uploads under way, by key and then by id. */
import type { Reply } from "../service.ts";
import { askedOf, groups, walk } from "./list.ts";
import { keyBytes } from "./records.ts";
import { bucketOf, isoDate, type Request, type S3, tag, xmlReply } from "./request.ts";

interface Upload {
  id: string;
  key: string;
  started: number;
}

export function listUploads(request: Request, s3: S3): Reply {
  const { call, bucket } = request;
  bucketOf(request, s3);
  const asked = askedOf(request, "max-uploads");
  const keyMarker = call.query.get("key-marker") ?? "";
  const idMarker = call.query.get("upload-id-marker") ?? "";
  const uploads = (text: string, ...values: (string | Buffer | number)[]) =>
    s3.records
      .all(text, ...values)
      .map((row) => ({ id: row.id, started: row.started, key: Buffer.from(row.key).toString("utf8") }) as Upload);
  let first = true;
  const page = walk<Upload>({ ...asked, after: keyMarker }, function* (from) {
    const rest =
      first && idMarker !== ""
        ? uploads(
            "SELECT * FROM s3_uploads WHERE bucket = ? AND key = ? AND id > ? ORDER BY id",
            bucket,
            keyBytes(keyMarker),
            idMarker,
          )
        : [];
    first = false;
    const more = uploads(
      "SELECT * FROM s3_uploads WHERE bucket = ? AND key >= ? ORDER BY key, id LIMIT ?",
      bucket,
      from,
      asked.max + 1,
    );
    for (const row of [...rest, ...more]) yield { key: row.key, row };
  });
  const owner = tag("ID", s3.cloud.options.accountId);
  const items = page.entries.map((entry) =>
    "row" in entry
      ? `<Upload>${tag("Key", asked.name(entry.row.key))}${tag("UploadId", entry.row.id)}<Initiator>${owner}</Initiator><Owner>${owner}</Owner>${tag("StorageClass", "STANDARD")}${tag("Initiated", isoDate(entry.row.started))}</Upload>`
      : "",
  );
  const last = page.entries.at(-1);
  return xmlReply(
    "ListMultipartUploadsResult",
    `${tag("Bucket", bucket)}${tag("KeyMarker", asked.name(keyMarker))}${tag("UploadIdMarker", idMarker)}${page.truncated ? tag("NextKeyMarker", asked.name(page.last)) + tag("NextUploadIdMarker", last && "row" in last ? last.row.id : "") : ""}${tag("Prefix", asked.name(asked.prefix))}${asked.delimiter === "" ? "" : tag("Delimiter", asked.name(asked.delimiter))}${tag("EncodingType", asked.encoding)}${tag("MaxUploads", asked.max)}${tag("IsTruncated", page.truncated)}${items.join("")}${groups(asked, page)}`,
  );
}
