/**
 * What the local cloud knows of functions: one JSON document a function in the store, all of them in memory, so that
 * an invocation reads no disk. Changes go through `change`, which is durable before it answers. Knows no protocol.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../store.ts";

export interface VersionRecord {
  /** `$LATEST` or a number. */
  version: string;
  runtime: string;
  handler: string;
  role: string;
  description: string;
  /** Of a published version that was given words of its own: those of $LATEST then. */
  descriptionBefore?: string;
  timeoutSeconds: number;
  memoryMb: number;
  ephemeralMb: number;
  /** Absent where nobody ever said one; empty where somebody did. */
  environment?: Record<string, string>;
  architectures: string[];
  tracingMode: string;
  logging: { format: "Text" | "JSON"; group: string; applicationLevel?: string; systemLevel?: string };
  /** SHA-256 of the zip, base64: AWS's CodeSha256; also names the stored zip and its extracted folder. */
  codeSha256: string;
  codeSizeBytes: number;
  /** In order: what a later one holds takes the place of an earlier one's. */
  layers?: LayerUse[];
  lastModified: string;
  revisionId: string;
  state: "Pending" | "Active" | "Failed";
  stateReason?: string;
  stateReasonCode?: string;
  /** Absent until it has been Active, or Failed to be. */
  lastUpdateStatus?: "Successful" | "InProgress" | "Failed";
  lastUpdateReason?: string;
  lastUpdateReasonCode?: string;
}

/** A layer's version as a function has it: deleting the version takes it from no function. */
export interface LayerUse {
  arn: string;
  codeSha256: string;
  codeSizeBytes: number;
}

export interface AliasRecord {
  name: string;
  version: string;
  description: string;
  weights: Record<string, number>;
  revisionId: string;
}

export interface UrlRecord {
  urlId: string;
  authType: "NONE" | "AWS_IAM";
  invokeMode: "BUFFERED" | "RESPONSE_STREAM";
  cors?: CorsRecord;
  created: string;
  modified: string;
}

export interface CorsRecord {
  AllowCredentials?: boolean;
  AllowHeaders?: string[];
  AllowMethods?: string[];
  AllowOrigins?: string[];
  ExposeHeaders?: string[];
  MaxAge?: number;
}

export interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Principal: string | Record<string, string>;
  Action: string;
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

export interface EventInvokeRecord {
  maximumRetryAttempts?: number;
  maximumEventAgeSeconds?: number;
  destinations: { OnSuccess?: { Destination?: string }; OnFailure?: { Destination?: string } };
  /** Seconds since 1970. */
  modified: number;
}

export interface ProvisionedRecord {
  requested: number;
  modified: string;
}

export interface FunctionRecord {
  name: string;
  arn: string;
  /** `$LATEST` and the published ones. */
  versions: Record<string, VersionRecord>;
  /** The number the next published version gets; never used twice. */
  nextVersion: number;
  aliases: Record<string, AliasRecord>;
  /** By qualifier; `$LATEST` for the unqualified. */
  urls: Record<string, UrlRecord>;
  policies: Record<string, { statements: PolicyStatement[] }>;
  eventInvoke: Record<string, EventInvokeRecord>;
  tags: Record<string, string>;
  reservedConcurrency?: number;
  /** By alias or published version. */
  provisioned?: Record<string, ProvisionedRecord>;
  recursiveLoop: "Terminate" | "Allow";
  updateRuntimeOn: Record<string, { updateOn: string; runtimeVersionArn?: string }>;
}

export const latest = "$LATEST";

const tables = [
  `CREATE TABLE lambda_functions (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE lambda_async (
     id TEXT PRIMARY KEY, function TEXT NOT NULL, qualifier TEXT NOT NULL, payload BLOB NOT NULL, trace TEXT NOT NULL,
     created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, errors INTEGER NOT NULL, throttles INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX lambda_async_due ON lambda_async (due_ms);`,
  "CREATE TABLE lambda_layers (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID",
  `CREATE TABLE lambda_mappings (uuid TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE lambda_positions (
     uuid TEXT NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (uuid, lane)) WITHOUT ROWID`,
];

export interface Functions {
  get(name: string): FunctionRecord | undefined;
  /** In order of name. */
  list(): FunctionRecord[];
  /** Writes a new function; `make` runs inside the transaction and sees whether one exists. */
  create(name: string, make: (existing: FunctionRecord | undefined) => FunctionRecord): Promise<FunctionRecord>;
  /** Changes one function inside the transaction; what `edit` returns is answered, what it throws undoes it. */
  change<T>(name: string, edit: (record: FunctionRecord) => T, missing: () => Error): Promise<T>;
  remove(name: string): Promise<void>;
  /** Called after every durable change, with the names that changed. */
  watch(listener: (name: string) => void): void;
}

export function openFunctions(store: Store): Functions {
  store.migrate("lambda", tables);
  const known = new Map<string, FunctionRecord>();
  for (const row of store.db.prepare("SELECT name, document FROM lambda_functions").all() as unknown as Row[])
    known.set(row.name, JSON.parse(row.document));
  const listeners: ((name: string) => void)[] = [];
  const settled = (name: string, record: FunctionRecord | undefined): void => {
    if (record) known.set(name, record);
    else known.delete(name);
    for (const listener of listeners) listener(name);
  };

  return {
    get: (name) => known.get(name),
    list: () => [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async create(name, make) {
      const record = await store.write((db) => {
        const made = make(read(db, name));
        save(db, made);
        return made;
      });
      settled(name, record);
      return record;
    },
    async change(name, edit, missing) {
      const { record, answer } = await store.write((db) => {
        const record = read(db, name);
        if (!record) throw missing();
        const answer = edit(record);
        save(db, record);
        return { record, answer };
      });
      settled(name, record);
      return answer;
    },
    async remove(name) {
      await store.write((db) => {
        db.prepare("DELETE FROM lambda_functions WHERE name = ?").run(name);
        db.prepare("DELETE FROM lambda_async WHERE function = ?").run(name);
      });
      settled(name, undefined);
    },
    watch: (listener) => void listeners.push(listener),
  };
}

interface Row {
  name: string;
  document: string;
}

function read(db: DatabaseSync, name: string): FunctionRecord | undefined {
  const row = db.prepare("SELECT document FROM lambda_functions WHERE name = ?").get(name) as Row | undefined;
  return row && (JSON.parse(row.document) as FunctionRecord);
}

function save(db: DatabaseSync, record: FunctionRecord): void {
  db.prepare("INSERT OR REPLACE INTO lambda_functions (name, document) VALUES (?, ?)").run(
    record.name,
    JSON.stringify(record),
  );
}
