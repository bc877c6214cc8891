/** Inline policies of roles, managed policies with their versions, and who they are attached to. */

import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { isAwsManaged } from "./aws-managed.ts";
import { checkDocument } from "./documents.ts";
import { errors, matching, required } from "./errors.ts";
import { uniqueId } from "./ids.ts";
import { checkedPath } from "./roles.ts";
import { type PolicyRow, paged, policyOf, roleNamed, type VersionRow } from "./tables.ts";
import { mergeTags, readTags, type Tag } from "./tags.ts";

const maxInlineBytes = 10_240;
const maxManagedBytes = 6_144;

/** White space does not count towards the limits. */
const sizeOf = (document: string): number => document.replace(/\s/g, "").length;

export function inlineOperations({ store }: LocalCloud): Record<string, QueryOperation> {
  return {
    async PutRolePolicy(input) {
      required(input, "RoleName", "PolicyName", "PolicyDocument");
      matching("policyName", input.PolicyName, /^[\w+=,.@-]+$/, "[\\w+=,.@-]+", 128);
      checkDocument(input.PolicyDocument, "identity");
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        const others = db
          .prepare("SELECT document FROM iam_role_policies WHERE role = ? AND name <> ?")
          .all(name, input.PolicyName) as { document: string }[];
        const total = others.reduce((sum, { document }) => sum + sizeOf(document), sizeOf(input.PolicyDocument));
        if (total > maxInlineBytes)
          throw errors.limit(`Maximum policy size of ${maxInlineBytes} bytes exceeded for role ${name}`);
        db.prepare("INSERT OR REPLACE INTO iam_role_policies (role, name, document) VALUES (?, ?, ?)").run(
          name,
          input.PolicyName,
          input.PolicyDocument,
        );
      });
      return undefined;
    },
    GetRolePolicy(input) {
      required(input, "RoleName", "PolicyName");
      const { name } = roleNamed(store.db, input.RoleName);
      const row = store.db
        .prepare("SELECT document FROM iam_role_policies WHERE role = ? AND name = ?")
        .get(name, input.PolicyName) as { document: string } | undefined;
      if (!row) throw errors.noSuchRolePolicy(input.PolicyName);
      return { RoleName: name, PolicyName: input.PolicyName, PolicyDocument: encodeURIComponent(row.document) };
    },
    async DeleteRolePolicy(input) {
      required(input, "RoleName", "PolicyName");
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        const done = db
          .prepare("DELETE FROM iam_role_policies WHERE role = ? AND name = ?")
          .run(name, input.PolicyName);
        if (Number(done.changes) === 0) throw errors.noSuchRolePolicy(input.PolicyName);
      });
      return undefined;
    },
    ListRolePolicies(input) {
      required(input, "RoleName");
      const { name } = roleNamed(store.db, input.RoleName);
      const rows = store.db.prepare("SELECT name FROM iam_role_policies WHERE role = ? ORDER BY name").all(name) as {
        name: string;
      }[];
      const { page, ...marks } = paged(rows, (row) => row.name, input);
      return { PolicyNames: page.map((row) => row.name), ...marks };
    },
  };
}

export function attachmentOperations({ store }: LocalCloud): Record<string, QueryOperation> {
  return {
    async AttachRolePolicy(input) {
      required(input, "RoleName", "PolicyArn");
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        const known = db.prepare("SELECT name FROM iam_policies WHERE arn = ?").get(input.PolicyArn) as
          | { name: string }
          | undefined;
        if (!known && !isAwsManaged(input.PolicyArn)) throw errors.notAttachable(input.PolicyArn);
        const policy = known?.name ?? input.PolicyArn.split("/").at(-1);
        db.prepare("INSERT OR IGNORE INTO iam_attachments (role, arn, name) VALUES (?, ?, ?)").run(
          name,
          input.PolicyArn,
          policy,
        );
        const { count } = db.prepare("SELECT count(*) AS count FROM iam_attachments WHERE role = ?").get(name) as {
          count: number;
        };
        if (count > 10) throw errors.limit("Cannot exceed quota for PoliciesPerRole: 10");
      });
      return undefined;
    },
    async DetachRolePolicy(input) {
      required(input, "RoleName", "PolicyArn");
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        const done = db.prepare("DELETE FROM iam_attachments WHERE role = ? AND arn = ?").run(name, input.PolicyArn);
        if (Number(done.changes) === 0) throw errors.notAttached(input.PolicyArn);
      });
      return undefined;
    },
    ListAttachedRolePolicies(input) {
      required(input, "RoleName");
      const { name } = roleNamed(store.db, input.RoleName);
      const rows = store.db.prepare("SELECT arn, name FROM iam_attachments WHERE role = ? ORDER BY arn").all(name) as {
        arn: string;
        name: string;
      }[];
      const { page, ...marks } = paged(rows, (row) => row.arn, input);
      return { AttachedPolicies: page.map((row) => ({ PolicyName: row.name, PolicyArn: row.arn })), ...marks };
    },
    ListEntitiesForPolicy(input) {
      required(input, "PolicyArn");
      if (!isAwsManaged(input.PolicyArn)) policyOf(store.db, input.PolicyArn);
      const rows = store.db
        .prepare(
          "SELECT r.name, r.id FROM iam_attachments a JOIN iam_roles r ON r.name = a.role WHERE a.arn = ? ORDER BY r.name",
        )
        .all(input.PolicyArn) as { name: string; id: string }[];
      return {
        PolicyGroups: [],
        PolicyUsers: [],
        PolicyRoles: rows.map((row) => ({ RoleName: row.name, RoleId: row.id })),
        IsTruncated: false,
      };
    },
  };
}

