/** The models' data and what is made of it: patterns, constraints' texts, and what is not carried out. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { operations as dynamodb } from "../../../../stacks/local/dynamodb/operations.ts";
import { inputRules as streams } from "../../../../stacks/local/dynamodb/streams/input-rules.ts";
import { inputRules as iam } from "../../../../stacks/local/iam/input-rules.ts";
import { inputRules as lambda } from "../../../../stacks/local/lambda/input-rules.ts";
import { inputRules as logs } from "../../../../stacks/local/logs/input-rules.ts";
import { admitForm, admitJson, type InputRules } from "../../../../stacks/local/models/admit.ts";
import { type Model, modelOf } from "../../../../stacks/local/models/index.ts";
import { wholePattern } from "../../../../stacks/local/models/patterns.ts";
import {
  refused,
  refusedIn,
  refusedWhole,
  treatmentOf,
  withoutEffect,
} from "../../../../stacks/local/s3/input-rules.ts";
import { operationsAt } from "../../../../stacks/local/s3/naming.ts";
import { operations as s3 } from "../../../../stacks/local/s3/routes.ts";
import { ServiceError } from "../../../../stacks/local/service.ts";
import { inputRules as ssm } from "../../../../stacks/local/ssm/input-rules.ts";
import { inputRules as sts } from "../../../../stacks/local/sts/input-rules.ts";

const local = resolve(import.meta.dirname, "../../../../stacks/local");
const services = ["dynamodb", "dynamodbstreams", "iam", "lambda", "logs", "s3", "ssm", "sts"];

function sourceOf(folder: string): string {
  return readdirSync(folder)
    .map((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return sourceOf(path);
      return /^(?!input-rules|refused|access).*\.ts$/.test(name)
        ? readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "")
        : "";
    })
    .join("\n");
}

const patterns = services.flatMap((service) =>
  Object.entries(modelOf(service).shapes).flatMap(([name, { pattern, max }]) =>
    pattern === undefined ? [] : [{ at: `${service} ${name}`, pattern, max }],
  ),
);

describe("patterns of the models", () => {
  // A pattern that does not compile would fail the first request that meets it.
  it("all compile", () => {
    expect(patterns.length).toBeGreaterThan(200);
    const broken = patterns.filter(({ pattern }) => {
      try {
        return !wholePattern(pattern);
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([]);
  });

  // One process serves everybody: a value made to backtrack must not hold it up. Lengths are checked first.
  it("judge hostile values of the greatest length in a bounded time", () => {
    const units = ["a", "A", "0", "-", "/", "a-", "a/", "a.", " ", "arn:aws:", "1.", "_", "é", "a:", "a,"];
    // DynamoDB and S3 have readers of their own, which try none of these.
    const tried = patterns.filter(({ at }) => !/^(dynamodb|s3) /.test(at));
    const slow = tried.flatMap(({ at, pattern, max = 10_000 }) => {
      const expression = wholePattern(pattern);
      const length = Math.min(max, 10_000);
      const worst = Math.max(
        ...units.map((unit) => {
          const text = `${unit.repeat(Math.ceil(length / unit.length)).slice(0, length - 1)}\u0000`;
          const began = performance.now();
          expression.test(text);
          return performance.now() - began;
        }),
      );
      return worst > 250 ? [`${at}: ${worst.toFixed(0)} ms`] : [];
    });
    expect(slow).toEqual([]);
  });

  // Java's classes and flags are put in JavaScript's words.
  it("mean what they mean in Java", () => {
    expect(wholePattern("\\p{Print}+").test("a b~")).toBe(true);
    expect(wholePattern("\\p{Print}+").test("é")).toBe(false);
    expect(wholePattern("(?i)all|[0-9]{12}").test("ALL")).toBe(true);
    expect(wholePattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*").test("Straße 1/2 = @")).toBe(true);
    expect(wholePattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*").test("a&b")).toBe(false);
  });
});

function said(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ServiceError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

describe("an input that breaks its model", () => {
  // Texts and their order are AWS's: clients and people search for them.
  it.each([
    [
      () => admitJson(logs, "CreateLogGroup", {}),
      "InvalidParameterException: 1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null",
    ],
    [
      () => admitJson(logs, "CreateLogGroup", { logGroupName: "" }),
      "InvalidParameterException: 2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    ],
    [
      () => admitJson(logs, "DescribeLogGroups", { limit: 51 }),
      "InvalidParameterException: 1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    ],
    [
      () => admitJson(logs, "DescribeLogStreams", { logGroupName: "g", orderBy: "Size" }),
      "InvalidParameterException: 1 validation error detected: Value 'Size' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]",
    ],
    [
      () => admitJson(logs, "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents: [{ timestamp: 1 }] }),
      "InvalidParameterException: 1 validation error detected: Value null at 'logEvents.1.member.message' failed to satisfy constraint: Member must not be null",
    ],
    [
      () => admitJson(logs, "TagLogGroup", { logGroupName: "g", tags: { "a&b": "c" } }),
      "InvalidParameterException: 1 validation error detected: Value '{a&b=c}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$]",
    ],
    [
      () => admitJson(logs, "FilterLogEvents", { logGroupName: "g", logStreamNames: ["a:b"] }),
      "InvalidParameterException: 1 validation error detected: Value '[a:b]' at 'logStreamNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 512, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [^:*]*]",
    ],
    [
      () => admitForm(sts, "AssumeRole", { RoleSessionName: "s" }),
      "ValidationError: 2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value 's' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    [() => admitForm(iam, "ListRoles", { MaxItems: "many" }), "MalformedInput: Invalid integer: many"],
    [
      () => admitForm(iam, "ListRoles", { MaxItems: "1001" }),
      "ValidationError: 1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
    // What is secret is not said back.
    [
      () => admitJson(ssm, "PutParameter", { Name: "n", Value: "v", Type: "secret" }),
      "ValidationException: 1 validation error detected: Value 'secret' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [String, StringList, SecureString]",
    ],
  ])("is refused in AWS's words (%#)", (run, text) => {
    expect(said(run)).toBe(text);
  });

  // A client with a wrong type must learn it, not have its value cast.
  it.each([
    [{ logGroupName: 5 }, "NUMBER_VALUE cannot be converted to String"],
    [{ logGroupName: true }, "TRUE_VALUE cannot be converted to String"],
    [{ logGroupName: ["g"] }, "Start of structure or map found where not expected."],
    [{ logGroupName: "g", tags: ["a"] }, "Unrecognized collection type"],
    [{ logGroupName: "g", tags: { a: null } }, "Unexpected null value in map"],
  ])("is not read when its types are others: %j", (input, text) => {
    expect(said(() => admitJson(logs, "CreateLogGroup", input))).toBe(`SerializationException: ${text}`);
  });

  // AWS passes over what it does not know and takes null for absent; `__proto__` is a key like any other.
  it("keeps known members only", () => {
    const read = admitJson(logs, "CreateLogGroup", JSON.parse('{"logGroupName":"g","color":1,"tags":null}'));
    expect(read).toEqual({ logGroupName: "g" });
    const tags = JSON.parse('{"logGroupName":"g","tags":{"__proto__":"x"}}');
    expect(Object.keys(admitJson(logs, "CreateLogGroup", tags).tags)).toEqual(["__proto__"]);
  });

  // What is not carried out is an error by its name, never a silent success; empty values ask for nothing.
  it("is refused by name where it is not carried out", () => {
    expect(said(() => admitJson(logs, "CreateLogGroup", { logGroupName: "g", kmsKeyId: "arn:aws:kms:k" }))).toBe(
      "InvalidParameterException: kmsKeyId is not supported by this local cloud.",
    );
    expect(admitJson(logs, "DescribeLogGroups", { accountIdentifiers: [] })).toEqual({ accountIdentifiers: [] });
  });
});

interface Served {
  operation: string;
  members: { name: string; wire: string }[];
}

/** Operations that a service's source names, with the members of their inputs; a path's parts are read by the router. */
function served(model: Model, source: string): Served[] {
  return Object.entries(model.operations).flatMap(([operation, { input }]) => {
    if (!new RegExp(`\\b${operation}\\b`).test(source) || !input) return [];
    const { members = {}, payload } = model.shapes[input]!;
    const asked = Object.entries(members).filter(([name, { location }]) => location !== "uri" && name !== payload);
    return [{ operation, members: asked.map(([name, { locationName: wire = name }]) => ({ name, wire })) }];
  });
}

