/** Policies that are a part of one role, and go with it. */
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { checkDocument, sizeOf } from "./documents.ts";
import { errors } from "./errors.ts";
import { checkName, required } from "./inputs.ts";
import { paged, roleNamed } from "./tables.ts";

const maxBytes = 10_240;

export function inlineOperations({ store }: LocalCloud): Record<string, QueryOperation> {
  return {
    async PutRolePolicy(input) {
      required(input, "RoleName", "PolicyName", "PolicyDocument");
      checkName("policyName", input.PolicyName, 128);
      checkDocument(input.PolicyDocument);
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        const others = db
          .prepare("SELECT document FROM iam_role_policies WHERE role = ? AND name <> ?")
          .all(name, input.PolicyName) as { document: string }[];
        const total = others.reduce((sum, { document }) => sum + sizeOf(document), sizeOf(input.PolicyDocument));
        if (total > maxBytes) throw errors.limit(`Maximum policy size of ${maxBytes} bytes exceeded for role ${name}`);
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
