/** Roles and users as enforcement asks for them: compiled once, kept until anything in IAM changes. */
import type { DatabaseSync } from "node:sqlite";
import type { CallerPolicies } from "../service.ts";
import { findEntity } from "./entities.ts";
import { compiled, entityWithPolicies } from "./entity-policies.ts";

/** Looks an entity up by its ARN; null when there is none. After IAM's tables are there; never inside a write. */
export function openCallerPolicies(db: DatabaseSync): (arn: string) => CallerPolicies | null {
  const kept = new Map<string, CallerPolicies | null>();
  onChange(db, () => kept.clear());
  return (arn) => {
    const known = kept.get(arn);
    if (known !== undefined) return known;
    const found = load(db, arn);
    kept.set(arn, found);
    return found;
  };
}

function load(db: DatabaseSync, arn: string): CallerPolicies | null {
  const [, kind, path = ""] = /^arn:[\w-]+:iam::\d{12}:(role|user)\/(.+)$/.exec(arn) ?? [];
  if (kind !== "role" && kind !== "user") return null;
  const name = path.split("/").at(-1) ?? "";
  if (findEntity(db, kind, name)?.arn !== arn) return null;
  const { id, tags, identity, boundary } = entityWithPolicies(db, kind, name);
  return {
    id,
    tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    identity: identity.map(compiled),
    ...(boundary ? { boundary: compiled(boundary) } : {}),
  };
}

/** When a key was used decides nothing, and is written all the time. */
const indifferent = new Set(["iam_last_used"]);

/** Whoever writes to IAM's tables, and by whatever way: the tables themselves tell. */
function onChange(db: DatabaseSync, changed: () => void): void {
  db.function("iam_changed", () => {
    changed();
    return 0;
  });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'iam!_%' ESCAPE '!'")
    .all() as { name: string }[];
  for (const { name } of tables)
    for (const event of indifferent.has(name) ? [] : ["INSERT", "UPDATE", "DELETE"])
      db.exec(`CREATE TEMP TRIGGER ${name}_${event} AFTER ${event} ON main.${name} BEGIN SELECT iam_changed(); END`);
}
