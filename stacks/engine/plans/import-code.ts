/**
 * The TypeScript that declares imported resources: what a program must say so that its next update changes nothing.
 * Secrets are read from configuration, never written out.
 */
import type { ResourceState } from "../state/resource.ts";
import { Archive, Asset, type PropertyMap, type PropertyValue, Secret } from "../value.ts";
import { packageOf, parseReference, parseUrn, rootStackType } from "../values/urn.ts";
import { isMap } from "../values/values.ts";

export function importCode(states: readonly ResourceState[]): string {
  const writer = new Writer(states);
  const body = states.map((state) => writer.resource(state)).join("\n");
  const packages = [...new Set(states.filter(({ custom }) => custom).map(({ type }) => packageOf(type)))].sort();
  return [
    `import * as pulumi from "@pulumi/pulumi";\n`,
    ...packages.map((pkg) => `import * as ${identifier(pkg)} from "@pulumi/${pkg}";\n`),
    ...(writer.needsConfig ? ["\nconst config = new pulumi.Config();\n"] : []),
    `\n${body}`,
  ].join("");
}

class Writer {
  needsConfig = false;
  private readonly names = new Map<string, string>();

  constructor(states: readonly ResourceState[]) {
    const taken = new Set(["pulumi", "config", ...states.map(({ type }) => identifier(packageOf(type)))]);
    for (const { urn } of states) {
      const wanted = identifier(parseUrn(urn)?.name ?? "resource");
      let name = wanted;
      for (let n = 2; taken.has(name); n++) name = `${wanted}${n}`;
      taken.add(name);
      this.names.set(urn, name);
    }
  }

  resource(state: ResourceState): string {
    const name = parseUrn(state.urn)?.name ?? "";
    const variable = this.names.get(state.urn)!;
    const options = this.options(state);
    const text = JSON.stringify(name);
    if (!state.custom)
      return `const ${variable} = new pulumi.ComponentResource(${JSON.stringify(state.type)}, ${text}, {}${options});\n`;
    return `const ${variable} = new ${className(state.type)}(${text}, ${this.map(state.inputs, "", `${variable}`)}${options});\n`;
  }

  private options(state: ResourceState): string {
    const parent = state.parent && parseUrn(state.parent)?.type !== rootStackType ? state.parent : undefined;
    const provider = state.provider && parseReference(state.provider)?.urn;
    const given = provider && !/^default(_\d|$)/.test(parseUrn(provider)?.name ?? "") ? provider : undefined;
    const lines = [
      ...(state.protect ? ["    protect: true,\n"] : []),
      ...(parent ? [`    parent: ${this.reference(parent)},\n`] : []),
      ...(given ? [`    provider: ${this.reference(given)},\n`] : []),
    ];
    return lines.length > 0 ? `, {\n${lines.join("")}}` : "";
  }

  /** What is not in this import has its own declaration in the program already. */
  private reference(urn: string): string {
    return this.names.get(urn) ?? identifier(parseUrn(urn)?.name ?? "");
  }

  private map(map: PropertyMap, indent: string, path: string): string {
    const entries = Object.entries(map).filter(([key, value]) => value !== undefined && !key.startsWith("__"));
    if (entries.length === 0) return "{}";
    const inner = `${indent}    `;
    const lines = entries.map(([key, value]) => {
      const shown = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
      return `${inner}${shown}: ${this.value(value, inner, `${path}.${key}`)},\n`;
    });
    return `{\n${lines.join("")}${indent}}`;
  }

  private value(value: PropertyValue, indent: string, path: string): string {
    if (value instanceof Secret) {
      this.needsConfig = true;
      const read = `config.requireSecret${typeof value.value === "string" ? "" : "Object"}`;
      return `${read}(${JSON.stringify(path.replace(/[^\w.-]/g, "_"))})`;
    }
    if (Array.isArray(value)) {
      if (value.length === 0) return "[]";
      const items = value.map((item, at) => `${indent}    ${this.value(item, `${indent}    `, `${path}.${at}`)},\n`);
      return `[\n${items.join("")}${indent}]`;
    }
    if (value instanceof Asset) return assetCode(value);
    if (value instanceof Archive) return this.archive(value, indent, path);
    if (isMap(value)) return this.map(value, indent, path);
    return JSON.stringify(value);
  }

  private archive(value: Archive, indent: string, path: string): string {
    if (value.uri !== undefined) return `new pulumi.asset.RemoteArchive(${JSON.stringify(value.uri)})`;
    if (value.path !== undefined) return `new pulumi.asset.FileArchive(${JSON.stringify(value.path)})`;
    return `new pulumi.asset.AssetArchive(${this.map({ ...value.assets }, indent, path)})`;
  }
}

function assetCode({ text, path, uri }: Asset): string {
  if (text !== undefined) return `new pulumi.asset.StringAsset(${JSON.stringify(text)})`;
  return uri === undefined
    ? `new pulumi.asset.FileAsset(${JSON.stringify(path ?? "")})`
    : `new pulumi.asset.RemoteAsset(${JSON.stringify(uri)})`;
}

/** `aws:s3/bucket:Bucket` -> `aws.s3.Bucket`; `random:index/randomPet:RandomPet` -> `random.RandomPet`. */
function className(type: string): string {
  const [pkg = "", module = "", name = ""] = type.split(":");
  if (pkg === "pulumi") return `${identifier(module === "providers" ? name : pkg)}.Provider`;
  const group = module.split("/")[0] ?? "";
  return [identifier(pkg), ...(group === "" || group === "index" ? [] : [identifier(group)]), name].join(".");
}

/** camelCase, and never a word that TypeScript keeps for itself. */
function identifier(text: string): string {
  const name = text.replace(/[^\w$]+(.)?/g, (_all, next: string | undefined) => next?.toUpperCase() ?? "");
  const safe = /^[A-Za-z_$]/.test(name) ? name : `_${name}`;
  return reserved.has(safe) ? `_${safe}` : safe;
}

const reserved = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);
