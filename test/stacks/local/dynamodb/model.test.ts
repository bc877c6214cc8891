/**
 * DynamoDB reads its inputs by tables of its own, for AWS's texts and for speed. Here each of them is held against the
 * model: whatever it limits is broken once, by one, and must be refused in the model's words.
 */
import { describe, expect, it } from "vitest";
import { operations } from "../../../../stacks/local/dynamodb/operations.ts";
import { readInput, type Shape as Table } from "../../../../stacks/local/dynamodb/shape.ts";
import { modelOf, type Shape } from "../../../../stacks/local/models/index.ts";
import { ServiceError } from "../../../../stacks/local/service.ts";

const model = modelOf("dynamodb");
const shapeOf = (name: string): Shape => model.shapes[name]!;

/** Where the tables say more than the model, or DynamoDB says it itself. */
const exceptions: readonly (readonly [
  where: RegExp,
  treatment: "stricter" | "elsewhere" | "as a whole",
  why: string,
])[] = [
  [
    /TableName$/,
    "stricter",
    "a name has 3 to 255 characters of a few kinds; the model leaves room for ARNs, which are resolved before",
  ],
  [/RequestItems\{key\}$/, "stricter", "a table's name"],
  [/^BatchWriteItem.RequestItems\{\}$/, "as a whole", "AWS says of a map's list what its values must satisfy"],
  [/RequestItems$/, "elsewhere", "items are counted over all tables: Too many items requested (wire.test.ts)"],
  [/ResourceArn$/, "elsewhere", "what is no ARN of a table is an Invalid TableArn (wire.test.ts)"],
];

/** The model leaves out what a table of vectors does not need; every table here needs it. */
const needed: Readonly<Record<string, object>> = {
  CreateTable: {
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  },
};

type Step = string | "[]" | "{}" | "{key}";

interface Case {
  operation: string;
  steps: readonly Step[];
  what: string;
  /** Undefined: the member is left out. */
  value: unknown;
  text: string;
}

const measure = ({ type }: Shape): string => (/integer|long|double/.test(type) ? "value" : "length");

/** A value that a shape takes. */
function valid(name: string): unknown {
  const { type, enum: values, min, member, required = [], members } = shapeOf(name);
  if (name === "AttributeValue") return { S: "x" };
  if (values) return values[0];
  if (type === "structure") return Object.fromEntries(required.map((one) => [one, valid(members![one]!.shape)]));
  if (type === "list") return Array.from({ length: Math.max(min ?? 1, 1) }, () => valid(member!.shape));
  if (type === "map") return { abc: valid(shapeOf(name).value!.shape) };
  if (type === "boolean") return true;
  return type === "string" ? "abcd" : (min ?? 1);
}

/** What breaks each of a shape's own limits, with what is then said. */
function broken(name: string): Pick<Case, "what" | "value" | "text">[] {
  const shape = shapeOf(name);
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern, enum: values, type } = shape;
  const sized = (size: number): unknown =>
    type === "string"
      ? "a".repeat(size)
      : type === "list"
        ? Array.from({ length: size }, () => valid(shape.member!.shape))
        : type === "map"
          ? Object.fromEntries(Array.from({ length: size }, (_, n) => [`abc${n}`, valid(shape.value!.shape)]))
          : size;
  const limit = (word: string, to: number): string =>
    `Member must have ${measure(shape)} ${word} than or equal to ${to}`;
  return [
    ...(min > 0 ? [{ what: "min", value: sized(min - 1), text: limit("greater", min) }] : []),
    ...(max < 1e6 ? [{ what: "max", value: sized(max + 1), text: limit("less", max) }] : []),
    ...(pattern
      ? [{ what: "pattern", value: "!!!", text: `Member must satisfy regular expression pattern: ${pattern}` }]
      : []),
    ...(values ? [{ what: "enum", value: "NO-SUCH", text: "Member must satisfy enum value set: [" }] : []),
  ];
}

function casesOf(operation: string, name: string, steps: readonly Step[] = []): Case[] {
  const shape = shapeOf(name);
  if (name === "AttributeValue" || steps.length > 8) return [];
  const own = steps.length === 0 ? [] : broken(name).map((one) => ({ operation, steps, ...one }));
  const inner = ({ shape: of }: { shape: string }, step: Step) => casesOf(operation, of, [...steps, step]);
  if (shape.type === "list") return [...own, ...inner(shape.member!, "[]")];
  if (shape.type === "map") return [...own, ...inner(shape.key!, "{key}"), ...inner(shape.value!, "{}")];
  if (shape.type !== "structure") return own;
  const missing = (shape.required ?? []).map((one) => ({
    operation,
    steps: [...steps, one],
    what: "missing",
    value: undefined,
    text: "Member must not be null",
  }));
  const { refused = [] } = steps.length === 0 ? operations[operation]! : {};
  const members = Object.entries(shape.members!).filter(([member]) => !refused.includes(member));
  return [...own, ...missing, ...members.flatMap(([member, of]) => inner(of, member))];
}

