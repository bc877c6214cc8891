/** Access keys of users: at most two each, of which the active ones sign calls. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { Call, KeyRing, LocalCloud } from "../service.ts";
import { entityNamed } from "./entities.ts";
import { errors } from "./errors.ts";
import type { LastUsed } from "./last-used.ts";
import { paged } from "./tables.ts";
import { userNameOf } from "./users.ts";

const maxKeys = 2;

interface KeyRow {
  id: string;
  user: string;
  secret: string;
  status: "Active" | "Inactive";
  created: number;
}

function keysOf(db: DatabaseSync, user: string): KeyRow[] {
  return db.prepare("SELECT * FROM iam_access_keys WHERE user = ? ORDER BY id").all(user) as unknown as KeyRow[];
}

const keyXml = (userName: string, row: KeyRow): { [name: string]: XmlValue } => ({
  UserName: userName,
  AccessKeyId: row.id,
  Status: row.status,
  CreateDate: new Date(row.created),
});

export function accessKeyOperations(cloud: LocalCloud, lastUsed: LastUsed): Record<string, QueryOperation> {
  const { store, clock } = cloud;
  /** Of the named user, or of whoever signed the call. */
  const userOf = (input: { UserName?: string }, call: Call) => entityNamed(store.db, "user", userNameOf(input, call));
  const change = (user: string, key: string, sql: string, ...values: string[]): Promise<void> =>
    store.write((db) => {
      const done = db.prepare(sql).run(...values, key, user);
      if (Number(done.changes) === 0) throw errors.noSuchKey(key);
    });
  return {
    async CreateAccessKey(input, call) {
      const user = userOf(input, call);
      const row: KeyRow = {
        id: uniqueId("AKIA", 16),
        user: user.id,
        secret: randomBytes(30).toString("base64"),
        status: "Active",
        created: clock.now(),
      };
      await store.write((db) => {
        entityNamed(db, "user", user.name);
        if (keysOf(db, user.id).length >= maxKeys)
          throw errors.limit(`Cannot exceed quota for AccessKeysPerUser: ${maxKeys}`);
        db.prepare("INSERT INTO iam_access_keys (id, user, secret, status, created) VALUES (?, ?, ?, ?, ?)").run(
          row.id,
          row.user,
          row.secret,
          row.status,
          row.created,
        );
      });
      return { AccessKey: { ...keyXml(user.name, row), SecretAccessKey: row.secret } };
    },
    ListAccessKeys(input, call) {
      const user = userOf(input, call);
      const { page, ...marks } = paged(keysOf(store.db, user.id), (row) => row.id, input);
      return { UserName: user.name, AccessKeyMetadata: page.map((row) => keyXml(user.name, row)), ...marks };
    },
    async UpdateAccessKey(input, call) {
      // A state of keys that AWS's own services let expire; nobody can set it.
      if (input.Status === "Expired") throw errors.invalidInput("Status Expired cannot be set.");
      const { id } = userOf(input, call);
      await change(
        id,
        input.AccessKeyId,
        "UPDATE iam_access_keys SET status = ? WHERE id = ? AND user = ?",
        input.Status,
      );
      return undefined;
    },
    async DeleteAccessKey(input, call) {
      const { id } = userOf(input, call);
      await change(id, input.AccessKeyId, "DELETE FROM iam_access_keys WHERE id = ? AND user = ?");
      return undefined;
    },
    GetAccessKeyLastUsed(input, call) {
      const row = store.db
        .prepare("SELECT u.name FROM iam_access_keys k JOIN iam_users u ON u.id = k.user WHERE k.id = ?")
        .get(input.AccessKeyId) as { name: string } | undefined;
      // Whether there is such a key is told to nobody.
      if (!row) throw errors.strangeKey(call.caller?.arn ?? "", input.AccessKeyId);
      const used = lastUsed.of(input.AccessKeyId);
      return {
        UserName: row.name,
        AccessKeyLastUsed: {
          LastUsedDate: used ? new Date(used.at) : undefined,
          ServiceName: used?.service ?? "N/A",
          Region: used?.region ?? "N/A",
        },
      };
    },
  };
}

/** Keys that are active; AWS tells an inactive one as little as one that does not exist. */
export function accessKeyRing({ store, options }: LocalCloud): KeyRing {
  const statement = store.db.prepare(
    "SELECT k.secret, u.id, u.arn FROM iam_access_keys k JOIN iam_users u ON u.id = k.user WHERE k.id = ? AND k.status = 'Active'",
  );
  return {
    find(accessKeyId) {
      if (!accessKeyId.startsWith("AKIA")) return null;
      const row = statement.get(accessKeyId) as { secret: string; id: string; arn: string } | undefined;
      if (!row) return null;
      const { accountId } = options;
      return { secretAccessKey: row.secret, caller: { accessKeyId, accountId, arn: row.arn, userId: row.id } };
    },
  };
}
