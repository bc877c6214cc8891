/**
 * AttributeValues as they are on the wire: judged, made canonical, compared, measured. The wire form is also the form
 * in memory and in the store, so that a read need not be translated. Knows no table.
 */
import { invalidValue, validation } from "./errors.ts";
import { canonicalNumber, compareNumbers, numberSize } from "./number.ts";

/** Exactly one member is set. B and BS are base64. */
export interface AttributeValue {
  S?: string;
  N?: string;
  B?: string;
  BOOL?: boolean;
  NULL?: boolean;
  SS?: string[];
  NS?: string[];
  BS?: string[];
  L?: AttributeValue[];
  M?: Item;
}

export type AttributeType = keyof AttributeValue;

/** Names are the app's: read with `attributeOf`, never by a bare index, for `toString` is a name, too. */
export type Item = Record<string, AttributeValue>;

const maxNesting = 32;
export const maxItemBytes = 400 * 1024;

export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  return "NULL";
}

/** Without a prototype: any name may be set. */
export const newItem = (): Item => Object.create(null) as Item;

export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Throws what AWS says of a wrong value; numbers become canonical in place. */
export function checkValue(value: AttributeValue, depth = 0): void {
  if (depth > maxNesting) throw validation("Nesting Levels have exceeded supported limits");
  let types = 0;
  for (const type in value) {
    checkMember(value, type as AttributeType, depth);
    types++;
  }
  if (types === 0)
    throw validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  if (types > 1)
    throw validation(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
}

function checkMember(value: AttributeValue, type: AttributeType, depth: number): void {
  switch (type) {
    case "N":
      value.N = canonicalNumber(value.N!);
      return;
    case "NULL":
      if (!value.NULL) throw invalidValue("Null attribute value types must have the value of true");
      return;
    case "SS":
      if (value.SS!.length === 0) throw invalidValue("An string set  may not be empty");
      if (hasDuplicates(value.SS!))
        throw invalidValue(`Input collection [${value.SS!.join(", ")}] contains duplicates.`);
      return;
    case "NS":
      if (value.NS!.length === 0) throw invalidValue("An number set  may not be empty");
      value.NS = value.NS!.map(canonicalNumber);
      if (hasDuplicates(value.NS)) throw validation("Input collection contains duplicates");
      return;
    case "BS":
      if (value.BS!.length === 0) throw invalidValue("Binary sets should not be empty");
      if (hasDuplicates(value.BS!))
        throw invalidValue(`Input collection [${value.BS!.join(", ")}]of type BS contains duplicates.`);
      return;
    case "L":
      for (const element of value.L!) checkValue(element, depth + 1);
      return;
    case "M":
      checkItemValues(value.M!, depth + 1);
      return;
  }
}

export function checkItemValues(item: Item, depth = 0): void {
  for (const name in item) {
    if (depth === 0 && name === "") throw invalidValue("The attribute name must not be empty");
    if (depth === 0 && name.length > 65_535) throw invalidValue("The attribute name exceeds the size limit");
    checkValue(item[name]!, depth);
  }
}

const hasDuplicates = (values: string[]): boolean => values.length > 1 && new Set(values).size < values.length;

/** Bytes as AWS counts them for limits and capacity. */
export function itemSize(item: Item): number {
  let size = 0;
  for (const name in item) size += Buffer.byteLength(name) + valueSize(item[name]!);
  return size;
}

function valueSize(value: AttributeValue): number {
  switch (typeOf(value)) {
    case "S":
      return Buffer.byteLength(value.S!);
    case "N":
      return numberSize(value.N!);
    case "B":
      return binarySize(value.B!);
    case "SS":
      return value.SS!.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case "NS":
      return value.NS!.reduce((sum, number) => sum + numberSize(number), 0);
    case "BS":
      return value.BS!.reduce((sum, bytes) => sum + binarySize(bytes), 0);
    case "L":
      return value.L!.reduce((sum, element) => sum + 1 + valueSize(element), 3);
    case "M":
      return 3 + Object.keys(value.M!).length + itemSize(value.M!);
    default:
      return 1;
  }
}

const binarySize = (base64: string): number => Buffer.byteLength(base64, "base64");

/** Deep; sets are equal in any order. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  switch (type) {
    case "SS":
    case "NS":
    case "BS":
      return equalSets(left[type]!, right[type]!);
    case "L":
      return left.L!.length === right.L!.length && left.L!.every((element, at) => equalValues(element, right.L![at]!));
    case "M":
      return equalItems(left.M!, right.M!);
    default:
      return left[type] === right[type];
  }
}

function equalSets(left: string[], right: string[]): boolean {
  if (left.length !== right.length) return false;
  const members = new Set(left);
  return right.every((member) => members.has(member));
}

function equalItems(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equalValues(left[name]!, right[name]!))
  );
}

/** Undefined where DynamoDB has no order: other types, or two types. Strings compare as UTF-8. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  const type = typeOf(left);
  if (type !== typeOf(right)) return undefined;
  if (type === "S") return left.S === right.S ? 0 : Buffer.compare(Buffer.from(left.S!), Buffer.from(right.S!));
  if (type === "N") return left.N === right.N ? 0 : compareNumbers(left.N!, right.N!);
  if (type === "B") return Buffer.compare(Buffer.from(left.B!, "base64"), Buffer.from(right.B!, "base64"));
  return undefined;
}
