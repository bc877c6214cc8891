/**
 * One judgement for every service: does an input keep the constraints of its shape? In AWS's words, every broken one,
 * in the model's order. Knows no service; which error carries the words is the service's matter.
 */
import type { Model, Shape } from "./index.ts";
import { wholePattern } from "./patterns.ts";

/** AWS stops counting here. */
const mostSaid = 10;

/**
 * The sentence of all broken constraints, undefined when there is none: `1 validation error detected: Value 'x' at
 * 'logGroupName' failed to satisfy constraint: …`. Numbers may come as text (the query protocol).
 */
export function brokenConstraints(
  model: Model,
  shapeName: string,
  input: unknown,
  manner: Manner = {},
): string | undefined {
  const said: string[] = [];
  judge({ model, said, ...manner }, "", shapeName, input);
  return said.length === 0 ? undefined : detected(said);
}

export function detected(said: readonly string[]): string {
  return `${said.length} validation error${said.length === 1 ? "" : "s"} detected: ${said.join("; ")}`;
}

/** What services differ in. */
interface Manner {
  elementsNotNull?: true | undefined;
  valuesUnsaid?: true | undefined;
  /** Members of the input that are not looked at. */
  without?: readonly string[] | undefined;
}

interface Judgement extends Manner {
  model: Model;
  said: string[];
}

function judge(on: Judgement, path: string, shapeName: string, value: any): void {
  const shape = on.model.shapes[shapeName]!;
  if (on.said.length >= mostSaid) return;
  for (const text of brokenBy(shape, value)) say(on, path, shape, value, text);
  if (shape.type === "structure") judgeMembers(on, path, shape, value);
  else if (shape.type === "list") judgeList(on, path, shape, value);
  else if (shape.type === "map") judgeMap(on, path, shape, value);
}

function say(on: Judgement, path: string, shape: Shape, value: unknown, text: string): void {
  if (on.said.length >= mostSaid) return;
  const unsaid = on.valuesUnsaid || isSecret(on.model, shape);
  const shown = value === undefined ? " null" : unsaid ? "" : ` '${show(on.model, shape, value)}'`;
  on.said.push(`Value${shown} at '${path}' failed to satisfy constraint: ${text}`);
}

function judgeMembers(on: Judgement, path: string, shape: Shape, value: any): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(shape.members!)) {
    if (path === "" && on.without?.includes(name)) continue;
    const at = path === "" ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
    const inner = Object.hasOwn(value, name) ? value[name] : undefined;
    if (inner !== undefined && inner !== null) judge(on, at, member.shape, inner);
    else if (shape.required?.includes(name))
      say(on, at, on.model.shapes[member.shape]!, undefined, "Member must not be null");
  }
}

/** Elements that are structures are named one by one; of plain ones the list as a whole is said to be wrong. */
function judgeList(on: Judgement, path: string, shape: Shape, list: unknown): void {
  if (!Array.isArray(list)) return;
  const { shape: elementName } = shape.member!;
  const element = on.model.shapes[elementName]!;
  if (isPlain(element)) {
    if (!list.some((one) => brokenBy(element, one).length > 0)) return;
    const texts = [...constraintsOf(element), ...(on.elementsNotNull ? ["Member must not be null"] : [])];
    say(on, path, shape, list, `Member must satisfy constraint: [${texts.join(", ")}]`);
    return;
  }
  for (const [at, one] of list.entries()) judge(on, `${path}.${at + 1}.member`, elementName, one);
}

function judgeMap(on: Judgement, path: string, shape: Shape, map: unknown): void {
  if (typeof map !== "object" || map === null) return;
  const sides = [
    ["Map keys", shape.key!.shape, Object.keys(map)],
    ["Map value", shape.value!.shape, Object.values(map)],
  ] as const;
  for (const [subject, name, values] of sides) {
    const side = on.model.shapes[name]!;
    if (!isPlain(side)) for (const [key, one] of Object.entries(map)) judge(on, `${path}.${key}.member`, name, one);
    else if (values.some((one) => brokenBy(side, one).length > 0)) {
      const texts = [
        ...constraintsOf(side),
        ...(on.elementsNotNull && subject === "Map value" ? ["Member must not be null"] : []),
      ];
      say(on, path, shape, map, `${subject} must satisfy constraint: [${texts.join(", ")}]`);
    }
  }
}

const isPlain = ({ type }: Shape): boolean => type !== "structure" && type !== "list" && type !== "map";

/** The texts of the constraints that a value breaks. */
function brokenBy(shape: Shape, value: any): string[] {
  const { min, max, pattern } = shape;
  const broken: string[] = [];
  const size = sizeOf(shape, value);
  if (min !== undefined && size < min) broken.push(least(shape));
  if (max !== undefined && size > max) broken.push(most(shape));
  const tooLong = max !== undefined && size > max;
  if (pattern !== undefined && !tooLong && typeof value === "string" && !wholePattern(pattern).test(value))
    broken.push(`Member must satisfy regular expression pattern: ${pattern}`);
  if (shape.enum && !shape.enum.includes(String(value)))
    broken.push(`Member must satisfy enum value set: [${shape.enum.join(", ")}]`);
  return broken;
}

/** As AWS lists them when it speaks of a list's or a map's elements. */
function constraintsOf(shape: Shape): string[] {
  return [
    ...(shape.max === undefined ? [] : [most(shape)]),
    ...(shape.min === undefined ? [] : [least(shape)]),
    ...(shape.pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${shape.pattern}`]),
    ...(shape.enum === undefined ? [] : [`Member must satisfy enum value set: [${shape.enum.join(", ")}]`]),
  ];
}

const isNumber = ({ type }: Shape): boolean => ["integer", "long", "float", "double"].includes(type);
const measure = (shape: Shape): string => (isNumber(shape) ? "value" : "length");
/** A double is told with its point. */
const bound = ({ type }: Shape, limit: number): string =>
  type === "double" && Number.isInteger(limit) ? `${limit}.0` : String(limit);
const least = (shape: Shape): string =>
  `Member must have ${measure(shape)} greater than or equal to ${bound(shape, shape.min!)}`;
const most = (shape: Shape): string =>
  `Member must have ${measure(shape)} less than or equal to ${bound(shape, shape.max!)}`;

function sizeOf(shape: Shape, value: any): number {
  if (isNumber(shape)) return Number(value);
  if (shape.type === "blob" && typeof value === "string") return Buffer.byteLength(value, "base64");
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : Number.NaN;
}

/** It, or what it holds. */
function isSecret(model: Model, { sensitive, member, key, value }: Shape): boolean {
  const inner = [member, key, value].some((one) => one !== undefined && model.shapes[one.shape]!.sensitive === true);
  return sensitive === true || inner;
}

/** As Java prints them: lists in brackets, maps in braces, a double with its point. */
function show(model: Model, shape: Shape, value: any): string {
  const inner = (name: string, one: unknown): string => show(model, model.shapes[name]!, one);
  if (shape.type === "list" && Array.isArray(value))
    return `[${value.map((one) => inner(shape.member!.shape, one)).join(", ")}]`;
  if (shape.type === "map" && typeof value === "object") {
    const entries = Object.entries(value).map(([key, one]) => `${key}=${inner(shape.value!.shape, one)}`);
    return `{${entries.join(", ")}}`;
  }
  if (typeof value === "object") return JSON.stringify(value);
  return isNumber(shape) ? bound(shape, value) : String(value);
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
