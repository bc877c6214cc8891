/** A thing: a resource of the owner's own, beside the apps. Plain data, as clouds/NAME/things.json keeps it; nothing secret. */
import { appNameLength, nameRules, tooLong, tooShort } from "../../blueprints/app-name.ts";

/** Of a thing that is made with what belongs to it; `resource` is a class of @pulumi/aws alone. */
export type Shape = "bucket" | "table" | "parameter" | "function" | "resource";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Thing {
  name: string;
  shape: Shape;
  /** `aws:s3/bucket:Bucket`: what it is, or is mostly. */
  kind: string;
  /** What was said of it. Files are `{ "freehold:file": PATH }`, from the folder in which the cloud keeps what things are made of. */
  inputs: Readonly<Record<string, Json>>;
  /** It was there before: the id with which it came in, as it was typed. It carries no tags of ours and is protected. */
  adopted?: string;
  /** Its id in AWS, once it is there. */
  id?: string;
  /** Of a function with one: its address. */
  url?: string;
  /** `kept`: removed, and its data is still there. */
  state: "running" | "kept";
  kept: readonly { kind: string; name: string; id: string }[];
  /** ISO 8601. */
  addedAt: string;
  updatedAt: string;
}

export const fileKey = "freehold:file";

/** Of the stack's own parts, and of what begins names of apps' roles. */
const reservedThingNames = ["gate", "limits", "site", "aws", "exec", "settings"];

/** Why no thing may be called so; undefined when one may. */
export function thingNameProblem(name: string): string | undefined {
  const { min, max } = appNameLength;
  const wrong = [
    ...(name.length < min ? [tooShort(min)] : name.length > max ? [tooLong(max)] : []),
    ...nameRules.filter(([rule]) => !rule.test(name)).map(([, why]) => why),
  ];
  if (wrong.length > 0) return wrong.map((why) => `a name ${why}`).join("; ");
  return reservedThingNames.includes(name) ? "the stack of things has that already" : undefined;
}

export const isFile = (value: Json | undefined): value is { readonly "freehold:file": string } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, fileKey);
