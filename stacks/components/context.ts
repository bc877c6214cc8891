/**
 * What every component of a stack shares: where it is, what it is called, how it is tagged. No resource is made here.
 */
import { createHash } from "node:crypto";
import type { Provider } from "@pulumi/aws/provider.js";
import type { Input } from "@pulumi/pulumi";
import { canonical } from "../../blueprints/canonical.ts";
import { bucketName, nameLimits, partitionOf, physicalName } from "../names.ts";

export interface Where {
  /** The cloud's name. */
  cloud: string;
  target: "local" | "aws";
  region: string;
  accountId: string;
  /** Local clouds. */
  port?: number;
  /** AWS is played by something that is asked in plain HTTP: what insists on TLS would lock everybody out of it. */
  plainHttp?: boolean;
}

export interface Context extends Where {
  /** The app's name in this cloud, or `foundation`. */
  app: string;
  version: string;
  provider: Provider;
  /** ARN every role carries as its boundary; the foundation makes it. */
  boundaryArn?: Input<string>;
  /** Who may assume the roles of `exec`, as patterns of `aws:PrincipalArn`. */
  owner?: readonly string[];
  /** Physical ids of data kept by an earlier destroy, by `KIND NAME`; imported instead of made. */
  attach: ReadonlyMap<string, string>;
}

/**
 * The tags of a resource. `freehold:blueprint` is the digest of the part of the blueprint that defines this resource,
 * so that a changed line of one function's code changes that function and nothing else (decision 0005).
 */
export function tagsOf(context: Context, definition: unknown): Record<string, string> {
  return {
    "freehold:cloud": context.cloud,
    "freehold:app": context.app,
    "freehold:version": context.version,
    "freehold:blueprint": digestOf(definition),
  };
}

export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);
}

export function nameOf(context: Context, noun: string, kind: keyof typeof nameLimits): string {
  if (kind === "bucket") return bucketName(context, context.app, noun);
  return physicalName(context.cloud, context.app, noun, nameLimits[kind]);
}

/** ARNs are put together from names, so that nothing waits for a resource only to learn its ARN. */
export function arnOf(context: Where, service: string, resource: string): string {
  const partition = partitionOf(context.region);
  if (service === "s3") return `arn:${partition}:s3:::${resource}`;
  const region = service === "iam" ? "" : context.region;
  return `arn:${partition}:${service}:${region}:${context.accountId}:${resource}`;
}

export const tableKind = "aws:dynamodb/table:Table";
export const bucketKind = "aws:s3/bucket:Bucket";
export const parameterKind = "aws:ssm/parameter:Parameter";
/** A name of the owner's own, with all that is made for it. */
export const domainKind = "freehold:app:Domain";
