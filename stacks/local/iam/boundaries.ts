/** Permission boundaries of users and roles: the managed policy that says what they may do at most. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { attachable } from "./attachments.ts";
import { entityNamed, kinds } from "./entities.ts";
import { errors } from "./errors.ts";

export function boundaryOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  return { ...operationsOf("user", cloud), ...operationsOf("role", cloud) };
}

function operationsOf(kind: "user" | "role", { store }: LocalCloud): Record<string, QueryOperation> {
  const { word, table } = kinds[kind];
  const member = `${word}Name`;
  const set = (name: string, boundary: string | null): Promise<void> =>
    store.write((db) => {
      const { id } = entityNamed(db, kind, name);
      if (boundary !== null) assertBoundary(db, boundary);
      db.prepare(`UPDATE ${table} SET boundary = ? WHERE id = ?`).run(boundary, id);
    });
  return {
    async [`Put${word}PermissionsBoundary`](input) {
      await set(input[member], input.PermissionsBoundary);
      return undefined;
    },
    async [`Delete${word}PermissionsBoundary`](input) {
      await set(input[member], null);
      return undefined;
    },
  };
}

/** A boundary is a managed policy that is there when it is set. */
export function assertBoundary(db: DatabaseSync, arn: string): void {
  if (!attachable(db, arn)) throw errors.noSuchScope(arn);
}

export const boundaryXml = (arn: string | null): XmlValue =>
  arn === null ? undefined : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn };
