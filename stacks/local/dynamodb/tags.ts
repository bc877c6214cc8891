/** Tags: their shape, their limits, and the table an ARN names. */
import type { Context } from "./context.ts";
import { invalidValue, noSuchArn, validation } from "./errors.ts";
import type { Shape } from "./shape.ts";
import type { TableRecord } from "./table-record.ts";

export interface Tag {
  Key: string;
  Value: string;
}

export const tagsShape: Shape = {
  type: "List",
  of: {
    type: "Struct",
    class: "Tag",
    members: {
      Key: { type: "String", notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 128 },
      Value: { type: "String", notNull: true, lengthLessThanOrEqual: 256 },
    },
  },
};

const maxTags = 50;

export function checkTags(tags: Tag[]): void {
  const keys = tags.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw validation("Duplicate Tag keys found in the request");
  const reserved = keys.find((key) => key.toLowerCase().startsWith("aws:"));
  if (reserved !== undefined) throw invalidValue(`Tag key cannot begin with aws: : ${reserved}`);
  if (keys.length > maxTags) throw validation(`Too many tags: at most ${maxTags} are allowed`);
}

export function withTags(record: TableRecord, tags: Tag[]): TableRecord {
  for (const { Key, Value } of tags) record.tags[Key] = Value;
  if (Object.keys(record.tags).length > maxTags) throw validation(`Too many tags: at most ${maxTags} are allowed`);
  return record;
}

/** The name of the table; throws ResourceNotFoundException for another account's, region's, or no table. */
export function tableOfArn({ tables }: Context, arn: string): string {
  const match = /^arn:aws[a-z-]*:dynamodb:[^:]*:\d*:table\/([a-zA-Z0-9_.-]{3,255})$/.exec(arn);
  if (!match) throw validation(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  const name = match[1]!;
  if (tables.arn(name) !== arn || !tables.find(name)) throw noSuchArn(arn);
  return name;
}
