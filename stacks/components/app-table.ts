/**
 * A manifest's table: on demand, encrypted, with its indexes and its time to live. It outlives the app: `destroy` keeps
 * it unless told otherwise, and a later `up` imports it.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { ComponentResource } from "@pulumi/pulumi";
import type { TableDefinition } from "../../blueprints/manifest.ts";
import { type Context, nameOf, tableKind, tagsOf } from "./context.ts";

const types = { string: "S", number: "N", binary: "B" } as const;
type Attributes = Record<string, keyof typeof types>;

const only = (attributes: Attributes): string => Object.keys(attributes)[0]!;

/** What may differ when kept data is imported; the deployment after the import brings it in line. */
const settledLater = ["tags", "attributes", "globalSecondaryIndexes", "ttl", "pointInTimeRecovery"];

export class AppTable extends ComponentResource {
  constructor(context: Context, noun: string, definition: TableDefinition) {
    super("freehold:app:Table", noun, {}, { providers: [context.provider] });
    const kept = context.attach.get(`${tableKind} ${noun}`);
    new Table(
      noun,
      {
        name: nameOf(context, noun, "table"),
        billingMode: "PAY_PER_REQUEST",
        hashKey: only(definition.key),
        rangeKey: definition.sort ? only(definition.sort) : undefined,
        attributes: attributesOf(definition),
        globalSecondaryIndexes: indexesOf(definition),
        ttl: definition.expires ? { attributeName: definition.expires, enabled: true } : undefined,
        pointInTimeRecovery: definition.data === "precious" ? { enabled: true } : undefined,
        tags: tagsOf(context, definition),
      },
      { parent: this, retainOnDelete: true, ...(kept ? { import: kept, ignoreChanges: settledLater } : {}) },
    );
    this.registerOutputs({});
  }
}

/** Every attribute that is part of a key, once, by name. */
function attributesOf({ key, sort, indexes }: TableDefinition): { name: string; type: string }[] {
  const keys = [key, sort, ...Object.values(indexes).flatMap((index) => [index.key, index.sort])];
  const all = new Map(keys.flatMap((attributes) => Object.entries(attributes ?? {})));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => ({ name, type: types[type] }));
}

function indexesOf({ indexes }: TableDefinition) {
  const list = Object.entries(indexes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (list.length === 0) return undefined;
  return list.map(([name, { key, sort }]) => ({
    name,
    hashKey: only(key),
    rangeKey: sort ? only(sort) : undefined,
    projectionType: "ALL",
  }));
}
