/**
 * What may be said of a thing: the words of types.schema.json, which stacks/things/generate.ts makes of @pulumi/aws, and how a
 * person's word for a type finds it. Nothing here is of one type, and nothing calls AWS.
 */
import { suggest } from "../../blueprints/suggest.ts";

export interface Field {
  kind: "string" | "number" | "boolean" | "list" | "map" | "object" | "json" | "file" | "archive";
  required?: true;
  /** Of lists and maps. */
  items?: Field;
  /** Of objects. */
  fields?: Readonly<Record<string, Field>>;
  oneOf?: readonly string[];
  /** Real in @pulumi/aws, not carried out here: what to use instead. */
  refused?: string;
  /** A list of things is no place for it. */
  secret?: true;
  /** What it is, in a sentence; of inputs of a type, not of what is within them. */
  help?: string;
}

export interface ThingType {
  /** `aws:s3/bucket:Bucket` */
  token: string;
  /** `Bucket` */
  className: string;
  /** What it is, in a sentence. */
  help?: string;
  taggable?: true;
  /** The input that is its name in AWS, and how long that may be. */
  named?: { input: string; longest: number };
  inputs: Readonly<Record<string, Field>>;
}

let read: Promise<readonly ThingType[]> | undefined;

/** Every type there is, sorted by token. */
export function thingTypes(): Promise<readonly ThingType[]> {
  read ??= import("./types.schema.json", { with: { type: "json" } }).then(
    ({ default: types }) => types as unknown as readonly ThingType[],
  );
  return read;
}

/** `s3/bucket` of `aws:s3/bucket:Bucket`. */
export const shortName = (token: string): string => token.split(":")[1] ?? token;

/** The ways to say it: the token, `s3/bucket`, `s3/Bucket`, `aws.s3.Bucket`, `s3.Bucket`. */
function spellings({ token, className }: ThingType): string[] {
  const short = shortName(token);
  const service = short.split("/")[0] ?? "";
  return [token, short, `${service}/${className}`, `aws.${service}.${className}`, `${service}.${className}`];
}

/** By any of its spellings, in any case; else what is near. */
export async function findThingType(word: string): Promise<{ type: ThingType } | { near: string | undefined }> {
  const types = await thingTypes();
  const wanted = word.toLowerCase();
  const type = types.find((one) => spellings(one).some((spelling) => spelling.toLowerCase() === wanted));
  if (type) return { type };
  const shorts = types.map(({ token }) => shortName(token));
  const [service = "", last = ""] = wanted.replace(/^aws[.:]/, "").split(/[./:]/);
  const plain = last === "" ? service : `${service}/${last}`;
  const near = suggest(plain, shorts) ?? shorts.find((short) => short.toLowerCase().split("/")[1] === plain);
  return { near };
}

/** Throws nothing: a token of the list is one of the schema's, or of a Freehold that knew more. */
export async function thingTypeOf(token: string): Promise<ThingType | undefined> {
  return (await thingTypes()).find((type) => type.token === token);
}
