/** Which managed policies are attached to which roles. */
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { isAwsManaged } from "./aws-managed.ts";
import { errors } from "./errors.ts";
import { required } from "./inputs.ts";
import { paged, policyOf, roleNamed } from "./tables.ts";

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
