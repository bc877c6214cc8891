/** Managed policies: made, read, listed, tagged and deleted; their documents are versions. */

import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import { checkedPath, checkName, required } from "./inputs.ts";
import { checkManagedDocument, insertVersion, versionsOf } from "./policy-versions.ts";
import { type PolicyRow, paged, policyOf } from "./tables.ts";
import { mergeTags, readTags, type Tag } from "./tags.ts";

export function managedOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, clock, options } = cloud;
  const xml = (row: PolicyRow): XmlValue => policyXml(cloud, row);
  return {
    async CreatePolicy(input) {
      required(input, "PolicyName", "PolicyDocument");
      checkName("policyName", input.PolicyName, 128);
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
  };
}

export function policyTagOperations({ store }: LocalCloud): Record<string, QueryOperation> {
  return {
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
      return { Tags: tags, IsTruncated: false };
    },
  };
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
    Tags: tags.length > 0 ? tags : undefined,
  };
}
