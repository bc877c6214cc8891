/**
 * Writes data/ from the service models that AWS publishes with its SDKs. Run by hand when they change:
 * `node stacks/local/models/generate.ts FOLDER`, where FOLDER is botocore's `data`. Keeps what decides how a request is
 * judged and an answer looks; leaves out every word of documentation, endpoints and signing.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** Systems Manager is far more than the parameter store: of the rest, only the operations' names are kept. */
const wanted: Readonly<Record<string, RegExp>> = {
  dynamodb: /./,
  dynamodbstreams: /./,
  iam: /./,
  lambda: /./,
  logs: /./,
  s3: /./,
  ssm: /Parameter|^(AddTagsToResource|RemoveTagsFromResource|ListTagsForResource)$/,
  sts: /./,
};

const operationKeys = ["http", "input", "output", "errors"];
const shapeKeys = [
  ...["type", "required", "members", "member", "key", "value", "min", "max", "pattern", "enum", "payload", "flattened"],
  ...["locationName", "sensitive", "timestampFormat", "streaming", "eventstream", "event", "union", "exception"],
  ...["error", "box"],
];
const memberKeys = [
  ...["shape", "location", "locationName", "flattened", "xmlAttribute", "timestampFormat", "streaming", "eventpayload"],
  "idempotencyToken",
];

type Json = Record<string, any>;

const pick = (from: Json, keys: readonly string[]): Json =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));

const mapped = (from: Json, change: (value: any) => unknown): Json =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(value)]));

function trimOperation(operation: Json): Json {
  const kept = pick(operation, operationKeys);
  for (const way of ["input", "output"]) if (kept[way]) kept[way] = kept[way].shape;
  if (kept["errors"]) kept["errors"] = kept["errors"].map(({ shape }: { shape: string }) => shape);
  return kept;
}

function trimShape(shape: Json): Json {
  const kept = pick(shape, shapeKeys);
  for (const one of ["member", "key", "value"]) if (kept[one]) kept[one] = pick(kept[one], memberKeys);
  if (kept["members"]) kept["members"] = mapped(kept["members"], (member) => pick(member, memberKeys));
  return kept;
}

/** Names of all shapes that the named ones are made of. */
function reached(shapes: Json, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const { members = {}, member, key, value } = shapes[name];
    queue.push(...[...Object.values<Json>(members), member, key, value].flatMap((one) => (one ? [one.shape] : [])));
  }
  return found;
}

function trim(model: Json, served: RegExp): Json {
  const operations = mapped(model["operations"], (one) => (served.test(one.name) ? trimOperation(one) : {}));
  const roots = Object.values<Json>(operations).flatMap(({ input, output, errors = [] }) =>
    [input, output, ...errors].filter((name) => name !== undefined),
  );
  const names = [...reached(model["shapes"], roots)].sort();
  return {
    metadata: pick(model["metadata"], ["apiVersion", "protocol", "jsonVersion", "targetPrefix", "xmlNamespace"]),
    operations,
    shapes: Object.fromEntries(names.map((name) => [name, trimShape(model["shapes"][name])])),
  };
}

/** One line an operation and a shape: a change of AWS's is a change of a line. */
function text({ metadata, operations, shapes }: Json): string {
  const table = (rows: Json): string =>
    Object.entries(rows)
      .map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
      .join(",\n");
  return `{"metadata":${JSON.stringify(metadata)},\n"operations":{\n${table(operations)}},\n"shapes":{\n${table(shapes)}}}\n`;
}

const [source = ""] = process.argv.slice(2);
for (const [service, served] of Object.entries(wanted)) {
  const newest = readdirSync(join(source, service)).sort().at(-1)!;
  const packed = readFileSync(join(source, service, newest, "service-2.json.gz"));
  const model = trim(JSON.parse(gunzipSync(packed).toString("utf8")) as Json, served);
  writeFileSync(fileURLToPath(new URL(`./data/${service}.json`, import.meta.url)), text(model));
}
