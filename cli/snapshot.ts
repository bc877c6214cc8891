/**
 * A snapshot: a whole cloud as one JSON file that a person can read (docs/using/snapshot-format.md). It has names of secrets
 * and no value of one. Data is no part of it: it may lie beside it, as an export that it names by its digest. A file that is
 * newer, damaged, or says what is not known is refused before anything.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { appNameProblem } from "../blueprints/app-name.ts";
import { canBeSeen } from "../blueprints/seen.ts";
import type { Thing } from "../stacks/deploy.ts";
import { snapshotFaults } from "./snapshot-errors.ts";

export const snapshotFormat = "freehold-snapshot/1";

/** In a folder with data: the snapshot, and the export of all there is. */
export const snapshotFile = "snapshot.json";
export const dataFolder = "data";

/** A line that shows nothing but itself. */
const line = z.string().max(1000).refine(canBeSeen, "has characters that cannot be seen");
const appName = line.refine((name) => appNameProblem(name) === undefined, "is no name of an app");
const cloudName = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const time = z.iso.datetime();
const plain = z.union([z.string(), z.number(), z.boolean()]);
const json: z.ZodType<Thing["inputs"][string]> = z.lazy(() =>
  z.union([plain, z.null(), z.array(json), z.record(z.string(), json)]),
);
const source = z.enum(["bundled", "folder", "catalog", "github"]);

const origin = z.strictObject({
  source,
  catalog: line.optional(),
  repository: line.optional(),
  repositoryId: z.number().optional(),
  commit: line.optional(),
  path: line.optional(),
  ref: line.optional(),
});

const override = z.strictObject({
  memory: line.optional(),
  timeout: line.optional(),
  environment: z.record(z.string(), z.string()).optional(),
});

const rules = z.strictObject({
  doors: z.record(line, z.strictObject({ public: z.boolean(), limit: line.optional() })).optional(),
  requests: z.number().optional(),
  withheld: z.array(line).optional(),
  given: z.array(line).optional(),
});

const app = z.strictObject({
  name: appName,
  state: z.enum(["running", "kept"]),
  blueprint: line,
  version: line,
  digest,
  ref: line,
  origin,
  settings: z.record(line, plain),
  functions: z.record(line, override),
  rules: rules.optional(),
  /** Names of those that are set. */
  secrets: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)),
});

const thing = z.strictObject({
  name: cloudName,
  state: z.enum(["running", "kept"]),
  shape: z.enum(["bucket", "table", "parameter", "function", "resource"]),
  kind: line,
  inputs: z.record(line, json),
  adopted: line.optional(),
});

const access = z.strictObject({
  keys: z.array(
    z.strictObject({ app: appName, name: line, routes: z.array(line), verbs: z.array(line), expires: time }),
  ),
  guests: z.array(z.strictObject({ app: appName, name: line, role: line, expires: time })),
});

const snapshot = z.strictObject({
  format: z.literal(snapshotFormat),
  /** Of all the rest. Somebody who changes the file takes the line out. */
  checksum: digest.optional(),
  freehold: line,
  at: time,
  cloud: z.strictObject({ name: cloudName, target: z.enum(["local", "aws"]), region: line, timeZone: line }),
  apps: z.array(app),
  things: z.array(thing),
  /** Missing where it could not be asked. */
  access: access.optional(),
  catalogs: z.array(z.strictObject({ name: line, ref: line })),
  /** By digest, what apps and things are made of: gzipped JSON, in base64. */
  code: z.record(digest, z.base64()),
  /** Of one with data: of the export's manifest, which names all the rest. */
  data: z.strictObject({ manifest: digest }).optional(),
});

export type Snapshot = z.infer<typeof snapshot>;
export type SnapshotApp = Snapshot["apps"][number];
export type SnapshotThing = Snapshot["things"][number];

const sha256 = (text: string | Buffer): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** What was typed, or the snapshot in the folder that was typed. */
export async function snapshotAt(at: string): Promise<string> {
  const folder = await stat(at).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return folder ? join(at, snapshotFile) : at;
}

/** Of a file, as a person says yes to it. */
export const snapshotDigest = (bytes: Buffer): string => sha256(bytes);

/** As the file has it, with its checksum. */
export function snapshotText(of: Omit<Snapshot, "format" | "checksum">): string {
  const body = { format: snapshotFormat, ...of };
  const { format, ...rest } = body;
  return `${JSON.stringify({ format, checksum: sha256(JSON.stringify(body)), ...rest }, null, 2)}\n`;
}

/** Throws `snapshot-broken`, `snapshot-newer`, `snapshot-unknown`. */
export function parseSnapshot(bytes: Buffer, at: string): Snapshot {
  const raw = jsonOf(bytes, at);
  const format = (raw as { format?: unknown } | null)?.format;
  const version = /^freehold-snapshot\/(\d{1,6})$/.exec(typeof format === "string" ? format : "")?.[1];
  if (version === undefined) throw snapshotFaults.notOne(at);
  if (Number(version) > 1) throw snapshotFaults.newer(at, version);
  const read = snapshot.safeParse(raw);
  if (!read.success) throw snapshotFaults.unknown(at, read.error.issues.slice(0, 5).map(issueWords));
  const { checksum, ...rest } = raw as Snapshot;
  if (checksum !== undefined && checksum !== sha256(JSON.stringify(rest))) throw snapshotFaults.changed(at);
  for (const [what, names] of [
    ["app", read.data.apps.map(({ name }) => name)],
    ["thing", read.data.things.map(({ name }) => name)],
  ] as const)
    if (new Set(names).size < names.length) throw snapshotFaults.unknown(at, [`the same ${what} is in it twice`]);
  return read.data;
}

function jsonOf(bytes: Buffer, at: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw snapshotFaults.notJson(at, cause);
  }
}

function issueWords({ path, message, ...issue }: z.core.$ZodIssue): string {
  const place = path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const unknown = (issue as z.core.$ZodIssueUnrecognizedKeys).keys;
    return unknown.map((key) => `${[place, key].filter(Boolean).join(".")} is not known`).join("; ");
  }
  return `${place}: ${message}`;
}
