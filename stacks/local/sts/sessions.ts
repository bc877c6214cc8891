/** Sessions: temporary keys with who they are and what STS wrote down of them; kept in the store until they ended. */
import { randomBytes } from "node:crypto";
import { uniqueId } from "../ids.ts";
import type { KeyRing, LocalCloud, SessionCredentials, SessionFacts } from "../service.ts";

export const migrations = [
  `CREATE TABLE sts_sessions (
     accessKeyId TEXT PRIMARY KEY, secretAccessKey TEXT NOT NULL, sessionToken TEXT NOT NULL, expiresAt INTEGER NOT NULL,
     arn TEXT NOT NULL, userId TEXT NOT NULL, roleArn TEXT
   ) WITHOUT ROWID;
   CREATE INDEX sts_sessions_expiry ON sts_sessions (expiresAt);`,
  // JSON: SessionFacts. Sessions of before have few hours to live, and no policies.
  "ALTER TABLE sts_sessions ADD COLUMN facts TEXT",
];

export interface Identity {
  arn: string;
  userId: string;
  roleArn?: string;
}

export interface Session extends SessionCredentials {
  identity: Identity;
  facts: SessionFacts;
}

export type Made = { session: Session; durable: Promise<void> };

export class Sessions {
  readonly #cloud: LocalCloud;
  /** What was made or asked for since the start: usable before its row is on disk. */
  readonly #recent = new Map<string, Session>();

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud;
  }

  add(identity: Identity, seconds: number, facts: Omit<SessionFacts, "issuedAt">): Made {
    const now = this.#cloud.clock.now();
    const session: Session = {
      identity,
      facts: { ...facts, issuedAt: now },
      accessKeyId: uniqueId("ASIA", 16),
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(96).toString("base64"),
      expiresAt: now + seconds * 1000,
    };
    this.#recent.set(session.accessKeyId, session);
    const durable = this.#cloud.store.write((db) => {
      db.prepare(
        "INSERT INTO sts_sessions (accessKeyId, secretAccessKey, sessionToken, expiresAt, arn, userId, roleArn, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ).run(
        ...[session.accessKeyId, session.secretAccessKey, session.sessionToken, session.expiresAt],
        ...[identity.arn, identity.userId, identity.roleArn ?? null, JSON.stringify(session.facts)],
      );
    });
    // Functions get theirs without waiting; a session that is lost with the process is lost with its function.
    durable.catch((error: Error) => this.#cloud.log(`sts: a session was not stored: ${error.message}`));
    return { session, durable };
  }

  find(accessKeyId: string): ReturnType<KeyRing["find"]> {
    const session = this.#recent.get(accessKeyId) ?? this.#load(accessKeyId);
    if (!session) return null;
    const { secretAccessKey, sessionToken, expiresAt, identity, facts } = session;
    const { accountId } = this.#cloud.options;
    return {
      ...{ secretAccessKey, sessionToken, expiresAt },
      caller: { accessKeyId, accountId, ...identity, session: facts },
    };
  }

  #load(accessKeyId: string): Session | undefined {
    const row = this.#cloud.store.db.prepare("SELECT * FROM sts_sessions WHERE accessKeyId = ?").get(accessKeyId);
    if (!row) return undefined;
    const { arn, userId, roleArn, facts, ...keys } = row as any;
    const before = { kind: roleArn ? "role" : "session-token", issuedAt: 0 };
    const session: Session = {
      ...keys,
      identity: { arn, userId, ...(roleArn ? { roleArn } : {}) },
      facts: facts === null ? before : JSON.parse(facts),
    };
    this.#recent.set(accessKeyId, session);
    return session;
  }

  /** Expired a day ago: nobody asks for those any more, not even to be told that they expired. */
  sweep(): void {
    const before = this.#cloud.clock.now() - 86_400_000;
    for (const [id, { expiresAt }] of this.#recent) if (expiresAt < before) this.#recent.delete(id);
    this.#cloud.store
      .write((db) => db.prepare("DELETE FROM sts_sessions WHERE expiresAt < ?").run(before))
      .catch((error: Error) => this.#cloud.log(`sts: sweep failed: ${error.message}`));
  }
}

export const credentialsXml = (session: Session) => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.sessionToken,
  Expiration: new Date(session.expiresAt),
});
