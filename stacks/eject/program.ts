/**
 * A stack's state as a program of plain Pulumi: one resource a line, with the inputs that the state has, references where it
 * remembers them, and the options that decide what may go. Text from data: it reads no file and calls nothing.
 */
import { signatureKey, signatures } from "../engine/values/signatures.ts";

export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  parent?: string;
  provider?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string;
  external?: boolean;
  delete?: boolean;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

export interface Program {
  text: string;
  /** Encrypted as the state has them, by the key in which the program asks for each. */
  secrets: Readonly<Record<string, string>>;
}

const rootType = "pulumi:pulumi:Stack";
/** Said by the class of the provider itself, or by whoever serves it. */
const providersOwn = new Set([
  "version",
  "skipCredentialsValidation",
  "skipRegionValidation",
  "skipMetadataApiCheck",
  "pluginDownloadURL",
]);

/** Of whose classes it is made: `aws`, `cloudflare`. Sorted. */
export function packagesOf(resources: readonly StateResource[]): string[] {
  const named = resources.flatMap(({ type }) => /^pulumi:providers:(\w+)$/.exec(type)?.[1] ?? []);
  return [...new Set(named)].sort();
}

/** Resources come in the state's order, in which what is needed stands first. */
export function programOf(resources: readonly StateResource[], outputs: Readonly<Record<string, unknown>>): Program {
  const said = Object.entries(outputs).filter(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && !hasSecret(value));
  const writer = new Writer(
    resources,
    said.map(([name]) => name),
  );
  const lines = resources
    .filter(({ type, delete: condemned, external }) => type !== rootType && !condemned && !external)
    .map((resource) => writer.line(resource));
  const config = Object.keys(writer.secrets).length > 0 ? ["const config = new pulumi.Config();"] : [];
  const exports = said.map(([name, value]) => `export const ${name} = ${writer.value(value)};`);
  const text = [
    ...packagesOf(resources).map((name) => `import * as ${name} from "@pulumi/${name}";`),
    'import * as pulumi from "@pulumi/pulumi";',
    "",
    ...config,
    ...lines,
    ...(exports.length > 0 ? ["", ...exports] : []),
    "",
  ].join("\n");
  return { text, secrets: writer.secrets };
}

class Writer {
  readonly secrets: Record<string, string> = {};
  readonly #byUrn: Map<string, StateResource>;
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;

  constructor(resources: readonly StateResource[], exported: readonly string[]) {
    this.#taken = new Set([...packagesOf(resources), "pulumi", "config", ...exported]);
    this.#byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  line(resource: StateResource): string {
    const variable = this.#variable(resource);
    const name = JSON.stringify(nameOf(resource.urn));
    const options = this.#options(resource);
    if (!resource.custom)
      return `const ${variable} = new pulumi.ComponentResource(${JSON.stringify(resource.type)}, ${name}, {}${options});`;
    return `const ${variable} = new ${className(resource.type)}(${name}, ${this.#inputs(resource)}${options});`;
  }

