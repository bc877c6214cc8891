/** Log groups and streams: create, describe, delete, retention, tags. */
import type { DatabaseSync } from "node:sqlite";
import type { JsonOperation } from "../protocols/aws-json.ts";
import type { LocalCloud } from "../service.ts";
import {
  groupExists,
  invalid,
  noGroup,
  noResource,
  noStream,
  notServed,
  protectedGroup,
  streamExists,
} from "./errors.ts";
import { addStream, type EventLog, idOf } from "./events.ts";
import { parseRegex } from "./patterns/regex.ts";

export interface GroupRow {
  id: number;
  name: string;
  created_ms: number;
  retention_days: number | null;
  class: string;
  tags: string;
  protected: number;
  stored_bytes: number;
}

const retentions = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

export function groupOperations(cloud: LocalCloud, log: Pick<EventLog, "flush">): Record<string, JsonOperation> {
  const { store, clock } = cloud;
  return {
    CreateLogGroup: (input) => {
      const { logGroupName: name, tags = {}, logGroupClass = "STANDARD" } = input;
      checkTags(tags);
      if (!["STANDARD", "INFREQUENT_ACCESS"].includes(logGroupClass)) throw notServed(`logGroupClass ${logGroupClass}`);
      return store.write((db) => {
        if (idOf(db, "SELECT id FROM logs_groups WHERE name = ?", name) !== null) throw groupExists();
        db.prepare("INSERT INTO logs_groups VALUES (NULL, ?, ?, NULL, ?, ?, ?, 0)").run(
          ...[name, clock.now(), logGroupClass, JSON.stringify(tags), input.deletionProtectionEnabled ? 1 : 0],
        );
      });
    },
    DeleteLogGroup: async ({ logGroupName }) => {
      // Lines that were written before go with the group; written after it they would make it again.
      await log.flush();
      await store.write((db) => {
        const group = findGroup(db, logGroupName);
        if (group.protected) throw protectedGroup();
        db.prepare("DELETE FROM logs_groups WHERE id = ?").run(group.id);
        db.prepare("DELETE FROM logs_streams WHERE group_id = ?").run(group.id);
        db.prepare("INSERT OR IGNORE INTO logs_garbage VALUES ('group', ?)").run(group.id);
      });
    },
    DescribeLogGroups: (input) => describeGroups(cloud, input),
    ListLogGroups: (input) => listGroups(cloud, input),
    PutRetentionPolicy: ({ logGroupName, retentionInDays }) => {
      if (!retentions.includes(retentionInDays))
        throw invalid(
          `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(", ")}]`,
        );
      return setColumn(cloud, logGroupName, "retention_days", retentionInDays);
    },
    DeleteRetentionPolicy: ({ logGroupName }) => setColumn(cloud, logGroupName, "retention_days", null),
    PutLogGroupDeletionProtection: ({ logGroupIdentifier, deletionProtectionEnabled }) =>
      setColumn(cloud, logGroupIdentifier, "protected", deletionProtectionEnabled ? 1 : 0),
    ...tagOperations(cloud),
    ...streamOperations(cloud),
  };
}

function checkTags(tags: Record<string, unknown>): void {
  if (Object.keys(tags).length > 50) throw invalid("A resource can have at most 50 tags.");
  for (const [key, value] of Object.entries(tags))
    if (key === "" || key.length > 128 || typeof value !== "string" || value.length > 256)
      throw invalid(`The tag ${key.slice(0, 128)} is not valid.`);
}

export function groupArn(cloud: LocalCloud, name: string): string {
  return `arn:aws:logs:${cloud.options.region}:${cloud.options.accountId}:log-group:${name}`;
}

/** By name or by ARN, with or without the `:*` AWS puts behind. */
export function findGroup(db: DatabaseSync, identifier: unknown): GroupRow {
  if (typeof identifier !== "string" || identifier === "") throw invalid("A log group must be named.");
  const name = identifier.startsWith("arn:")
    ? identifier.split(":").slice(6).join(":").replace(/:\*$/, "")
    : identifier;
  const row = db.prepare("SELECT * FROM logs_groups WHERE name = ?").get(name) as GroupRow | undefined;
  if (!row) throw noGroup();
  return row;
}

function setColumn(
  cloud: LocalCloud,
  identifier: unknown,
  column: "retention_days" | "protected" | "tags",
  value: string | number | null,
): Promise<void> {
  return cloud.store.write((db) => {
    const { id } = findGroup(db, identifier);
    db.prepare(`UPDATE logs_groups SET ${column} = ? WHERE id = ?`).run(value, id);
  });
}

function tagOperations(cloud: LocalCloud): Record<string, JsonOperation> {
  const change = (identifier: unknown, edit: (tags: Record<string, string>) => Record<string, string>): Promise<void> =>
    cloud.store.write((db) => {
      const group = findTagged(db, identifier);
      const tags = edit(JSON.parse(group.tags));
      checkTags(tags);
      db.prepare("UPDATE logs_groups SET tags = ? WHERE id = ?").run(JSON.stringify(tags), group.id);
    });
  const add = (identifier: unknown, tags: Record<string, string> = {}): Promise<void> =>
    change(identifier, (before) => ({ ...before, ...tags }));
  const drop = (identifier: unknown, keys: string[] = []): Promise<void> =>
    change(identifier, (before) => Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key))));
  const read = (identifier: unknown): unknown => ({ tags: JSON.parse(findTagged(cloud.store.db, identifier).tags) });
  return {
    TagResource: ({ resourceArn, tags }) => add(resourceArn, tags),
    UntagResource: ({ resourceArn, tagKeys }) => drop(resourceArn, tagKeys),
    ListTagsForResource: ({ resourceArn }) => read(resourceArn),
    TagLogGroup: ({ logGroupName, tags }) => add(logGroupName, tags),
    UntagLogGroup: ({ logGroupName, tags }) => drop(logGroupName, tags),
    ListTagsLogGroup: ({ logGroupName }) => read(logGroupName),
  };
}

function findTagged(db: DatabaseSync, identifier: unknown): GroupRow {
  if (typeof identifier === "string" && identifier.startsWith("arn:") && !identifier.includes(":log-group:"))
    throw noResource();
  return findGroup(db, identifier);
}

function describeGroups(cloud: LocalCloud, input: any): unknown {
  const {
    logGroupNamePrefix: prefix = "",
    logGroupNamePattern: pattern,
    logGroupIdentifiers: named,
    logGroupClass,
    nextToken,
  } = input;
  if (prefix && pattern)
    throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  const { limit = 50 } = input;
  const wanted = named?.map((one: string) => findGroup(cloud.store.db, one).name) as string[] | undefined;
  const rows = cloud.store.db
    .prepare("SELECT * FROM logs_groups WHERE name > ? AND substr(name, 1, length(?)) = ? ORDER BY name")
    .all(nextToken ?? "", prefix, prefix) as unknown as GroupRow[];
  const found = rows.filter(
    ({ name, ...row }) =>
      (!pattern || name.toLowerCase().includes(pattern.toLowerCase())) &&
      (!wanted || wanted.includes(name)) &&
      (!logGroupClass || logGroupClass === row.class),
  );
  const page = found.slice(0, limit);
  return {
    logGroups: page.map((row) => ({
      logGroupName: row.name,
      creationTime: row.created_ms,
      ...(row.retention_days !== null && { retentionInDays: row.retention_days }),
      metricFilterCount: 0,
      arn: `${groupArn(cloud, row.name)}:*`,
      storedBytes: row.stored_bytes,
      logGroupClass: row.class,
      logGroupArn: groupArn(cloud, row.name),
      deletionProtectionEnabled: row.protected === 1,
    })),
    ...(found.length > limit && { nextToken: page.at(-1)!.name }),
  };
}

