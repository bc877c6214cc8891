/** Policies that are a part of one user, group or role, and go with it. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { checkDocument, sizeOf } from "./documents.ts";
import { type EntityKind, entityKinds, entityNamed, kinds } from "./entities.ts";
import { errors } from "./errors.ts";
import { paged } from "./tables.ts";

export interface InlineRow {
  name: string;
  document: string;
}

export function inlineOf(db: DatabaseSync, owner: string): InlineRow[] {
  const rows = db.prepare("SELECT name, document FROM iam_inline_policies WHERE owner = ? ORDER BY name").all(owner);
  return rows as unknown as InlineRow[];
}

export function inlineOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  return Object.assign({}, ...entityKinds.map((kind) => operationsOf(kind, cloud)));
}

function operationsOf(kind: EntityKind, { store }: LocalCloud): Record<string, QueryOperation> {
  const { word, inlineBytes } = kinds[kind];
  const member = `${word}Name`;
  return {
    async [`Put${word}Policy`](input) {
      checkDocument(input.PolicyDocument);
      await store.write((db) => {
        const { id, name } = entityNamed(db, kind, input[member]);
        const others = inlineOf(db, id).filter((policy) => policy.name !== input.PolicyName);
        const total = others.reduce((sum, { document }) => sum + sizeOf(document), sizeOf(input.PolicyDocument));
        if (total > inlineBytes)
          throw errors.limit(`Maximum policy size of ${inlineBytes} bytes exceeded for ${kind} ${name}`);
        db.prepare("INSERT OR REPLACE INTO iam_inline_policies (owner, name, document) VALUES (?, ?, ?)").run(
          id,
          input.PolicyName,
          input.PolicyDocument,
        );
      });
      return undefined;
    },
    [`Get${word}Policy`](input) {
      const { id, name } = entityNamed(store.db, kind, input[member]);
      const row = inlineOf(store.db, id).find((policy) => policy.name === input.PolicyName);
      if (!row) throw errors.noSuch(`${kind} policy`, input.PolicyName);
      return { [member]: name, PolicyName: row.name, PolicyDocument: encodeURIComponent(row.document) };
    },
    async [`Delete${word}Policy`](input) {
      await store.write((db) => {
        const { id } = entityNamed(db, kind, input[member]);
        const done = db
          .prepare("DELETE FROM iam_inline_policies WHERE owner = ? AND name = ?")
          .run(id, input.PolicyName);
        if (Number(done.changes) === 0) throw errors.noSuch(`${kind} policy`, input.PolicyName);
      });
      return undefined;
    },
    [`List${word}Policies`](input) {
      const { id } = entityNamed(store.db, kind, input[member]);
      const { page, ...marks } = paged(inlineOf(store.db, id), (row) => row.name, input);
      return { PolicyNames: page.map((row) => row.name), ...marks };
    },
  };
}