/** A whole input, wrong at one place. */
function input(name: string, [step, ...rest]: readonly Step[], value: unknown): unknown {
  const shape = shapeOf(name);
  if (step === undefined) return value;
  if (step === "[]") return [input(shape.member!.shape, rest, value)];
  if (step === "{}") return { abc: input(shape.value!.shape, rest, value) };
  if (step === "{key}") return { [value as string]: valid(shape.value!.shape) };
  const whole = valid(name) as Record<string, unknown>;
  return { ...whole, [step]: input(shape.members![step]!.shape, rest, value) };
}

const lowerFirst = (text: string): string => text[0]!.toLowerCase() + text.slice(1);

/** `requestItems.abc.member.keys`; of plain elements, keys and values the whole is named, and what it must satisfy. */
function saidAt(operation: string, steps: readonly Step[], text: string): string {
  let shape = model.operations[operation]!.input!;
  let path = "";
  for (const [at, step] of steps.entries()) {
    const { members, member, value } = shapeOf(shape);
    const next =
      step === "[]" ? member! : step === "{}" ? value! : step === "{key}" ? shapeOf(shape).key! : members![step]!;
    const plain = !/structure|list|map/.test(shapeOf(next.shape).type);
    if (/^[[{]/.test(step) && plain && at === steps.length - 1) {
      const subject = { "[]": "Member", "{}": "Map value", "{key}": "Map keys" }[step]!;
      return `at '${path}' failed to satisfy constraint: ${subject} must satisfy constraint: [`;
    }
    path +=
      step === "[]" ? ".1.member" : step === "{}" ? ".abc.member" : `${path === "" ? "" : "."}${lowerFirst(step)}`;
    shape = next.shape;
  }
  return `at '${path}' failed to satisfy constraint: ${text}`;
}

function said(operation: string, given: unknown): string {
  try {
    readInput(operations[operation]!.members, structuredClone({ ...needed[operation], ...(given as object) }));
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
  return "nothing";
}

const read = Object.keys(operations).filter((name) => Object.keys(operations[name]!.members).length > 0);
const nameOf = ({ operation, steps }: Case): string =>
  `${operation}.${steps.join(".")}`.replaceAll(".[]", "[]").replaceAll(".{", "{");

describe("an operation's table", () => {
  // A table that lags behind the model would take what AWS refuses.
  it.each(read)("%s: refuses what its model refuses, in its words", (operation) => {
    const root = model.operations[operation]!.input!;
    expect(said(operation, valid(root))).toBe("nothing");
    const wrong = casesOf(operation, root).flatMap((one) => {
      const [, treatment] = exceptions.find(([where]) => where.test(nameOf(one)) && one.what !== "missing") ?? [];
      if (treatment === "elsewhere" && one.what === "max") return [];
      if (treatment === "elsewhere" && /ResourceArn$/.test(nameOf(one))) return [];
      const text = said(operation, input(root, one.steps, one.value));
      const whole = "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [";
      const wanted =
        treatment === "as a whole" ? whole : saidAt(operation, one.steps, treatment === "stricter" ? "" : one.text);
      return text.includes(wanted) ? [] : [`${nameOf(one)} ${one.what}: ${text.slice(0, 200)}`];
    });
    expect(wrong).toEqual([]);
  });

  // An exception that nothing needs any more hides the next gap.
  it("needs each of the exceptions", () => {
    const all = read.flatMap((operation) => casesOf(operation, model.operations[operation]!.input!)).map(nameOf);
    expect(exceptions.filter(([where]) => !all.some((name) => where.test(name)))).toEqual([]);
    expect(all.length).toBeGreaterThan(300);
  });

  // Enums by their values: AWS lists them in an order of its own.
  it("has the model's types, members and enums", () => {
    const wrong: string[] = [];
    const types: Record<string, string> = {
      structure: "Struct",
      list: "List",
      map: "Map",
      string: "String",
      boolean: "Boolean",
      integer: "Integer",
      long: "Long",
      double: "Double",
    };
    const compare = (path: string, table: Table | undefined, name: string): void => {
      const shape = shapeOf(name);
      if (table?.type === "AttributeValue" && name === "AttributeValue") return;
      if (table?.type !== types[shape.type]) wrong.push(`${path}: is ${table?.type}, in the model ${shape.type}`);
      if ([...(table?.enum ?? [])].sort().join() !== [...(shape.enum ?? [])].sort().join())
        wrong.push(`${path}: ${table?.enum}`);
      for (const [member, { shape: of }] of Object.entries(shape.members ?? {}))
        compare(`${path}.${member}`, table?.members?.[member], of);
      const of = shape.member ?? shape.value;
      if (of) compare(`${path}[]`, table?.of, of.shape);
    };
    for (const operation of read) {
      const { members, refused = [] } = operations[operation]!;
      for (const [name, { shape }] of Object.entries(shapeOf(model.operations[operation]!.input!).members!))
        if (!refused.includes(name)) compare(`${operation}.${name}`, members[name], shape);
    }
    expect(wrong).toEqual([]);
  });
});