  value(value: unknown): string {
    const file = fileOf(value);
    if (file) return file;
    if (Array.isArray(value)) return `[${value.map((item) => this.value(item)).join(", ")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    const ciphertext = cipherOf(value);
    if (ciphertext !== undefined) return this.#secret(ciphertext);
    const fields = Object.entries(value).filter(([key]) => !key.startsWith("__"));
    return fields.length === 0
      ? "{}"
      : `{ ${fields.map(([key, item]) => `${keyOf(key)}: ${this.value(item)}`).join(", ")} }`;
  }

  #secret(ciphertext: string): string {
    const key = `secret${Object.keys(this.secrets).length + 1}`;
    this.secrets[key] = ciphertext;
    return `config.requireSecretObject<any>("${key}")`;
  }

  /** What the program said: not what the provider filled in, which it fills in again. */
  #inputs(resource: StateResource): string {
    const inputs = resource.inputs ?? {};
    const isProvider = resource.type.startsWith("pulumi:providers:");
    const filled = new Set(["tagsAll", ...((inputs["__defaults"] as string[] | undefined) ?? [])]);
    const said = Object.entries(inputs).filter(
      ([key]) => !key.startsWith("__") && !filled.has(key) && !(isProvider && providersOwn.has(key)),
    );
    const fields = said.map(([key, value]) => {
      const plain = isProvider ? decoded(value) : value;
      return `${keyOf(key)}: ${this.#reference(resource, key, value) ?? this.value(plain)}`;
    });
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }

  /** Of an input that came from another resource: that one's own output. */
  #reference({ propertyDependencies = {} }: StateResource, key: string, value: unknown): string | undefined {
    const [urn, ...more] = propertyDependencies[key] ?? [];
    const from = urn === undefined || more.length > 0 ? undefined : this.#byUrn.get(urn);
    const variable = from && this.#names.get(from.urn);
    if (!from || !variable || typeof value !== "string") return undefined;
    if (value === from.id) return `${variable}.id`;
    const output = Object.keys(from.outputs ?? {}).find(
      (name) => from.outputs![name] === value && references.has(name),
    );
    return output === undefined ? undefined : `${variable}.${output}`;
  }

  #options(resource: StateResource): string {
    const { parent, provider, protect, retainOnDelete, deletedWith, dependencies = [] } = resource;
    const of = (urn: string | undefined): string | undefined => (urn === undefined ? undefined : this.#names.get(urn));
    // A provider's reference is its URN and its id.
    const from = of(provider?.slice(0, provider.lastIndexOf("::")));
    const after = [...new Set(dependencies)].flatMap((urn) => of(urn) ?? []);
    const options = [
      ...(of(parent) ? [`parent: ${of(parent)}`] : []),
      ...(from ? [`provider: ${from}`] : []),
      ...(after.length > 0 ? [`dependsOn: [${after.join(", ")}]`] : []),
      ...(protect ? ["protect: true"] : []),
      ...(retainOnDelete ? ["retainOnDelete: true"] : []),
      ...(of(deletedWith) ? [`deletedWith: ${of(deletedWith)}`] : []),
    ];
    return options.length === 0 ? "" : `, { ${options.join(", ")} }`;
  }

  #variable({ urn, type }: StateResource): string {
    const kind = type.split(":").at(-1)!;
    const words = `${nameOf(urn)} ${kind}`.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
    const plain = words.map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join("");
    const safe = /^[A-Za-z]/.test(plain) ? plain : `r${plain}`;
    let name = safe;
    for (let more = 2; this.#taken.has(name); more++) name = `${safe}${more}`;
    this.#taken.add(name);
    this.#names.set(urn, name);
    return name;
  }
}

/** Outputs that a reference is usually to. */
const references = new Set(["arn", "name", "bucket", "functionName", "key"]);

export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/**
 * `aws.s3.Bucket` of `aws:s3/bucket:Bucket`, `cloudflare.DnsRecord` of `cloudflare:index/dnsRecord:DnsRecord`,
 * `aws.Provider` of `pulumi:providers:aws`.
 */
function className(type: string): string {
  if (type.startsWith("pulumi:providers:")) return `${type.split(":").at(-1)}.Provider`;
  const [pkg, path = "", name] = type.split(":");
  const module = path.split("/")[0];
  return [pkg, ...(module === "index" ? [] : [module]), name].join(".");
}

const keyOf = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key));

function decoded(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    // Text, as it is.
    return value;
  }
}

type Signed = Record<string, unknown>;
const signatureOf = (value: unknown): unknown =>
  value !== null && typeof value === "object" ? (value as Signed)[signatureKey] : undefined;

const cipherOf = (value: object): string | undefined => {
  const { ciphertext } = value as { ciphertext?: unknown };
  return signatureOf(value) === signatures.secret && typeof ciphertext === "string" ? ciphertext : undefined;
};

function fileOf(value: unknown): string | undefined {
  const signature = signatureOf(value);
  const { path, text } = (value ?? {}) as { path?: string; text?: string };
  if (signature === signatures.archive && path !== undefined)
    return `new pulumi.asset.FileArchive(${JSON.stringify(path)})`;
  if (signature !== signatures.asset) return undefined;
  if (path !== undefined) return `new pulumi.asset.FileAsset(${JSON.stringify(path)})`;
  return `new pulumi.asset.StringAsset(${JSON.stringify(text ?? "")})`;
}

function hasSecret(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  return signatureOf(value) === signatures.secret || Object.values(value).some(hasSecret);
}

/** Every file or folder a state names, with what replaces its path there. */
export function withPaths(value: unknown, replace: (path: string, hash: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withPaths(item, replace));
  if (value === null || typeof value !== "object") return value;
  const { path, hash } = value as { path?: unknown; hash?: unknown };
  const signature = signatureOf(value);
  const isFile = signature === signatures.asset || signature === signatures.archive;
  if (isFile && typeof path === "string") return { ...value, path: replace(path, String(hash)) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPaths(item, replace)]));
}
