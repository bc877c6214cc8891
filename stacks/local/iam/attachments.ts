/** Which managed policies are attached to which users, groups and roles. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { isAwsManaged } from "./aws-managed.ts";
import { type EntityKind, type EntityRow, entityKinds, entityNamed, kinds } from "./entities.ts";
import { errors } from "./errors.ts";
import { paged, policyOf } from "./tables.ts";

const maxAttached = 10;

export interface AttachedRow {
  arn: string;
  name: string;
}

export function attachedTo(db: DatabaseSync, owner: string): AttachedRow[] {
  const rows = db.prepare("SELECT arn, name FROM iam_attached_policies WHERE owner = ? ORDER BY arn").all(owner);
  return rows as unknown as AttachedRow[];
}

export function attachmentOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  return Object.assign(
    { ListEntitiesForPolicy: entitiesForPolicy(cloud) },
    ...entityKinds.map((kind) => operationsOf(kind, cloud)),
  );
}

function operationsOf(kind: EntityKind, { store }: LocalCloud): Record<string, QueryOperation> {
  const { word } = kinds[kind];
  const member = `${word}Name`;
  return {
    async [`Attach${word}Policy`](input) {
      await store.write((db) => {
        const { id } = entityNamed(db, kind, input[member]);
        if (!input.PolicyArn.startsWith("arn:")) throw errors.invalid(`ARN ${input.PolicyArn} is not valid.`);
        const name = attachable(db, input.PolicyArn);
        if (!name) throw errors.notAttachable(input.PolicyArn);
        db.prepare("INSERT OR IGNORE INTO iam_attached_policies (owner, arn, name) VALUES (?, ?, ?)").run(
          id,
          input.PolicyArn,
          name,
        );
        if (attachedTo(db, id).length > maxAttached)
          throw errors.limit(`Cannot exceed quota for PoliciesPer${word}: ${maxAttached}`);
      });
      return undefined;
    },
    async [`Detach${word}Policy`](input) {
      await store.write((db) => {
        const { id } = entityNamed(db, kind, input[member]);
        const done = db
          .prepare("DELETE FROM iam_attached_policies WHERE owner = ? AND arn = ?")
          .run(id, input.PolicyArn);
        if (Number(done.changes) === 0) throw errors.notAttached(input.PolicyArn);
      });
      return undefined;
    },
    [`ListAttached${word}Policies`](input) {
      const { id } = entityNamed(store.db, kind, input[member]);
      const below = attachedTo(store.db, id).filter(({ arn }) => pathOf(arn).startsWith(input.PathPrefix ?? "/"));
      const { page, ...marks } = paged(below, (row) => row.arn, input);
      return { AttachedPolicies: page.map((row) => ({ PolicyName: row.name, PolicyArn: row.arn })), ...marks };
    },
  };
}

/** `/service-role/` of `arn:aws:iam::aws:policy/service-role/NAME`. */
const pathOf = (arn: string): string => arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1);

/** The name of a policy that is there. */
export function attachable(db: DatabaseSync, arn: string): string | undefined {
  const known = db.prepare("SELECT name FROM iam_policies WHERE arn = ?").get(arn) as { name: string } | undefined;
  return known?.name ?? (isAwsManaged(arn) ? arn.split("/").at(-1) : undefined);
}

/** Whose policy it is, and whose boundary. */
function entitiesForPolicy({ store }: LocalCloud): QueryOperation {
  return (input) => {
    const { PolicyArn, EntityFilter, PolicyUsageFilter, PathPrefix = "/" } = input;
    if (!isAwsManaged(PolicyArn)) policyOf(store.db, PolicyArn);
    const rows = entityKinds
      .filter((kind) => EntityFilter === undefined || EntityFilter === kinds[kind].word)
      .flatMap((kind) => users(store.db, kind, PolicyArn, PolicyUsageFilter).map((row) => ({ ...row, kind })))
      .filter(({ path }) => path.startsWith(PathPrefix));
    const { page, ...marks } = paged(rows, ({ kind, name }) => `${entityKinds.indexOf(kind)} ${name}`, input);
    const listed = (kind: EntityKind): XmlValue =>
      page
        .filter((row) => row.kind === kind)
        .map(({ name, id }) => ({ [`${kinds[kind].word}Name`]: name, [`${kinds[kind].word}Id`]: id }));
    return { PolicyGroups: listed("group"), PolicyUsers: listed("user"), PolicyRoles: listed("role"), ...marks };
  };
}

/** Groups have no boundary. */
function users(db: DatabaseSync, kind: EntityKind, arn: string, usage: string | undefined): EntityRow[] {
  const { table } = kinds[kind];
  const attached = "id IN (SELECT owner FROM iam_attached_policies WHERE arn = $arn)";
  const bounded = kind === "group" ? "0" : "boundary = $arn";
  const which =
    usage === "PermissionsPolicy" ? attached : usage === "PermissionsBoundary" ? bounded : `${attached} OR ${bounded}`;
  const rows = db.prepare(`SELECT * FROM ${table} WHERE ${which} ORDER BY name COLLATE BINARY`);
  return rows.all(which.includes("$arn") ? { $arn: arn } : {}) as unknown as EntityRow[];
}
