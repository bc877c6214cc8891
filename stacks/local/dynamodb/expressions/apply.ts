/**
 * Update actions on an item: every right-hand side is read from the item as it was, then all are carried out. Gives a
 * new item and leaves the old as it is. Judges no keys.
 */
import { validation } from "../errors.ts";
import { addNumbers } from "../number.ts";
import { type AttributeValue, attributeOf, type Item, newItem, typeOf } from "../value.ts";
import { atPath } from "./evaluate.ts";
import type { Action, Operand, Path } from "./tree.ts";

const wrongType = (): Error => validation("An operand in the update expression has an incorrect data type");
const noSuchPath = (): Error => validation("The document path provided in the update expression is invalid for update");

/** Throws AWS's ValidationException when an operand or a path does not fit the item. */
export function applyActions(actions: Action[], old: Item): Item {
  const values = actions.map((action) => (action.kind === "set" ? evaluate(action.value, old) : undefined));
  const item = copyOf(old);
  // In the order of positions: those beyond a list's end append, so the lower must come first.
  const ordered = actions.map((action, at) => ({ action, value: values[at] }));
  ordered.sort((a, b) => comparePaths(a.action.path, b.action.path));
  for (const { action, value } of ordered) {
    if (action.kind === "set") setPath(item, action.path, value!);
    else if (action.kind === "add") addTo(item, action.path, action.value);
    else if (action.kind === "delete") deleteFrom(item, action.path, action.value);
  }
  // Highest position first, so that the positions in the expression stay those of the old item.
  const removed = actions.filter(({ kind }) => kind === "remove").sort((a, b) => comparePaths(b.path, a.path));
  for (const { path } of removed) removePath(item, path);
  return item;
}

function evaluate(operand: Operand, item: Item): AttributeValue {
  switch (operand.kind) {
    case "value":
      return operand.value;
    case "path":
      return present(atPath(operand.path, item));
    case "if_not_exists":
      return atPath(operand.path, item) ?? evaluate(operand.otherwise, item);
    case "list_append": {
      const left = evaluate(operand.left, item);
      const right = evaluate(operand.right, item);
      if (!left.L || !right.L) throw wrongType();
      return { L: [...left.L, ...right.L] };
    }
    case "sum": {
      const left = evaluate(operand.left, item);
      const right = evaluate(operand.right, item);
      if (left.N === undefined || right.N === undefined) throw wrongType();
      return { N: addNumbers(left.N, right.N, operand.sign) };
    }
    case "size":
      throw wrongType();
  }
}

function present(value: AttributeValue | undefined): AttributeValue {
  if (!value) throw validation("The provided expression refers to an attribute that does not exist in the item");
  return value;
}

function copyOf(item: Item): Item {
  const copy = newItem();
  for (const name in item) copy[name] = copyOfValue(item[name]!);
  return copy;
}

function copyOfValue(value: AttributeValue): AttributeValue {
  if (value.M) return { M: copyOf(value.M) };
  return value.L ? { L: value.L.map(copyOfValue) } : value;
}

/** What holds the last piece of the path: a map or a list. */
function holder(item: Item, path: Path): AttributeValue {
  const parent = path.length === 1 ? { M: item } : atPath(path.slice(0, -1), item);
  if (!parent || (typeof path.at(-1) === "number" ? !parent.L : !parent.M)) throw noSuchPath();
  return parent;
}

function setPath(item: Item, path: Path, value: AttributeValue): void {
  const parent = holder(item, path);
  const piece = path.at(-1)!;
  if (typeof piece === "string") parent.M![piece] = copyOfValue(value);
  else if (piece < parent.L!.length) parent.L![piece] = copyOfValue(value);
  else parent.L!.push(copyOfValue(value));
}

function removePath(item: Item, path: Path): void {
  const parent = holder(item, path);
  const piece = path.at(-1)!;
  if (typeof piece === "string") delete parent.M![piece];
  else if (piece < parent.L!.length) parent.L!.splice(piece, 1);
}

function addTo(item: Item, path: Path, value: AttributeValue): void {
  const parent = holder(item, path);
  const piece = path.at(-1)!;
  const old = typeof piece === "string" ? attributeOf(parent.M!, piece) : parent.L![piece];
  setPath(item, path, old ? sum(old, value) : value);
}

function sum(old: AttributeValue, value: AttributeValue): AttributeValue {
  const type = typeOf(value);
  if (type !== typeOf(old)) throw wrongType();
  if (type === "N") return { N: addNumbers(old.N!, value.N!) };
  if (type === "L") return { L: [...old.L!, ...value.L!] };
  const set = type as "SS" | "NS" | "BS";
  return { [set]: [...new Set([...old[set]!, ...value[set]!])] };
}

function deleteFrom(item: Item, path: Path, value: AttributeValue): void {
  const parent = holder(item, path);
  const piece = path.at(-1)!;
  const old = typeof piece === "string" ? attributeOf(parent.M!, piece) : parent.L![piece];
  if (!old) return;
  const type = typeOf(value);
  if (type !== typeOf(old)) throw wrongType();
  const set = type as "SS" | "NS" | "BS";
  const gone = new Set(value[set]);
  const left = old[set]!.filter((member) => !gone.has(member));
  if (left.length > 0) setPath(item, path, { [set]: left });
  else removePath(item, path);
}

function comparePaths(left: Path, right: Path): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a, b] = [left[i]!, right[i]!];
    if (a === b) continue;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a) < String(b) ? -1 : 1;
  }
  return left.length - right.length;
}
