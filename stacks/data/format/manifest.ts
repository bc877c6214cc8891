/**
 * The words of an export, `freehold-export/1`: what its manifest, its schemas and its lines say. docs/using/data-format.md
 * is the same in prose. What is read is checked here; what is not known is passed over, so that a later minor word does
 * not make an export unreadable.
 */
import { z } from "zod";

export const format = "freehold-export/1";

const name = z.string().min(1).max(255);
const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();

const keyAttribute = z.object({ name, type: z.enum(["S", "N", "B"]) });
const keys = z.object({ hash: keyAttribute, range: keyAttribute.optional() });

/** `schema.json`: what a table is keyed by, and what it has besides its items. */
export const tableSchema = z.object({
  table: name,
  key: keys,
  indexes: z.array(z.object({ name, key: keys, local: z.boolean(), holds: z.enum(["all", "keys", "some"]) })),
  /** The attribute that says when an item ends, where there is one. */
  ttl: name.optional(),
});

/** `bucket.json` */
export const bucketSchema = z.object({
  bucket: name,
  /** Whether earlier versions of its objects are in the export, too. */
  versions: z.boolean(),
});

const objectKey = z.string().min(1).max(1024);
const textHeader = z.string().max(8192).optional();

/** A line of `objects-NNNNN.jsonl`: an object, or where versions are kept that one was deleted. */
export const objectLine = z.union([
  z.object({
    key: objectKey,
    deleted: z.literal(true),
    version: z.string().optional(),
    modified: time.optional(),
  }),
  z.object({
    key: objectKey,
    deleted: z.undefined().optional(),
    /** From the folder of the export. */
    file: z.string(),
    size: count,
    sha256,
    type: textHeader,
    encoding: textHeader,
    cache: textHeader,
    disposition: textHeader,
    language: textHeader,
    expires: textHeader,
    redirect: textHeader,
    metadata: z.record(z.string(), z.string()).optional(),
    tags: z.record(z.string(), z.string()).optional(),
    /** What only tells: it cannot be brought back. */
    modified: time.optional(),
    etag: z.string().optional(),
    class: z.string().optional(),
    version: z.string().optional(),
  }),
]);

const storeEntry = z.object({
  app: name,
  kind: z.enum(["table", "bucket"]),
  name,
  /** What it was called in the cloud. */
  id: name,
  /** Its folder in the export. */
  folder: z.string(),
  /** Items of a table, lines of objects of a bucket. */
  count,
  /** Of a table its lines, of a bucket the objects' own. */
  sizeBytes: count,
  from: time,
  until: time,
});

const appEntry = z.object({
  name,
  blueprint: z.string(),
  version: z.string(),
  digest: z.string(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Names alone: a secret is in no export. */
  secrets: z.array(z.string()),
});

export const manifestSchema = z.object({
  format: z.literal(format),
  /** Version of the Freehold that wrote it. */
  freehold: z.string(),
  cloud: z.object({ name, target: z.enum(["local", "aws"]), region: z.string() }),
  begun: time,
  ended: time,
  apps: z.array(appEntry),
  stores: z.array(storeEntry),
  /** Every file but the manifest and the objects themselves, whose sums are in their lines. */
  files: z.array(z.object({ path: z.string(), sizeBytes: count, sha256 })),
});

export type KeyAttribute = z.infer<typeof keyAttribute>;
export type TableKeys = z.infer<typeof keys>;
export type TableSchema = z.infer<typeof tableSchema>;
export type BucketSchema = z.infer<typeof bucketSchema>;
export type ObjectLine = z.infer<typeof objectLine>;
export type StoredObject = Extract<ObjectLine, { file: string }>;
export type ExportedStore = z.infer<typeof storeEntry>;
export type ExportedApp = z.infer<typeof appEntry>;
export type Manifest = z.infer<typeof manifestSchema>;
export type ExportedFile = Manifest["files"][number];
