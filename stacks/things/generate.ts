/**
 * Writes types.schema.json and classes.ts from the declarations of @pulumi/aws, for the types the provider knows. Run it
 * with `node stacks/things/generate.ts`; a test fails while they are stale. It reads declarations, and calls nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { findType, knownTypes } from "../providers/aws/registry.ts";
import type { Properties, Property } from "../providers/kit/schema.ts";
import { propertiesOf } from "../providers/kit/skeleton.ts";
import type { Field, ThingType } from "./schema.ts";

const declarations = new URL("../../node_modules/@pulumi/aws/", import.meta.url);
const declared = (path: string): string => readFileSync(new URL(path, declarations), "utf8");

/** Interfaces of one service's namespace in types/input.d.ts, which is too long to be parsed whole each time. */
class Shapes {
  readonly #text = declared("types/input.d.ts");
  readonly #spaces = new Map<string, Map<string, ts.InterfaceDeclaration>>();

  find(service: string, name: string): ts.InterfaceDeclaration | undefined {
    let space = this.#spaces.get(service);
    if (!space) {
      const begin = this.#text.indexOf(`\nexport declare namespace ${service} {`);
      const end = this.#text.indexOf("\n}\n", begin);
      space = interfacesIn(begin < 0 ? "" : this.#text.slice(begin, end + 3));
      this.#spaces.set(service, space);
    }
    return space.get(name);
  }
}

function interfacesIn(text: string): Map<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) found.set(node.name.text, node);
    else ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, true));
  return found;
}

const unwrapped = new Set(["pulumi.Input", "Promise"]);
/** What a declared type refers to beside shapes: text, as every ARN is. */
const files: Readonly<Record<string, "file" | "archive">> = {
  "pulumi.asset.Archive": "archive",
  "pulumi.asset.Asset": "file",
};

