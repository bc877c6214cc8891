/** The versions of a managed policy: up to five documents, one of which counts. */
import type { QueryInput, QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { checkDocument, sizeOf } from "./documents.ts";
import { errors } from "./errors.ts";
import { type PolicyRow, policyOf, type VersionRow } from "./tables.ts";

const maxBytes = 6_144;

export function versionOperations({ store, clock }: LocalCloud): Record<string, QueryOperation> {
  return {
    async CreatePolicyVersion(input) {
      checkManagedDocument(input.PolicyDocument);
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
      const policy = versionedPolicy(store.db, input);
      const row = versionsOf(store.db, policy.arn).find(({ version }) => version === input.VersionId);
      if (!row) throw errors.noSuchVersion(policy.arn, input.VersionId);
      return { PolicyVersion: versionXml(row, policy.defaultVersion, true) };
    },
    async DeletePolicyVersion(input) {
      await store.write((db) => {
        const policy = versionedPolicy(db, input);
        if (policy.defaultVersion === input.VersionId) throw errors.defaultVersion();
        const done = db
          .prepare("DELETE FROM iam_policy_versions WHERE arn = ? AND version = ?")
          .run(policy.arn, input.VersionId);
        if (Number(done.changes) === 0) throw errors.noSuchVersion(policy.arn, input.VersionId);
      });
      return undefined;
    },
    ListPolicyVersions(input) {
      const policy = policyOf(store.db, input.PolicyArn);
      const rows = versionsOf(store.db, policy.arn).reverse();
      return { Versions: rows.map((row) => versionXml(row, policy.defaultVersion, false)), IsTruncated: false };
    },
    async SetDefaultPolicyVersion(input) {
      await store.write((db) => {
        const policy = versionedPolicy(db, input);
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

/** Who asks for a version of a policy that is not there hears that the version is not. */
function versionedPolicy(db: LocalCloud["store"]["db"], input: QueryInput): PolicyRow {
  const { PolicyArn, VersionId } = input;
  if (!db.prepare("SELECT 1 FROM iam_policies WHERE arn = ?").get(PolicyArn))
    throw errors.noSuchVersion(PolicyArn, VersionId);
  return policyOf(db, PolicyArn);
}

export function checkManagedDocument(document: string): void {
  checkDocument(document);
  if (sizeOf(document) > maxBytes) throw errors.limit(`Cannot exceed quota for PolicySize: ${maxBytes}`);
}

export function insertVersion(db: LocalCloud["store"]["db"], row: VersionRow): void {
  db.prepare("INSERT INTO iam_policy_versions (arn, version, document, created) VALUES (?, ?, ?, ?)").run(
    row.arn,
    row.version,
    row.document,
    row.created,
  );
}

export function versionsOf(db: LocalCloud["store"]["db"], arn: string): VersionRow[] {
  const rows = db.prepare("SELECT * FROM iam_policy_versions WHERE arn = ?").all(arn) as unknown as VersionRow[];
  return rows.sort((a, b) => Number(a.version.slice(1)) - Number(b.version.slice(1)));
}

export function versionXml(row: VersionRow, defaultVersion: string, whole: boolean): XmlValue {
  return {
    Document: whole ? encodeURIComponent(row.document) : undefined,
    VersionId: row.version,
    IsDefaultVersion: row.version === defaultVersion,
    CreateDate: new Date(row.created),
  };
}
