/**
 * XML that clients send, read by the model's shapes as S3 reads it by its schema: elements nobody knows, missing ones,
 * one where only one may be, and values of another type are MalformedXML. Names stay those of the wire.
 */
import { type Member, type Model, modelOf, type Shape } from "../models/index.ts";
import type { Call } from "../service.ts";
import { readWhole } from "./bodies.ts";
import { s3Error } from "./errors.ts";

const maxBytes = 2 * 1024 * 1024;

const malformed = () => s3Error("MalformedXML");

/** The document of an operation's body: texts, numbers, booleans, and lists as arrays. Throws MalformedXML. */
export async function readDocument(call: Call, operation: string): Promise<any> {
  const model = modelOf("s3");
  const input = model.shapes[model.operations[operation]!.input!]!;
  const { shape, locationName = input.payload! } = input.members![input.payload!]!;
  // CompleteMultipartUpload says checksums of the object that it makes.
  const sums = Object.hasOwn(input.members!, "ChecksumType") ? "of another" : "its own";
  const content = await parse(await readWhole(call, maxBytes, malformed, sums), locationName);
  return structure(model, model.shapes[shape]!, content);
}

async function parse(bytes: Buffer, root: string): Promise<unknown> {
  // Loaded with the first document, so that the process is up sooner.
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  const text = bytes.toString("utf8");
  if (text.includes("<!DOCTYPE") || XMLValidator.validate(text) !== true) throw malformed();
  const parser = new XMLParser({
    ignoreAttributes: true,
    ignoreDeclaration: true,
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
    isArray: () => true,
  });
  const document = parser.parse(text) as Record<string, unknown[]>;
  if (!Object.hasOwn(document, root)) throw malformed();
  return document[root]![0];
}

function structure(model: Model, { members = {}, required = [] }: Shape, content: unknown): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  const wire = new Map(Object.entries(members).map(([name, member]) => [member.locationName ?? name, member]));
  for (const [name, elements] of Object.entries(childrenOf(content))) {
    const member = wire.get(name);
    if (!member) throw malformed();
    read[name] = contentOf(model, member, elements);
  }
  for (const name of required) if (read[members[name]!.locationName ?? name] === undefined) throw malformed();
  return read;
}

/** An element's elements. Whitespace between them is not content; other text is none of the schema's. */
function childrenOf(content: unknown): Record<string, unknown[]> {
  if (typeof content === "string") {
    if (content.trim() !== "") throw malformed();
    return {};
  }
  const { "#text": text, ...children } = content as Record<string, unknown>;
  if (text !== undefined && String(text).trim() !== "") throw malformed();
  return children as Record<string, unknown[]>;
}

function contentOf(model: Model, { shape: shapeName, flattened }: Member, elements: unknown[]): unknown {
  const shape = model.shapes[shapeName]!;
  if (shape.type === "list" && (shape.flattened || flattened)) return elements.map((one) => element(model, shape, one));
  if (elements.length > 1) throw malformed();
  if (shape.type !== "list") return single(model, shape, elements[0]);
  const { locationName = "member" } = shape.member!;
  const { [locationName]: items = [], ...others } = childrenOf(elements[0]);
  if (Object.keys(others).length > 0) throw malformed();
  return { [locationName]: items.map((one) => element(model, shape, one)) };
}

const element = (model: Model, list: Shape, content: unknown): unknown =>
  single(model, model.shapes[list.member!.shape]!, content);

function single(model: Model, shape: Shape, content: unknown): unknown {
  if (shape.type === "structure") return structure(model, shape, content);
  const text = typeof content === "object" ? (content as Record<string, unknown>)["#text"] : content;
  if (typeof content === "object" && Object.keys(content as object).some((name) => name !== "#text")) throw malformed();
  return scalar(shape, String(text ?? ""));
}

/** Of a region that is none, S3 says InvalidLocationConstraint. */
const regions = () => modelOf("s3").shapes["BucketLocationConstraint"]!.enum;

function scalar({ type, enum: values }: Shape, text: string): unknown {
  const word = text.trim();
  if (type === "boolean") {
    if (!/^(true|false)$/i.test(word)) throw malformed();
    return word.toLowerCase() === "true";
  }
  if (type === "integer" || type === "long") {
    if (!/^[+-]?\d{1,19}$/.test(word)) throw malformed();
    return Number(word);
  }
  if (type === "timestamp" && Number.isNaN(Date.parse(word))) throw malformed();
  if (values === undefined || values === regions()) return text;
  if (!values.includes(word)) throw malformed();
  return word;
}
