/** What is set on a role that is there: its boundary and its tags. It is in no instance profile: EC2 is not here. */
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { required } from "./inputs.ts";
import { roleNamed, setColumn } from "./tables.ts";
import { mergeTags, readTags, type Tag } from "./tags.ts";

export function roleSettingOperations({ store }: LocalCloud): Record<string, QueryOperation> {
  /** Read and written in one transaction: calls made at once keep each other's tags. */
  const changeTags = (name: string, change: (before: Tag[]) => Tag[]): Promise<void> =>
    store.write((db) => {
      const after = change(JSON.parse(roleNamed(db, name).tags));
      db.prepare("UPDATE iam_roles SET tags = ? WHERE name = ?").run(JSON.stringify(after), name);
    });

  return {
    async PutRolePermissionsBoundary(input) {
      required(input, "RoleName", "PermissionsBoundary");
      await setColumn(store, input.RoleName, "boundary", input.PermissionsBoundary);
      return undefined;
    },
    async DeleteRolePermissionsBoundary(input) {
      required(input, "RoleName");
      await setColumn(store, input.RoleName, "boundary", null);
      return undefined;
    },
    async TagRole(input) {
      required(input, "RoleName", "Tags");
      const tags = readTags(input.Tags);
      await changeTags(input.RoleName, (before) => mergeTags(before, tags));
      return undefined;
    },
    async UntagRole(input) {
      required(input, "RoleName", "TagKeys");
      const gone = new Set([input.TagKeys].flat());
      await changeTags(input.RoleName, (before) => before.filter(({ Key }) => !gone.has(Key)));
      return undefined;
    },
    ListRoleTags(input) {
      required(input, "RoleName");
      const tags = JSON.parse(roleNamed(store.db, input.RoleName).tags) as Tag[];
      return { Tags: tags, IsTruncated: false };
    },
    ListInstanceProfilesForRole(input) {
      required(input, "RoleName");
      roleNamed(store.db, input.RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}