export function managedOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, clock, options } = cloud;
  const xml = (row: PolicyRow): XmlValue => policyXml(cloud, row);
  return {
    async CreatePolicy(input) {
      required(input, "PolicyName", "PolicyDocument");
      matching("policyName", input.PolicyName, /^[\w+=,.@-]+$/, "[\\w+=,.@-]+", 128);
      checkManaged(input.PolicyDocument);
      const path = checkedPath(input.Path);
      const now = clock.now();
      const arn = `arn:aws:iam::${options.accountId}:policy${path}${input.PolicyName}`;
      const tags = JSON.stringify(readTags(input.Tags));
      await store.write((db) => {
        if (db.prepare("SELECT 1 FROM iam_policies WHERE name = ? COLLATE NOCASE").get(input.PolicyName))
          throw errors.policyExists(input.PolicyName);
        db.prepare(
          "INSERT INTO iam_policies (arn, name, id, path, description, defaultVersion, nextVersion, tags, created, updated) VALUES (?, ?, ?, ?, ?, 'v1', 2, ?, ?, ?)",
        ).run(arn, input.PolicyName, uniqueId("ANPA"), path, input.Description ?? null, tags, now, now);
        insertVersion(db, { arn, version: "v1", document: input.PolicyDocument, created: now });
      });
      return { Policy: xml(policyOf(store.db, arn)) };
    },
    GetPolicy(input) {
      required(input, "PolicyArn");
      return { Policy: xml(policyOf(store.db, input.PolicyArn)) };
    },
    async DeletePolicy(input) {
      required(input, "PolicyArn");
      await store.write((db) => {
        const { arn } = policyOf(db, input.PolicyArn);
        if (db.prepare("SELECT 1 FROM iam_attachments WHERE arn = ?").get(arn)) throw errors.policyAttached();
        if (versionsOf(db, arn).length > 1) throw errors.hasVersions();
        db.prepare("DELETE FROM iam_policy_versions WHERE arn = ?").run(arn);
        db.prepare("DELETE FROM iam_policies WHERE arn = ?").run(arn);
      });
      return undefined;
    },
    ListPolicies(input) {
      const rows =
        input.Scope === "AWS"
          ? []
          : (store.db.prepare("SELECT * FROM iam_policies ORDER BY arn").all() as unknown as PolicyRow[]);
      const { page, ...marks } = paged(
        rows.filter((row) => row.path.startsWith(input.PathPrefix ?? "/")),
        (row) => row.arn,
        input,
      );
      return { Policies: page.map(xml), ...marks };
    },
    async TagPolicy(input) {
      required(input, "PolicyArn", "Tags");
      await store.write((db) => {
        const tags = mergeTags(JSON.parse(policyOf(db, input.PolicyArn).tags), readTags(input.Tags));
        db.prepare("UPDATE iam_policies SET tags = ? WHERE arn = ?").run(JSON.stringify(tags), input.PolicyArn);
      });
      return undefined;
    },
    async UntagPolicy(input) {
      required(input, "PolicyArn", "TagKeys");
      const gone = new Set([input.TagKeys].flat());
      await store.write((db) => {
        const tags = (JSON.parse(policyOf(db, input.PolicyArn).tags) as Tag[]).filter(({ Key }) => !gone.has(Key));
        db.prepare("UPDATE iam_policies SET tags = ? WHERE arn = ?").run(JSON.stringify(tags), input.PolicyArn);
      });
      return undefined;
    },
    ListPolicyTags(input) {
      required(input, "PolicyArn");
      const tags = JSON.parse(policyOf(store.db, input.PolicyArn).tags) as Tag[];
      return { Tags: tags.map(({ Key, Value }) => ({ Key, Value })), IsTruncated: false };
    },
  };
}

