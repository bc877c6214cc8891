/** Users: made, read, renamed, listed and deleted. */
import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { Call, LocalCloud } from "../service.ts";
import { assertBoundary, boundaryXml } from "./boundaries.ts";
import { arnOf, assertBare, assertFree, entitiesBelow, entityNamed } from "./entities.ts";
import { errors } from "./errors.ts";
import { checkedPath } from "./inputs.ts";
import { renaming } from "./renaming.ts";
import { paged, type UserRow } from "./tables.ts";
import { readTags, type Tag } from "./tags.ts";

export function userXml(row: UserRow): { [name: string]: XmlValue } {
  const tags = JSON.parse(row.tags) as Tag[];
  return {
    Path: row.path,
    UserName: row.name,
    UserId: row.id,
    Arn: row.arn,
    CreateDate: new Date(row.created),
    PermissionsBoundary: boundaryXml(row.boundary),
    Tags: tags.length > 0 ? tags : undefined,
  };
}

/** Listings leave these out, as AWS does. */
export function listedUserXml(row: UserRow): XmlValue {
  const { Tags, PermissionsBoundary, ...rest } = userXml(row);
  return rest;
}

/** Who a call without UserName is about: the user that signed it. Throws ValidationError for every other caller. */
export function userNameOf(input: { UserName?: string }, { caller }: Call): string {
  const name = input.UserName ?? /:user\/(?:.+\/)?([^/]+)$/.exec(caller?.arn ?? "")?.[1];
  if (name === undefined) throw errors.invalid("Must specify userName when calling with non-User credentials");
  return name;
}

export function userOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, options, clock } = cloud;
  return {
    async CreateUser(input) {
      const path = checkedPath(input.Path);
      const row: UserRow = {
        name: input.UserName,
        id: uniqueId("AIDA"),
        path,
        arn: arnOf(options.accountId, "user", path, input.UserName),
        boundary: input.PermissionsBoundary ?? null,
        tags: JSON.stringify(readTags(input.Tags)),
        created: clock.now(),
      };
      await store.write((db) => {
        assertFree(db, "user", row.name);
        if (row.boundary !== null) assertBoundary(db, row.boundary);
        db.prepare(
          "INSERT INTO iam_users (name, id, path, arn, boundary, tags, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ).run(row.name, row.id, row.path, row.arn, row.boundary, row.tags, row.created);
      });
      return { User: userXml(row) };
    },
    GetUser(input, call) {
      if (input.UserName === undefined && call.caller?.arn.endsWith(":root"))
        return { User: { UserId: call.accountId, Arn: call.caller.arn, CreateDate: new Date(0) } };
      return { User: userXml(entityNamed(store.db, "user", userNameOf(input, call))) };
    },
    UpdateUser: renaming("user", cloud),
    async DeleteUser(input) {
      await store.write((db) => {
        const { id } = entityNamed(db, "user", input.UserName);
        if (db.prepare("SELECT 1 FROM iam_members WHERE user = ?").get(id)) throw errors.hasGroups();
        if (db.prepare("SELECT 1 FROM iam_access_keys WHERE user = ?").get(id)) throw errors.hasAccessKeys();
        assertBare(db, id);
        db.prepare("DELETE FROM iam_users WHERE id = ?").run(id);
      });
      return undefined;
    },
    ListUsers(input) {
      const rows = entitiesBelow<UserRow>(store.db, "user", input.PathPrefix);
      const { page, ...marks } = paged(rows, (row) => row.name, input);
      return { Users: page.map(listedUserXml), ...marks };
    },
  };
}