/** One of a union that says most: a shape before text, which stands for it as JSON. */
function fieldOf(type: ts.TypeNode, shapes: Shapes): Field {
  if (ts.isUnionTypeNode(type)) {
    const said = type.types
      .filter((one) => one.kind !== ts.SyntaxKind.UndefinedKeyword)
      .map((one) => fieldOf(one, shapes));
    const file = said.find(({ kind }) => kind === "file");
    return file ?? said.find(({ kind }) => kind !== "string") ?? said[0]!;
  }
  if (ts.isArrayTypeNode(type)) return { kind: "list", items: fieldOf(type.elementType, shapes) };
  if (ts.isTypeLiteralNode(type)) {
    const [index] = type.members;
    const value = index && ts.isIndexSignatureDeclaration(index) ? index.type : undefined;
    return { kind: "map", items: value ? fieldOf(value, shapes) : { kind: "string" } };
  }
  if (ts.isTypeReferenceNode(type)) return referredTo(type, shapes);
  if (type.kind === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return { kind: "boolean" };
  return { kind: "string" };
}

function referredTo(type: ts.TypeReferenceNode, shapes: Shapes): Field {
  const name = type.typeName.getText();
  if (unwrapped.has(name)) return fieldOf(type.typeArguments![0]!, shapes);
  const file = files[name];
  if (file) return { kind: file };
  const [, service = "", shape = ""] = /^inputs\.(\w+)\.(\w+)$/.exec(name) ?? [];
  if (shape === "PolicyDocument" || shape === "AssumeRolePolicyDocument") return { kind: "json" };
  const members = shape === "" ? undefined : shapes.find(service, shape);
  return members ? { kind: "object", fields: fieldsOf(members, shapes) } : { kind: "string" };
}

/** As far as a form has room. */
const longestHelp = 160;

/** The first sentence of what is written above it, without marks and links. Undefined where that says nothing. */
export function firstSentence(text: string): string | undefined {
  const paragraphs = text.split(/\n\s*\n/).map((one) => one.trim());
  // What begins with a warning is said of it afterwards.
  const plain = (paragraphs.find((one) => !one.startsWith(">")) ?? "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`|\*+|\b_|_\b/g, "")
    .replace(/\s+/g, " ")
    .trim();
  // A dot within a name, or behind e.g. and i.e., ends nothing.
  const sentence = /^.*?(?<!\b(?:e\.g|i\.e|vs))\.(?=\s+[A-Z(.]|$)/.exec(plain)?.[0] ?? plain;
  const said = sentence.replace(/[.:]$/, "");
  if (said === "") return undefined;
  return said.length > longestHelp ? `${said.slice(0, said.lastIndexOf(" ", longestHelp - 1))}…` : said;
}

function helpOf(node: ts.Node): { help?: string } {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const help = firstSentence(ts.getTextOfJSDocComment(doc?.comment) ?? "");
  return help === undefined ? {} : { help };
}

/** Of an interface's members, by name. */
const helpsOf = (shape: ts.InterfaceDeclaration): Map<string, { help?: string }> =>
  new Map(shape.members.filter(ts.isPropertySignature).map((member) => [member.name.getText(), helpOf(member)]));

function fieldsOf(shape: ts.InterfaceDeclaration, shapes: Shapes): Record<string, Field> {
  const fields = shape.members.filter(ts.isPropertySignature).map((member): [string, Field] => {
    const field = fieldOf(member.type!, shapes);
    return [member.name.getText(), member.questionToken ? field : { ...field, required: true }];
  });
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** With what the provider says besides: what it refuses, and what a text may be. */
function limited(
  fields: Record<string, Field>,
  properties: Properties,
  secrets: readonly string[],
): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== "tagsAll")
      .map(([name, field]) => {
        const secret = secrets.includes(name) ? { secret: true as const } : {};
        return [name, { ...narrowed(field, properties[name]), ...secret }];
      }),
  );
}

function narrowed(field: Field, property: Property | undefined): Field {
  const required = field.required ? { required: true as const } : {};
  // An input the provider has never heard of is refused as one it knows and does not carry out.
  if (!property || property.kind === "refused") return { kind: "string", refused: property?.instead ?? "" };
  const oneOf = property.oneOf ? { oneOf: property.oneOf } : {};
  if (property.kind === "json") return { kind: "json", ...required };
  if (property.fields && field.fields) return { ...field, fields: limited(field.fields, property.fields, []) };
  if (property.items && field.items) return { ...field, items: narrowed(field.items, property.items) };
  return { ...field, ...oneOf };
}

function thingTypeOf(token: string, shapes: Shapes): ThingType {
  const type = findType(token)!;
  const className = token.split(":")[2]!;
  const text = declared(`${token.split(":")[1]}.d.ts`);
  const args = interfacesIn(text).get(`${className}Args`)!;
  const helps = helpsOf(args);
  const inputs = limited(fieldsOf(args, shapes), propertiesOf(type), type.secretOutputs ?? []);
  return {
    token,
    className,
    ...classHelp(text, className),
    ...(type.taggable ? { taggable: true } : {}),
    ...(type.autoname ? { named: { input: type.autoname.property, longest: type.autoname.maxLength } } : {}),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, field]) => [
        name,
        // What cannot be said needs no words.
        field.refused === undefined && !field.secret ? { ...field, ...helps.get(name) } : field,
      ]),
    ),
  };
}

function classHelp(text: string, className: string): { help?: string } {
  const file = ts.createSourceFile("class.d.ts", text, ts.ScriptTarget.Latest, true);
  const found = file.statements.find((one) => ts.isClassDeclaration(one) && one.name?.text === className);
  return found ? helpOf(found) : {};
}

/** A line a type. */
function schemaText(): string {
  const shapes = new Shapes();
  const types = [...knownTypes].sort().map((token) => JSON.stringify(thingTypeOf(token, shapes)));
  return `[\n${types.join(",\n")}\n]\n`;
}

function classesText(): string {
  const lines = [...knownTypes].sort().map((token) => {
    const [, path, className] = token.split(":");
    const [key, load] = [`  "${token}": async () =>`, `(await import("@pulumi/aws/${path}.js")).${className},`];
    // As the formatter has it.
    return key.length + load.length < 120 ? `${key} ${load}` : `${key}\n    ${load}`;
  });
  return `/** The classes of @pulumi/aws by their tokens, each loaded by its first use. Generated by generate.ts; do not edit. */
import type { CustomResource, CustomResourceOptions } from "@pulumi/pulumi";

type Made = new (name: string, args: never, options: CustomResourceOptions) => CustomResource;

export const classes: Readonly<Record<string, () => Promise<Made>>> = {
${lines.join("\n")}
};
`;
}

export const generated = [
  { path: new URL("types.schema.json", import.meta.url), text: schemaText },
  { path: new URL("classes.ts", import.meta.url), text: classesText },
];

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { path, text } of generated) writeFileSync(path, text());
