/** aws:iam/getPolicyDocument:getPolicyDocument: a pure function from statements to JSON; it calls nobody. */
import type { CheckFailure } from "../../engine/provider.ts";
import type { PropertyMap } from "../../engine/value.ts";
import { checkProperties, list, object, type Properties, set, text } from "./schema.ts";
import { str, strs, subs } from "./type.ts";

const principal = set(object({ type: text({ required: true }), identifiers: set(text(), { required: true }) }));

const policyDocumentArgs: Properties = {
  policyId: text(),
  version: text({ oneOf: ["2008-10-17", "2012-10-17"] }),
  sourcePolicyDocuments: list(text()),
  overridePolicyDocuments: list(text()),
  overrideJson: text(),
  sourceJson: text(),
  statements: list(
    object({
      sid: text(),
      effect: text({ oneOf: ["Allow", "Deny"] }),
      actions: set(text()),
      notActions: set(text()),
      resources: set(text()),
      notResources: set(text()),
      principals: principal,
      notPrincipals: principal,
      conditions: set(
        object({
          test: text({ required: true }),
          variable: text({ required: true }),
          values: list(text(), { required: true }),
        }),
      ),
    }),
  ),
};

interface Statement {
  Sid?: string;
  [key: string]: unknown;
}

interface Document {
  Version?: string;
  Id?: string;
  Statement?: Statement | Statement[];
}

/** One value is itself, several are a list in the order pulumi-aws writes them. */
function few(values: string[]): string | string[] {
  return values.length === 1 ? values[0]! : [...values].sort().reverse();
}

function principals(entries: PropertyMap[]): unknown {
  const first = entries[0]!;
  const everyone = str(first, "type") === "*" && strs(first, "identifiers")?.join() === "*";
  if (entries.length === 1 && everyone) return "*";
  const merged: { [type: string]: string[] } = {};
  for (const entry of entries) {
    const type = str(entry, "type")!;
    merged[type] = [...(merged[type] ?? []), ...(strs(entry, "identifiers") ?? [])];
  }
  return Object.fromEntries(Object.entries(merged).map(([type, ids]) => [type, few(ids)]));
}

function conditions(entries: PropertyMap[]): unknown {
  const merged: { [test: string]: { [variable: string]: string | string[] } } = {};
  for (const entry of entries) {
    const values = strs(entry, "values") ?? [];
    merged[str(entry, "test")!] = {
      ...merged[str(entry, "test")!],
      [str(entry, "variable")!]: values.length === 1 ? values[0]! : values,
    };
  }
  return merged;
}

function statement(said: PropertyMap): Statement {
  const result: Statement = {};
  const sid = str(said, "sid");
  if (sid) result.Sid = sid;
  result["Effect"] = str(said, "effect") ?? "Allow";
  const lists = { Action: "actions", NotAction: "notActions", Resource: "resources", NotResource: "notResources" };
  for (const [key, name] of Object.entries(lists)) {
    const values = strs(said, name) ?? [];
    if (values.length > 0) result[key] = few(values);
  }
  for (const [key, name] of Object.entries({ Principal: "principals", NotPrincipal: "notPrincipals" }))
    if (subs(said, name).length > 0) result[key] = principals(subs(said, name));
  if (subs(said, "conditions").length > 0) result["Condition"] = conditions(subs(said, "conditions"));
  return result;
}

/** Later statements with a Sid replace earlier ones of that Sid. */
function merge(base: Document, other: Document): Document {
  const kept = [base.Statement ?? []].flat();
  for (const one of [other.Statement ?? []].flat()) {
    const at = one.Sid ? kept.findIndex(({ Sid }) => Sid === one.Sid) : -1;
    if (at >= 0) kept[at] = one;
    else kept.push(one);
  }
  return { Version: other.Version ?? base.Version, Id: other.Id ?? base.Id, Statement: kept };
}

/** Whether a source repeats a Sid, which AWS would refuse. */
export function policyDocument(args: PropertyMap): { result: PropertyMap; failures: CheckFailure[] } {
  const { inputs, failures } = checkProperties(policyDocumentArgs, args);
  if (failures.length > 0) return { result: {}, failures };
  const parsed = (texts: (string | undefined)[]): Document[] =>
    texts.filter((one) => one !== undefined && one !== "").map((one) => JSON.parse(one!) as Document);
  try {
    const sources = parsed([str(inputs, "sourceJson"), ...(strs(inputs, "sourcePolicyDocuments") ?? [])]);
    const overrides = parsed([...(strs(inputs, "overridePolicyDocuments") ?? []), str(inputs, "overrideJson")]);
    const own: Document = {
      Version: str(inputs, "version"),
      Id: str(inputs, "policyId"),
      Statement: subs(inputs, "statements").map(statement),
    };
    const all = [...sources, own, ...overrides].reduce(merge, {});
    return { result: written(args, all), failures: [] };
  } catch (error) {
    return {
      result: {},
      failures: [{ property: "sourcePolicyDocuments", reason: `This is not JSON: ${(error as Error).message}` }],
    };
  }
}

function written(args: PropertyMap, { Version, Id, Statement: statements }: Document): PropertyMap {
  const document = {
    Version: Version ?? "2012-10-17",
    ...(Id ? { Id } : {}),
    ...([statements ?? []].flat().length > 0 ? { Statement: statements } : {}),
  };
  const json = JSON.stringify(document, undefined, 2);
  return { ...args, id: String(hash(json)), json, minifiedJson: JSON.stringify(document) };
}

/** CRC-32, which is how the Terraform provider names a document. */
function hash(content: string): number {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(content)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
