/** Groups and who is in them. */
import type { DatabaseSync } from "node:sqlite";
import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { arnOf, assertBare, assertFree, type EntityRow, entitiesBelow, entityNamed } from "./entities.ts";
import { errors } from "./errors.ts";
import { checkedPath } from "./inputs.ts";
import { renaming } from "./renaming.ts";
import { paged, type UserRow } from "./tables.ts";
import { listedUserXml } from "./users.ts";

const maxGroupsOfUser = 10;

const groupXml = (row: EntityRow): { [name: string]: XmlValue } => ({
  Path: row.path,
  GroupName: row.name,
  GroupId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
});

/** The groups of a user, by its id. */
export function groupsOf(db: DatabaseSync, user: string): EntityRow[] {
  const rows = db
    .prepare(
      'SELECT g.* FROM iam_members m JOIN iam_groups g ON g.id = m."group" WHERE m.user = ? ORDER BY g.name COLLATE BINARY',
    )
    .all(user);
  return rows as unknown as EntityRow[];
}

function membersOf(db: DatabaseSync, group: string): UserRow[] {
  const rows = db
    .prepare(
      'SELECT u.* FROM iam_members m JOIN iam_users u ON u.id = m.user WHERE m."group" = ? ORDER BY u.name COLLATE BINARY',
    )
    .all(group);
  return rows as unknown as UserRow[];
}

export function groupOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, options, clock } = cloud;
  return {
    async CreateGroup(input) {
      const path = checkedPath(input.Path);
      const row: EntityRow = {
        name: input.GroupName,
        id: uniqueId("AGPA"),
        path,
        arn: arnOf(options.accountId, "group", path, input.GroupName),
        created: clock.now(),
      };
      await store.write((db) => {
        assertFree(db, "group", row.name);
        db.prepare("INSERT INTO iam_groups (name, id, path, arn, created) VALUES (?, ?, ?, ?, ?)").run(
          row.name,
          row.id,
          row.path,
          row.arn,
          row.created,
        );
      });
      return { Group: groupXml(row) };
    },
    GetGroup(input) {
      const group = entityNamed(store.db, "group", input.GroupName);
      const { page, ...marks } = paged(membersOf(store.db, group.id), (row) => row.name, input);
      return { Group: groupXml(group), Users: page.map(listedUserXml), ...marks };
    },
    UpdateGroup: renaming("group", cloud),
    async DeleteGroup(input) {
      await store.write((db) => {
        const { id } = entityNamed(db, "group", input.GroupName);
        if (membersOf(db, id).length > 0) throw errors.hasGroups();
        assertBare(db, id);
        db.prepare("DELETE FROM iam_groups WHERE id = ?").run(id);
      });
      return undefined;
    },
    ListGroups(input) {
      const rows = entitiesBelow<EntityRow>(store.db, "group", input.PathPrefix);
      const { page, ...marks } = paged(rows, (row) => row.name, input);
      return { Groups: page.map(groupXml), ...marks };
    },
    ListGroupsForUser(input) {
      const rows = groupsOf(store.db, entityNamed(store.db, "user", input.UserName).id);
      const { page, ...marks } = paged(rows, (row) => row.name, input);
      return { Groups: page.map(groupXml), ...marks };
    },
    async AddUserToGroup(input) {
      await store.write((db) => {
        const group = entityNamed(db, "group", input.GroupName);
        const user = entityNamed(db, "user", input.UserName);
        db.prepare('INSERT OR IGNORE INTO iam_members (user, "group") VALUES (?, ?)').run(user.id, group.id);
        if (groupsOf(db, user.id).length > maxGroupsOfUser)
          throw errors.limit(`Cannot exceed quota for GroupsPerUser: ${maxGroupsOfUser}`);
      });
      return undefined;
    },
    async RemoveUserFromGroup(input) {
      await store.write((db) => {
        const group = entityNamed(db, "group", input.GroupName);
        const user = entityNamed(db, "user", input.UserName);
        db.prepare('DELETE FROM iam_members WHERE user = ? AND "group" = ?').run(user.id, group.id);
      });
      return undefined;
    },
  };
}
