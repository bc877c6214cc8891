/** Tags of what IAM keeps: set, removed and listed in the same way for every kind. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { entityNamed } from "./entities.ts";
import { providerOf } from "./oidc-providers.ts";
import { paged, policyOf, type RoleRow, type UserRow } from "./tables.ts";
import { mergeTags, readTags, type Tag } from "./tags.ts";

interface Tagged {
  /** `TagRole`, `ListRoleTags` */
  word: string;
  /** The member that says which one. */
  member: string;
  table: "iam_users" | "iam_roles" | "iam_policies" | "iam_oidc_providers";
  /** Throws NoSuchEntity. */
  find(db: DatabaseSync, key: string): { arn: string; tags: string };
}

const tagged: readonly Tagged[] = [
  { word: "User", member: "UserName", table: "iam_users", find: (db, name) => entityNamed<UserRow>(db, "user", name) },
  { word: "Role", member: "RoleName", table: "iam_roles", find: (db, name) => entityNamed<RoleRow>(db, "role", name) },
  { word: "Policy", member: "PolicyArn", table: "iam_policies", find: policyOf },
  {
    word: "OpenIDConnectProvider",
    member: "OpenIDConnectProviderArn",
    table: "iam_oidc_providers",
    find: providerOf,
  },
];

export function tagOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  return Object.assign({}, ...tagged.map((kind) => operationsOf(kind, cloud)));
}

function operationsOf({ word, member, table, find }: Tagged, { store }: LocalCloud): Record<string, QueryOperation> {
  /** Read and written in one transaction: calls made at once keep each other's tags. */
  const change = (key: string, changed: (before: Tag[]) => Tag[]): Promise<void> =>
    store.write((db) => {
      const { arn, tags } = find(db, key);
      db.prepare(`UPDATE ${table} SET tags = ? WHERE arn = ?`).run(JSON.stringify(changed(JSON.parse(tags))), arn);
    });
  return {
    async [`Tag${word}`](input) {
      const tags = readTags(input.Tags);
      await change(input[member], (before) => mergeTags(before, tags));
      return undefined;
    },
    async [`Untag${word}`](input) {
      const gone = new Set([input.TagKeys].flat().map((key: string) => key.toLowerCase()));
      await change(input[member], (before) => before.filter(({ Key }) => !gone.has(Key.toLowerCase())));
      return undefined;
    },
    [`List${word}Tags`](input) {
      const tags = JSON.parse(find(store.db, input[member]).tags) as Tag[];
      const sorted = tags.toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
      const { page, ...marks } = paged(sorted, ({ Key }) => Key, input);
      return { Tags: page, ...marks };
    },
  };
}