/** Names and classes only; the pattern is one of the regular expressions that filter patterns have. */
function listGroups(cloud: LocalCloud, input: any): unknown {
  const { logGroupNamePattern: pattern, logGroupClass, limit = 50, nextToken = "" } = input;
  const fits = pattern === undefined ? () => true : parseRegex(pattern);
  const rows = cloud.store.db
    .prepare("SELECT * FROM logs_groups WHERE name > ? ORDER BY name")
    .all(nextToken) as unknown as GroupRow[];
  const found = rows.filter((row) => fits(row.name) && (!logGroupClass || logGroupClass === row.class));
  const page = found.slice(0, limit);
  return {
    logGroups: page.map(({ name, class: of }) => ({
      ...{ logGroupName: name, logGroupArn: groupArn(cloud, name), logGroupClass: of },
    })),
    ...(found.length > limit && { nextToken: page.at(-1)!.name }),
  };
}

function streamOperations(cloud: LocalCloud): Record<string, JsonOperation> {
  const { store, clock } = cloud;
  return {
    CreateLogStream: ({ logGroupName, logStreamName }) =>
      store.write((db) => {
        const { id } = findGroup(db, logGroupName);
        if (idOf(db, "SELECT id FROM logs_streams WHERE group_id = ? AND name = ?", id, logStreamName) !== null)
          throw streamExists();
        addStream(db, id, logStreamName, clock.now());
      }),
    DeleteLogStream: ({ logGroupName, logStreamName }) =>
      store.write((db) => {
        const id = findStream(db, findGroup(db, logGroupName).id, logStreamName);
        db.prepare("DELETE FROM logs_streams WHERE id = ?").run(id);
        db.prepare("INSERT OR IGNORE INTO logs_garbage VALUES ('stream', ?)").run(id);
      }),
    DescribeLogStreams: (input) => describeStreams(cloud, input),
  };
}

export function findStream(db: DatabaseSync, groupId: number, name: unknown): number {
  const id = idOf(db, "SELECT id FROM logs_streams WHERE group_id = ? AND name = ?", groupId, String(name));
  if (id === null) throw noStream();
  return id;
}

interface StreamRow {
  name: string;
  created_ms: number;
  first_ms: number | null;
  last_ms: number | null;
  ingested_ms: number | null;
}

function describeStreams(cloud: LocalCloud, input: any): unknown {
  const group = findGroup(cloud.store.db, input.logGroupIdentifier ?? input.logGroupName);
  const { logStreamNamePrefix: prefix = "", orderBy = "LogStreamName", descending = false, nextToken } = input;
  if (prefix && orderBy === "LastEventTime") throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const { limit = 50 } = input;
  const start = Number(nextToken ?? 0) || 0;
  const order = orderBy === "LastEventTime" ? "coalesce(last_ms, created_ms)" : "name";
  const rows = cloud.store.db
    .prepare(
      `SELECT * FROM logs_streams WHERE group_id = ? AND substr(name, 1, length(?)) = ?
         ORDER BY ${order} ${descending ? "DESC" : "ASC"}, id LIMIT ? OFFSET ?`,
    )
    .all(group.id, prefix, prefix, limit + 1, start) as unknown as StreamRow[];
  return {
    logStreams: rows.slice(0, limit).map((row) => ({
      logStreamName: row.name,
      creationTime: row.created_ms,
      ...(row.first_ms !== null && {
        ...{ firstEventTimestamp: row.first_ms, lastEventTimestamp: row.last_ms, lastIngestionTime: row.ingested_ms },
      }),
      uploadSequenceToken: "49039859582149517155516105945473",
      arn: `${groupArn(cloud, group.name)}:log-stream:${row.name}`,
      storedBytes: 0,
    })),
    ...(rows.length > limit && { nextToken: String(start + limit) }),
  };
}
