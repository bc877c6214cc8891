/** UpdateUser and UpdateGroup: another name, another path, the same id, by which policies and members are kept. */
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { arnOf, assertFree, entityNamed, kinds } from "./entities.ts";
import { checkedPath } from "./inputs.ts";

const members = { user: "NewUserName", group: "NewGroupName" } as const;

export function renaming(kind: "user" | "group", { store, options }: LocalCloud): QueryOperation {
  const { word, table } = kinds[kind];
  return async (input) => {
    await store.write((db) => {
      const before = entityNamed(db, kind, input[`${word}Name`]);
      const name = input[members[kind]] ?? before.name;
      const path = input.NewPath === undefined ? before.path : checkedPath(input.NewPath);
      if (name.toLowerCase() !== before.name.toLowerCase()) assertFree(db, kind, name);
      db.prepare(`UPDATE ${table} SET name = ?, path = ?, arn = ? WHERE id = ?`).run(
        name,
        path,
        arnOf(options.accountId, kind, path, name),
        before.id,
      );
    });
    return undefined;
  };
}
