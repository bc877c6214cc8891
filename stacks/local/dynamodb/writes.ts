/**
 * Writes as values: judged before the transaction, carried out inside it. Put, update, delete and check are the same
 * for a single call, a batch and a transaction.
 */
import type { Context } from "./context.ts";
import { conditionFailed, invalidValue, validation } from "./errors.ts";
import { applyActions } from "./expressions/apply.ts";
import { holds } from "./expressions/evaluate.ts";
import { type Action, type Condition, type Operand, type Path, pathsOf } from "./expressions/tree.ts";
import { type Stored, stored } from "./items.ts";
import { checkIndexKeys, checkItemKeys, checkKey, type KeyBytes, keyBytes, keyParts } from "./keys.ts";
import { checkParameters, parseParameters } from "./parameters.ts";
import type { Table } from "./records.ts";
import {
  type AttributeType,
  attributeOf,
  checkItemValues,
  type Item,
  itemSize,
  maxItemBytes,
  typeOf,
} from "./value.ts";

export interface Write {
  table: Table;
  key: KeyBytes;
  /** The item's key attributes, at least. */
  keyItem: Item;
  condition?: Condition;
  showOnFailure: boolean;
  /** The item after the write; undefined: none; the same: unchanged. May throw: update expressions do. */
  next(old: Stored | undefined): Stored | undefined;
  /** Bytes a put brings. */
  bytes?: number;
  /** Paths an update names, for UPDATED_OLD and UPDATED_NEW. */
  paths?: Path[];
}

/** Inside a transaction. Throws ConditionalCheckFailedException, or what the update says. */
export function carryOut({ items }: Context, write: Write): { old: Stored | undefined; next: Stored | undefined } {
  const old = items.read(write.table.record.part, write.key);
  if (write.condition && !holds(write.condition, old?.item() ?? {}))
    throw conditionFailed(write.showOnFailure ? old?.item() : undefined);
  const next = write.next(old);
  if (next !== old) items.write(write.table, write.key, old, next);
  return { old, next };
}

/** Members: TableName, Item, and the condition's. */
export function preparePut(context: Context, input: any): Write {
  checkParameters(input, ["ConditionExpression"], ["Expected"]);
  const item = input.Item as Item;
  const content = checkedItem(item);
  const { condition } = parseParameters(input);
  const table = context.tables.get(input.TableName);
  checkItemKeys(table.plan, table.indexes, item);
  checkConditionPaths(table, condition);
  return {
    table,
    key: keyBytes(table.plan, item),
    keyItem: item,
    condition,
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
    bytes: content.size,
    next: () => content,
  };
}

/** Judges the values and the size of a whole item. */
function checkedItem(item: Item): Stored {
  checkItemValues(item);
  const size = itemSize(item);
  if (size > maxItemBytes) throw validation("Item size has exceeded the maximum allowed size");
  return stored(item, size);
}

/** Members: TableName, Key, and the condition's. */
export function prepareDelete(context: Context, input: any): Write {
  checkParameters(input, ["ConditionExpression"], ["Expected"]);
  return { ...prepareKeyed(context, input), next: () => undefined };
}

/** ConditionCheck of a transaction: changes nothing. */
export function prepareCheck(context: Context, input: any): Write {
  return { ...prepareKeyed(context, input), next: (old) => old };
}

/** Members: TableName, Key, UpdateExpression or AttributeUpdates, and the condition's. */
export function prepareUpdate(context: Context, input: any): Write {
  checkParameters(input, ["UpdateExpression", "ConditionExpression"], ["AttributeUpdates", "Expected"]);
  const parsed = parseParameters(input);
  const keyed = prepareKeyed(context, input, parsed.condition);
  const { actions } = parsed;
  if (actions) checkActions(keyed.table, actions);
  // A missing item is not made by taking things away from it; by saying nothing at all it is.
  const removes =
    actions !== undefined && actions.length > 0 && actions.every(({ kind }) => kind === "remove" || kind === "delete");
  return {
    ...keyed,
    paths: actions?.map(({ path }) => path) ?? [],
    next(old) {
      if (!old && removes) return undefined;
      const before = old?.item() ?? keyed.keyItem;
      return actions ? updated(keyed.table, applyActions(actions, before)) : (old ?? stored(before));
    },
  };
}

function updated(table: Table, item: Item): Stored {
  for (const index of table.indexes) checkIndexKeys(index, item);
  const size = itemSize(item);
  if (size > maxItemBytes) throw validation("Item size to update has exceeded the maximum allowed size");
  return stored(item, size);
}

function prepareKeyed(context: Context, input: any, parsed?: Condition): Omit<Write, "next"> {
  const keyItem = input.Key as Item;
  checkItemValues(keyItem);
  const condition =
    parsed ?? (input.UpdateExpression || input.AttributeUpdates ? undefined : parseParameters(input).condition);
  const table = context.tables.get(input.TableName);
  checkKey(table.plan, keyItem);
  checkConditionPaths(table, condition);
  return {
    table,
    key: keyBytes(table.plan, keyItem),
    keyItem,
    condition,
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

function checkActions(table: Table, actions: Action[]): void {
  const keys = keyParts(table.plan).map(({ name }) => name);
  for (const name of keys)
    if (actions.some(({ path }) => path[0] === name))
      throw invalidValue(`Cannot update attribute ${name}. This attribute is part of the key`);
  for (const { record, plan } of table.indexes)
    for (const part of keyParts(plan)) {
      const action = actions.find(({ path }) => path.length === 1 && path[0] === part.name);
      const type = action?.kind === "set" ? staticType(action.value) : undefined;
      if (type && type !== part.type)
        throw invalidValue(
          `Type mismatch for Index Key ${part.name} Expected: ${part.type} Actual: ${type} IndexName: ${record.name}`,
        );
    }
  checkScalarKeys(
    table,
    actions.map(({ path }) => path),
  );
}

/** What can be told of a right-hand side without the item. */
function staticType(operand: Operand): AttributeType | undefined {
  if (operand.kind === "value") return typeOf(operand.value);
  if (operand.kind === "if_not_exists") return staticType(operand.otherwise);
  if (operand.kind === "sum") return "N";
  return operand.kind === "list_append" ? "L" : undefined;
}

export function checkConditionPaths(table: Table, condition: Condition | undefined): void {
  if (condition) checkScalarKeys(table, [...pathsOf(condition)]);
}

/** Keys are scalars: no path goes into one. */
export function checkScalarKeys(table: Table, paths: Path[]): void {
  const nested = new Set(paths.filter(({ length }) => length > 1).map(([name]) => name as string));
  if (nested.size === 0) return;
  const deny = (word: string, name: string): Error =>
    validation(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${word}: ${name}`,
    );
  for (const { name } of keyParts(table.plan)) if (nested.has(name)) throw deny("Key", name);
  for (const { plan } of table.indexes)
    for (const { name } of keyParts(plan)) if (nested.has(name)) throw deny("IndexKey", name);
}

/** The key attributes of an item, as LastEvaluatedKey and batches show them. */
export function keyOf(table: Table, item: Item): Item {
  return Object.fromEntries(keyParts(table.plan).map(({ name }) => [name, attributeOf(item, name)!]));
}
