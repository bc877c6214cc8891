/** Whether a function's role may read a stream: asked as if the role itself did, at the mapping's making and every time. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Call, LocalCloud } from "../../service.ts";

/** What a poll does, and what a mapping's making asks for besides. */
export const pollActions = ["GetShardIterator", "GetRecords"] as const;
export const allActions = [...pollActions, "DescribeStream", "ListStreams"] as const;

export type Refusal = "role" | "stream";

/** `role`: Lambda cannot be it; `stream`: it may not read. */
export function refusalOf(
  cloud: LocalCloud,
  roleArn: string,
  streamArn: string,
  actions: readonly string[],
): Refusal | undefined {
  const { accountId } = cloud.options;
  const role = cloud.peers.policiesOf?.(roleArn);
  if (!role || !cloud.peers.findRole?.(roleArn)?.trustsLambda) return "role";
  const session = `awslambda_${randomUUID().slice(0, 8)}`;
  const call = callAs(cloud, {
    ...{ accessKeyId: "", accountId, roleArn, userId: `${role.id}:${session}` },
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleArn.split("/").at(-1)}/${session}`,
  });
  const refused = actions.some((action) => {
    const resource = action === "ListStreams" ? streamArn.replace(/[^/]+$/, "*") : streamArn;
    return cloud.access.refusal(call, { action: `dynamodb:${action}`, resource }) !== undefined;
  });
  return refused ? "stream" : undefined;
}

/** A call that no socket brought. */
function callAs({ options }: LocalCloud, caller: NonNullable<Call["caller"]>): Call {
  return {
    ...{ requestId: randomUUID(), service: "dynamodb", region: options.region, accountId: options.accountId, caller },
    ...{ method: "POST", host: "", path: "/", query: new URLSearchParams(), headers: {}, trailers: {} },
    ...{ body: Readable.from([]), bodyLength: 0, remoteAddress: "", signal: new AbortController().signal },
  };
}
