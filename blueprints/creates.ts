/**
 * What an app is made of, counted from its manifest: the kinds of resources that stacks/app.ts makes. A test holds the
 * two together for every bundled blueprint. Makes nothing.
 */
import type { Card } from "./card.ts";
import type { BlueprintFile } from "./files.ts";
import type { Manifest } from "./manifest.ts";

const kinds = {
  role: "aws:iam/role:Role",
  rights: "aws:iam/rolePolicy:RolePolicy",
  logs: "aws:cloudwatch/logGroup:LogGroup",
  function: "aws:lambda/function:Function",
  url: "aws:lambda/functionUrl:FunctionUrl",
  permission: "aws:lambda/permission:Permission",
  table: "aws:dynamodb/table:Table",
  bucket: "aws:s3/bucket:Bucket",
  cors: "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  object: "aws:s3/bucketObjectv2:BucketObjectv2",
} as const;

/** Every bucket has these around it. */
const walls = [
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketPolicy:BucketPolicy",
];

/** Sorted by kind. `site`: the files of its folder. */
export function createsOf(manifest: Manifest, site: readonly BlueprintFile[] | undefined): Card["creates"] {
  const counts = new Map<string, number>();
  const add = (kind: string, count: number): void => {
    if (count > 0) counts.set(kind, (counts.get(kind) ?? 0) + count);
  };
  const functions = Object.values(manifest.functions);
  const buckets = Object.keys(manifest.buckets).length;
  // Each function and the gate; and of each function a role for `exec`, with rights.
  const lambdas = functions.length + 1;
  add(kinds.role, lambdas + functions.length);
  add(kinds.rights, lambdas + functions.length);
  add(kinds.logs, lambdas);
  add(kinds.function, lambdas);
  add(kinds.url, 1);
  add(kinds.permission, 2);
  // Its own, and the one that its gate counts in.
  add(kinds.table, Object.keys(manifest.tables).length + 1);
  add(kinds.bucket, buckets + (site ? 1 : 0));
  for (const kind of walls) add(kind, buckets + (site ? 1 : 0));
  add(kinds.cors, buckets);
  add(kinds.object, site?.length ?? 0);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => ({ kind, count }));
}
