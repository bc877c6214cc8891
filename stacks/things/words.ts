/**
 * What a person said of a thing, as its type wants it: every problem at once, each with the key it is about. It makes
 * nothing, and a value never stands in what it says.
 */
import { suggest } from "../../blueprints/suggest.ts";
import type { Field, ThingType } from "./schema.ts";
import { fileKey, type Json } from "./thing.ts";

export interface Problem {
  /** `rules[0].status` */
  key: string;
  why: string;
}

export interface Said {
  inputs: Record<string, Json>;
  problems: Problem[];
}

const kindWords: Record<Field["kind"], string> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  list: "a list, in JSON",
  map: "a map, in JSON",
  object: "a map, in JSON",
  json: "JSON",
  file: "a file",
  archive: "a folder or a .zip",
};

/** `KEY=VALUE` words; what is a file stays the path that was typed, for the caller to keep. */
export function readWords(type: ThingType, words: Readonly<Record<string, string>>): Said {
  const problems: Problem[] = [];
  const inputs: Record<string, Json> = {};
  for (const [key, text] of Object.entries(words)) {
    const field = Object.hasOwn(type.inputs, key) ? type.inputs[key]! : undefined;
    const value = field ? parse(field, text) : undefined;
    if (!field) problems.push({ key, why: unknown(key, type.inputs) });
    else if (value === undefined) problems.push({ key, why: `is ${wanted(field)}` });
    else {
      problems.push(...problemsOf(field, value, key));
      inputs[key] = value;
    }
  }
  problems.push(...missing(type.inputs, inputs, ""));
  return { inputs, problems };
}

/** Of inputs that are values already, as a list of things has them. */
export function problemsOfInputs(type: ThingType, inputs: Readonly<Record<string, Json>>): Problem[] {
  return ofObject(type.inputs, inputs, "").map(({ key, why }) => ({ key: key.replace(/^\./, ""), why }));
}

const wanted = ({ kind, oneOf }: Field): string => (oneOf ? `one of ${oneOf.join(", ")}` : kindWords[kind]);

function parse(field: Field, text: string): Json | undefined {
  switch (field.kind) {
    case "string":
      return text;
    case "file":
    case "archive":
      return text === "" ? undefined : { [fileKey]: text };
    case "json":
      return fromJson(text) === undefined ? undefined : text;
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : undefined;
    default:
      return fromJson(text);
  }
}

function fromJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Of a value that is there, whatever it came from. */
function problemsOf(field: Field, value: Json, key: string): Problem[] {
  const wrong = (why: string): Problem[] => [{ key, why }];
  if (field.refused !== undefined)
    return wrong(`is not carried out by Freehold's engine${field.refused ? `: ${field.refused}` : ""}`);
  if (field.secret) return wrong("would be kept in plain: secrets are set by freehold secret set");
  switch (field.kind) {
    case "string":
      if (typeof value !== "string") return wrong(`is ${wanted(field)}`);
      return field.oneOf && !field.oneOf.includes(value) ? wrong(`is ${wanted(field)}`) : [];
    case "number":
    case "boolean":
      return typeof value === field.kind ? [] : wrong(`is ${wanted(field)}`);
    case "json":
      return typeof value === "string" || isMap(value) ? [] : wrong(`is ${wanted(field)}`);
    case "list":
      if (!Array.isArray(value)) return wrong(`is ${wanted(field)}`);
      return value.flatMap((item, at) => problemsOf(field.items!, item, `${key}[${at}]`));
    case "map":
      if (!isMap(value)) return wrong(`is ${wanted(field)}`);
      return Object.entries(value).flatMap(([name, item]) => problemsOf(field.items!, item, `${key}.${name}`));
    case "object":
      if (!isMap(value)) return wrong(`is ${wanted(field)}`);
      return ofObject(field.fields!, value, key);
    default:
      return isMap(value) ? [] : wrong(`is ${wanted(field)}`);
  }
}

function ofObject(
  fields: Readonly<Record<string, Field>>,
  value: Readonly<Record<string, Json>>,
  key: string,
): Problem[] {
  const said = Object.entries(value).flatMap(([name, item]): Problem[] => {
    const path = `${key}.${name}`;
    const field = Object.hasOwn(fields, name) ? fields[name]! : undefined;
    return field ? problemsOf(field, item, path) : [{ key: path, why: unknown(name, fields) }];
  });
  return [...said, ...missing(fields, value, `${key}.`)];
}

function missing(
  fields: Readonly<Record<string, Field>>,
  value: Readonly<Record<string, Json>>,
  prefix: string,
): Problem[] {
  return Object.entries(fields).flatMap(([name, field]): Problem[] =>
    field.required && !Object.hasOwn(value, name)
      ? [{ key: `${prefix}${name}`, why: `is needed: ${wanted(field)}` }]
      : [],
  );
}

function unknown(key: string, fields: Readonly<Record<string, Field>>): string {
  const near = suggest(key, Object.keys(fields));
  return `is nothing one says of it${near ? `; did you mean ${near}?` : ""}`;
}

const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
