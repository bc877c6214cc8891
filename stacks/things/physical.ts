/** What a thing without a name of its own is called in AWS: a function of cloud and name, so that it is found again. */
import type { Where } from "../components/context.ts";
import { bucketName, physicalName, secretParameter } from "../names.ts";

/** The stack's name, and that of its things in names and tags. */
export const thingsStack = "things";

const bucket = "aws:s3/bucket:Bucket";
const parameter = "aws:ssm/parameter:Parameter";
/** Names are of something else there, and say nothing of the cloud. */
const unnamed = new Set(["aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"]);

export function nameOf(
  where: Pick<Where, "cloud" | "accountId" | "region">,
  kind: string,
  name: string,
  longest: number,
): string {
  if (kind === bucket) return bucketName(where, thingsStack, name);
  // Where functions of the owner's own may read it, below the boundary.
  if (kind === parameter) return secretParameter(where.cloud, thingsStack, name);
  return unnamed.has(kind) ? name : physicalName(where.cloud, thingsStack, name, longest);
}
