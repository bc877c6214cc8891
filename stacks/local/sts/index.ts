/**
 * STS of the local cloud: who signed, and session credentials of roles. A role may be assumed by any caller of this
 * cloud; trust policies are checked for Lambda only (docs/local-cloud.md).
 */
import { randomBytes } from "node:crypto";
import { findRole } from "../iam/tables.ts";
import { uniqueId } from "../ids.ts";
import { queryService } from "../protocols/aws-query.ts";
import {
  type Caller,
  type LocalCloud,
  ServiceError,
  type ServiceFactory,
  type SessionCredentials,
} from "../service.ts";
import { stsAccess } from "./access.ts";
import { manners } from "./manners.ts";

const migrations = [
  `CREATE TABLE sts_sessions (
     accessKeyId TEXT PRIMARY KEY, secretAccessKey TEXT NOT NULL, sessionToken TEXT NOT NULL, expiresAt INTEGER NOT NULL,
     arn TEXT NOT NULL, userId TEXT NOT NULL, roleArn TEXT
   ) WITHOUT ROWID;
   CREATE INDEX sts_sessions_expiry ON sts_sessions (expiresAt);`,
];

interface Session extends SessionCredentials {
  arn: string;
  userId: string;
  roleArn: string | null;
}

export const createStsService: ServiceFactory = (cloud) => {
  cloud.store.migrate("sts", migrations);
  const sessions = new Sessions(cloud);
  cloud.keyRing.add({ find: (accessKeyId) => sessions.find(accessKeyId) });
  cloud.peers.assumeRole = (roleArn, sessionName, seconds) => sessions.ofRole(roleArn, sessionName, seconds).session;
  return {
    ...queryService(cloud, {
      name: "sts",
      namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      version: "2011-06-15",
      manners,
      access: stsAccess(cloud),
      operations: {
        GetCallerIdentity(_input, { caller, accountId }) {
          if (!caller)
            throw new ServiceError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
          return { Arn: caller.arn, UserId: caller.userId, Account: accountId };
        },
        async AssumeRole(input) {
          const { RoleArn, RoleSessionName } = input;
          const { session, durable } = sessions.ofRole(RoleArn, RoleSessionName, duration(input.DurationSeconds, 3600));
          await durable;
          return {
            Credentials: credentialsXml(session),
            AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
          };
        },
        async GetSessionToken(input, { caller }) {
          if (!caller)
            throw new ServiceError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
          if (caller.roleArn)
            throw new ServiceError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
          const { session, durable } = sessions.add(
            { arn: caller.arn, userId: caller.userId, roleArn: null },
            duration(input.DurationSeconds, 43_200),
          );
          await durable;
          return { Credentials: credentialsXml(session) };
        },
        GetAccessKeyInfo: (_input, { accountId }) => ({ Account: accountId }),
      },
    }),
    start: () => sessions.sweep(),
  };
};

class Sessions {
  readonly #cloud: LocalCloud;
  /** What was made since the start: usable before its row is on disk. */
  readonly #recent = new Map<string, Session>();

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud;
  }

  ofRole(roleArn: string, sessionName: string, seconds: number): { session: Session; durable: Promise<void> } {
    const { store, options } = this.#cloud;
    const role = findRole(store.db, roleArn.split("/").at(-1) ?? "");
    if (!role || role.arn !== roleArn)
      throw new ServiceError(
        "AccessDenied",
        403,
        `User: arn:aws:iam::${options.accountId}:root is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      );
    const arn = `arn:aws:sts::${options.accountId}:assumed-role/${role.name}/${sessionName}`;
    return this.add({ arn, userId: `${role.id}:${sessionName}`, roleArn }, seconds);
  }

  add(
    who: { arn: string; userId: string; roleArn: string | null },
    seconds: number,
  ): { session: Session; durable: Promise<void> } {
    const session: Session = {
      ...who,
      accessKeyId: uniqueId("ASIA", 16),
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(96).toString("base64"),
      expiresAt: this.#cloud.clock.now() + seconds * 1000,
    };
    this.#recent.set(session.accessKeyId, session);
    const durable = this.#cloud.store.write((db) => {
      db.prepare(
        "INSERT INTO sts_sessions (accessKeyId, secretAccessKey, sessionToken, expiresAt, arn, userId, roleArn) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ).run(
        session.accessKeyId,
        session.secretAccessKey,
        session.sessionToken,
        session.expiresAt,
        session.arn,
        session.userId,
        session.roleArn,
      );
    });
    // Functions get theirs without waiting; a session that is lost with the process is lost with its function.
    durable.catch((error: Error) => this.#cloud.log(`sts: a session was not stored: ${error.message}`));
    return { session, durable };
  }

  find(
    accessKeyId: string,
  ): { secretAccessKey: string; sessionToken: string; expiresAt: number; caller: Caller } | null {
    const session = this.#recent.get(accessKeyId) ?? this.#load(accessKeyId);
    if (!session) return null;
    const { secretAccessKey, sessionToken, expiresAt, arn, userId, roleArn } = session;
    const caller = {
      accessKeyId,
      accountId: this.#cloud.options.accountId,
      arn,
      userId,
      ...(roleArn ? { roleArn } : {}),
    };
    return { secretAccessKey, sessionToken, expiresAt, caller };
  }

  #load(accessKeyId: string): Session | undefined {
    const row = this.#cloud.store.db
      .prepare("SELECT * FROM sts_sessions WHERE accessKeyId = ?")
      .get(accessKeyId) as unknown as Session | undefined;
    if (row) this.#recent.set(accessKeyId, row);
    return row;
  }

  /** Expired a day ago: nobody asks for those any more, not even to be told that they expired. */
  sweep(): void {
    const before = this.#cloud.clock.now() - 86_400_000;
    this.#cloud.store
      .write((db) => db.prepare("DELETE FROM sts_sessions WHERE expiresAt < ?").run(before))
      .catch((error: Error) => this.#cloud.log(`sts: sweep failed: ${error.message}`));
  }
}

function duration(value: string | undefined, defaultSeconds: number): number {
  const seconds = Number(value ?? defaultSeconds);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 129_600)
    throw invalid(
      `Value '${value}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
    );
  return seconds;
}

const invalid = (text: string): ServiceError =>
  new ServiceError("ValidationError", 400, `1 validation error detected: ${text}`);

const credentialsXml = (session: Session) => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.sessionToken,
  Expiration: new Date(session.expiresAt),
});