describe("a member of an input", () => {
  const rooms: [string, InputRules, string?][] = [
    ["dynamodbstreams", streams, "dynamodb/streams"],
    ["iam", iam],
    ["lambda", lambda],
    ["logs", logs],
    ["ssm", ssm],
    ["sts", sts],
  ];

  // A new member of AWS's must be carried out or be refused by name; nobody may find out from a silent success.
  it.each(rooms)(
    "of %s is read by the service or refused by its table",
    (service, { notCarried = {}, withoutEffect = {} }, folder = service) => {
      const source = sourceOf(join(local, folder));
      const reads = (word: string): boolean => new RegExp(`\\b${word}\\b`, "i").test(source);
      const lost = served(modelOf(service), source).flatMap(({ operation, members }) =>
        members
          .filter(({ name }) => !notCarried[operation]?.includes(name) && !withoutEffect[operation]?.[name])
          .filter(({ name, wire }) => !reads(name) && !reads(wire))
          .map(({ name }) => `${operation}.${name}`),
      );
      expect(lost).toEqual([]);
    },
  );

  // A name AWS does not have would refuse nothing.
  it.each(rooms)("that %s's table refuses is one AWS has", (service, { notCarried = {} }) => {
    const model = modelOf(service);
    const wrong = Object.entries(notCarried).flatMap(([operation, members]) =>
      members
        .filter((name) => !model.shapes[model.operations[operation]?.input ?? ""]?.members?.[name])
        .map((name) => `${operation}.${name}`),
    );
    expect(wrong).toEqual([]);
  });

  // S3 says what becomes of each member of each operation: one that AWS adds is nobody's until it is in a table.
  it("of S3 is carried out, refused, or without effect for a reason", () => {
    const model = modelOf("s3");
    const served = Object.keys(s3).flatMap(operationsAt);
    expect(served.length).toBeGreaterThan(70);
    const lost = served
      .filter((operation) => !refusedWhole.has(operation))
      .flatMap((operation) =>
        Object.keys(model.shapes[model.operations[operation]!.input ?? ""]?.members ?? {})
          .filter((member) => treatmentOf(operation, member) === undefined)
          .map((member) => `${operation}.${member}`),
      );
    expect(lost).toEqual([]);
  });

  // An address AWS does not have would be ours alone, and a name AWS does not have would refuse nothing.
  it("and an operation that S3's tables name are ones AWS has", () => {
    const model = modelOf("s3");
    expect(Object.keys(s3).filter((name) => operationsAt(name).length === 0)).toEqual([]);
    const members = new Set(Object.values(model.shapes).flatMap((shape) => Object.keys(shape.members ?? {})));
    const names = [
      ...Object.keys(refused),
      ...Object.keys(withoutEffect),
      ...Object.values(refusedIn).flatMap(Object.keys),
    ];
    expect(names.filter((name) => !members.has(name))).toEqual([]);
    const operations = [...refusedWhole, ...Object.keys(refusedIn)];
    expect(operations.filter((name) => !model.operations[name])).toEqual([]);
  });

  // DynamoDB's tables are written by hand, for its own order of errors: they must say what the model says.
  it("of DynamoDB is in its operation's table, or refused there", () => {
    const model = modelOf("dynamodb");
    const lost = Object.entries(dynamodb).flatMap(([operation, { members, refused = [] }]) =>
      Object.keys(members).length === 0
        ? []
        : Object.keys(model.shapes[model.operations[operation]!.input!]!.members!)
            .filter((name) => !(name in members) && !refused.includes(name))
            .map((name) => `${operation}.${name}`),
    );
    expect(lost).toEqual([]);
  });
});
