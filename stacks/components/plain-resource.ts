/**
 * A resource of the owner's own by its class of @pulumi/aws and nothing else: what was said of it, the usual tags, a name
 * that can be found again, and the boundary where it is somebody who may do things. What was adopted stays as it was.
 */
import { join } from "node:path";
import { asset, type CustomResource } from "@pulumi/pulumi";
import { nameOf as physicalNameOf } from "../things/physical.ts";
import type { ThingType } from "../things/schema.ts";
import { fileKey, isFile, type Json, type Thing } from "../things/thing.ts";
import { bucketKind, type Context, tableKind, tagsOf } from "./context.ts";

export type Made = new (name: string, args: never, options: object) => CustomResource;

export interface PlainArgs {
  type: ThingType;
  made: Made;
  /** Where the cloud keeps what things are made of. */
  filesDir: string;
  /** It comes in now, with this id. */
  importing?: string | undefined;
}

/** Its rights end where every role's of the cloud end. */
const bounded = new Set(["aws:iam/role:Role", "aws:iam/user:User"]);
const data: readonly string[] = [tableKind, bucketKind];

export function plainResource(context: Context, thing: Thing, args: PlainArgs): CustomResource {
  const { type, made, filesDir, importing } = args;
  const said = Object.fromEntries(
    Object.entries(thing.inputs).map(([key, value]) => [key, withFiles(type, key, value, filesDir)]),
  );
  const options = {
    provider: context.provider,
    ...(thing.adopted === undefined ? {} : { protect: true }),
    ...(importing === undefined ? {} : { import: importing }),
    retainOnDelete: data.includes(thing.kind),
  };
  const inputs = thing.adopted === undefined ? { ...ownInputs(context, thing, type), ...said } : said;
  if (thing.adopted === undefined && type.taggable)
    inputs["tags"] = { ...(thing.inputs["tags"] as object), ...tagsOf(context, { inputs: thing.inputs }) };
  return new made(thing.name, inputs as never, options);
}

function ownInputs(context: Context, { name, kind }: Thing, { named }: ThingType): Record<string, unknown> {
  return {
    ...(named ? { [named.input]: physicalNameOf(context, kind, name, named.longest) } : {}),
    ...(bounded.has(kind) ? { permissionsBoundary: context.boundaryArn } : {}),
  };
}

function withFiles(type: ThingType, key: string, value: Json, filesDir: string): unknown {
  if (!isFile(value)) return value;
  const path = join(filesDir, value[fileKey]);
  return type.inputs[key]?.kind === "archive" ? new asset.FileArchive(path) : new asset.FileAsset(path);
}
