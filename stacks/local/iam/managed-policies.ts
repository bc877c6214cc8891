/** Managed policies: made, read, listed and deleted; their documents are versions. */
import type { DatabaseSync } from "node:sqlite";
import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import { checkedPath } from "./inputs.ts";
import { checkManagedDocument, insertVersion, versionsOf } from "./policy-versions.ts";
import { type PolicyRow, paged, policyOf } from "./tables.ts";
import { readTags, type Tag } from "./tags.ts";

export function managedOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, clock, options } = cloud;
  /** Lists leave these out, as AWS does. */
  const listedXml = (row: PolicyRow): XmlValue => {
    const { Description, Tags, ...rest } = policyXml(cloud, row);
    return rest;
  };
  return {
    async CreatePolicy(input) {
      checkManagedDocument(input.PolicyDocument);
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
      const { Description, ...made } = policyXml(cloud, policyOf(store.db, arn));
      return { Policy: made };
    },
    GetPolicy(input) {
      const policy = policyXml(cloud, policyOf(store.db, input.PolicyArn));
      return { Policy: { ...policy, Tags: policy["Tags"] ?? [] } };
    },
    async DeletePolicy(input) {
      await store.write((db) => {
        const { arn } = policyOf(db, input.PolicyArn);
        if (db.prepare("SELECT 1 FROM iam_attached_policies WHERE arn = ?").get(arn)) throw errors.policyAttached();
        if (versionsOf(db, arn).length > 1) throw errors.hasVersions();
        db.prepare("DELETE FROM iam_policy_versions WHERE arn = ?").run(arn);
        db.prepare("DELETE FROM iam_policies WHERE arn = ?").run(arn);
      });
      return undefined;
    },
    ListPolicies(input) {
      const rows = input.Scope === "AWS" ? [] : store.db.prepare("SELECT * FROM iam_policies ORDER BY arn").all();
      const usage = (row: PolicyRow): boolean => {
        const uses = usesOf(store.db, row.arn);
        if (input.OnlyAttached === "true" && uses.attached + uses.bounded === 0) return false;
        if (input.PolicyUsageFilter === "PermissionsPolicy") return uses.attached > 0;
        return input.PolicyUsageFilter === "PermissionsBoundary" ? uses.bounded > 0 : true;
      };
      const listed = (rows as unknown as PolicyRow[])
        .filter((row) => row.path.startsWith(input.PathPrefix ?? "/"))
        .filter(usage);
      const { page, ...marks } = paged(listed, (row) => row.arn, input);
      return { Policies: page.map(listedXml), ...marks };
    },
  };
}

/** How many entities have it, as a policy and as their boundary. */
function usesOf(db: DatabaseSync, arn: string): { attached: number; bounded: number } {
  return db
    .prepare(
      `SELECT (SELECT count(*) FROM iam_attached_policies WHERE arn = $arn) AS attached,
         (SELECT count(*) FROM iam_roles WHERE boundary = $arn) + (SELECT count(*) FROM iam_users WHERE boundary = $arn) AS bounded`,
    )
    .get({ $arn: arn }) as { attached: number; bounded: number };
}

export function policyXml({ store }: LocalCloud, row: PolicyRow): { [name: string]: XmlValue } {
  const { attached, bounded } = usesOf(store.db, row.arn);
  const tags = JSON.parse(row.tags) as Tag[];
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: row.arn,
    Path: row.path,
    DefaultVersionId: row.defaultVersion,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: bounded,
    IsAttachable: true,
    Description: row.description ?? undefined,
    CreateDate: new Date(row.created),
    UpdateDate: new Date(row.updated),
    Tags: tags.length > 0 ? tags : undefined,
  };
}
