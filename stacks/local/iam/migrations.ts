/** IAM's tables, kept for ever: a change is one more at the end. */
export const migrations = [
  `CREATE TABLE iam_roles (
     name TEXT PRIMARY KEY COLLATE NOCASE, id TEXT NOT NULL, path TEXT NOT NULL, arn TEXT NOT NULL UNIQUE,
     trust TEXT NOT NULL, description TEXT, maxSession INTEGER NOT NULL, boundary TEXT,
     tags TEXT NOT NULL, created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_role_policies (
     role TEXT NOT NULL COLLATE NOCASE REFERENCES iam_roles(name), name TEXT NOT NULL, document TEXT NOT NULL,
     PRIMARY KEY (role, name)
   ) WITHOUT ROWID;
   CREATE TABLE iam_policies (
     arn TEXT PRIMARY KEY, name TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, description TEXT,
     defaultVersion TEXT NOT NULL, nextVersion INTEGER NOT NULL, tags TEXT NOT NULL,
     created INTEGER NOT NULL, updated INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_policy_versions (
     arn TEXT NOT NULL REFERENCES iam_policies(arn), version TEXT NOT NULL, document TEXT NOT NULL, created INTEGER NOT NULL,
     PRIMARY KEY (arn, version)
   ) WITHOUT ROWID;
   CREATE TABLE iam_attachments (
     role TEXT NOT NULL COLLATE NOCASE REFERENCES iam_roles(name), arn TEXT NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (role, arn)
   ) WITHOUT ROWID;`,
  // Users and groups. What belongs to an entity is kept by its id, so that a new name changes one row.
  `CREATE TABLE iam_users (
     name TEXT PRIMARY KEY COLLATE NOCASE, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, arn TEXT NOT NULL UNIQUE,
     boundary TEXT, tags TEXT NOT NULL, created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_groups (
     name TEXT PRIMARY KEY COLLATE NOCASE, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, arn TEXT NOT NULL UNIQUE,
     created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_members (
     user TEXT NOT NULL REFERENCES iam_users(id), "group" TEXT NOT NULL REFERENCES iam_groups(id),
     PRIMARY KEY (user, "group")
   ) WITHOUT ROWID;
   CREATE TABLE iam_access_keys (
     id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES iam_users(id), secret TEXT NOT NULL, status TEXT NOT NULL,
     created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_last_used (
     id TEXT PRIMARY KEY, at INTEGER NOT NULL, service TEXT NOT NULL, region TEXT NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_inline_policies (
     owner TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner, name)
   ) WITHOUT ROWID;
   CREATE TABLE iam_attached_policies (
     owner TEXT NOT NULL, arn TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (owner, arn)
   ) WITHOUT ROWID;
   CREATE INDEX iam_attached_by_policy ON iam_attached_policies (arn);
   INSERT INTO iam_inline_policies SELECT r.id, p.name, p.document FROM iam_role_policies p JOIN iam_roles r ON r.name = p.role;
   INSERT INTO iam_attached_policies SELECT r.id, a.arn, a.name FROM iam_attachments a JOIN iam_roles r ON r.name = a.role;
   DROP TABLE iam_role_policies;
   DROP TABLE iam_attachments;
   CREATE TABLE iam_oidc_providers (
     arn TEXT PRIMARY KEY, url TEXT NOT NULL, clients TEXT NOT NULL, thumbprints TEXT NOT NULL, tags TEXT NOT NULL,
     created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_account_aliases (alias TEXT PRIMARY KEY) WITHOUT ROWID;`,
];