export function versionOperations({ store, clock }: LocalCloud): Record<string, QueryOperation> {
  return {
    async CreatePolicyVersion(input) {
      required(input, "PolicyArn", "PolicyDocument");
      checkManaged(input.PolicyDocument);
      const made = await store.write((db) => {
        const policy = policyOf(db, input.PolicyArn);
        if (versionsOf(db, policy.arn).length >= 5) throw errors.tooManyVersions();
        const row = {
          arn: policy.arn,
          version: `v${policy.nextVersion}`,
          document: input.PolicyDocument,
          created: clock.now(),
        };
        insertVersion(db, row);
        const chosen = input.SetAsDefault === "true" ? row.version : policy.defaultVersion;
        db.prepare(
          "UPDATE iam_policies SET nextVersion = nextVersion + 1, defaultVersion = ?, updated = ? WHERE arn = ?",
        ).run(chosen, row.created, policy.arn);
        return { row, chosen };
      });
      return { PolicyVersion: versionXml(made.row, made.chosen, false) };
    },
    GetPolicyVersion(input) {
      required(input, "PolicyArn", "VersionId");
      const policy = policyOf(store.db, input.PolicyArn);
      const row = versionsOf(store.db, policy.arn).find(({ version }) => version === input.VersionId);
      if (!row) throw errors.noSuchVersion(policy.arn, input.VersionId);
      return { PolicyVersion: versionXml(row, policy.defaultVersion, true) };
    },
    async DeletePolicyVersion(input) {
      required(input, "PolicyArn", "VersionId");
      await store.write((db) => {
        const policy = policyOf(db, input.PolicyArn);
        if (policy.defaultVersion === input.VersionId) throw errors.defaultVersion();
        const done = db
          .prepare("DELETE FROM iam_policy_versions WHERE arn = ? AND version = ?")
          .run(policy.arn, input.VersionId);
        if (Number(done.changes) === 0) throw errors.noSuchVersion(policy.arn, input.VersionId);
      });
      return undefined;
    },
    ListPolicyVersions(input) {
      required(input, "PolicyArn");
      const policy = policyOf(store.db, input.PolicyArn);
      const rows = versionsOf(store.db, policy.arn).reverse();
      return { Versions: rows.map((row) => versionXml(row, policy.defaultVersion, false)), IsTruncated: false };
    },
    async SetDefaultPolicyVersion(input) {
      required(input, "PolicyArn", "VersionId");
      await store.write((db) => {
        const policy = policyOf(db, input.PolicyArn);
        if (!versionsOf(db, policy.arn).some(({ version }) => version === input.VersionId))
          throw errors.noSuchVersion(policy.arn, input.VersionId);
        db.prepare("UPDATE iam_policies SET defaultVersion = ?, updated = ? WHERE arn = ?").run(
          input.VersionId,
          clock.now(),
          policy.arn,
        );
      });
      return undefined;
    },
  };
}

function checkManaged(document: string): void {
  checkDocument(document, "identity");
  if (sizeOf(document) > maxManagedBytes) throw errors.limit(`Cannot exceed quota for PolicySize: ${maxManagedBytes}`);
}

function insertVersion(db: LocalCloud["store"]["db"], row: VersionRow): void {
  db.prepare("INSERT INTO iam_policy_versions (arn, version, document, created) VALUES (?, ?, ?, ?)").run(
    row.arn,
    row.version,
    row.document,
    row.created,
  );
}

function versionsOf(db: LocalCloud["store"]["db"], arn: string): VersionRow[] {
  const rows = db.prepare("SELECT * FROM iam_policy_versions WHERE arn = ?").all(arn) as unknown as VersionRow[];
  return rows.sort((a, b) => Number(a.version.slice(1)) - Number(b.version.slice(1)));
}

function policyXml({ store }: LocalCloud, row: PolicyRow): XmlValue {
  const { count } = store.db.prepare("SELECT count(*) AS count FROM iam_attachments WHERE arn = ?").get(row.arn) as {
    count: number;
  };
  const boundaries = store.db.prepare("SELECT count(*) AS count FROM iam_roles WHERE boundary = ?").get(row.arn) as {
    count: number;
  };
  const tags = JSON.parse(row.tags) as Tag[];
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: row.arn,
    Path: row.path,
    DefaultVersionId: row.defaultVersion,
    AttachmentCount: count,
    PermissionsBoundaryUsageCount: boundaries.count,
    IsAttachable: true,
    Description: row.description ?? undefined,
    CreateDate: new Date(row.created),
    UpdateDate: new Date(row.updated),
    Tags: tags.length > 0 ? tags.map(({ Key, Value }) => ({ Key, Value })) : undefined,
  };
}

function versionXml(row: VersionRow, defaultVersion: string, whole: boolean): XmlValue {
  return {
    Document: whole ? encodeURIComponent(row.document) : undefined,
    VersionId: row.version,
    IsDefaultVersion: row.version === defaultVersion,
    CreateDate: new Date(row.created),
  };
}
