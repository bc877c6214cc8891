/** The functions a program may call, by token. */
import type { Context, InvokeRequest, InvokeResult } from "../../engine/provider.ts";
import { problems } from "./errors.ts";
import { partitionOf } from "./partition.ts";
import { policyDocument } from "./policy-document.ts";
import { getZone } from "./route53/get-zone.ts";
import type { Session } from "./session.ts";
import { str } from "./type.ts";

type Invoke = (request: InvokeRequest, session: () => Promise<Session>, context: Context) => Promise<InvokeResult>;

/** Regions' places as AWS writes them; a region that is not here is described by its name. */
const places: { [region: string]: string } = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "Europe (Frankfurt)",
  "eu-west-1": "Europe (Ireland)",
  "eu-west-2": "Europe (London)",
  "eu-west-3": "Europe (Paris)",
  "eu-north-1": "Europe (Stockholm)",
  "eu-south-1": "Europe (Milan)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "sa-east-1": "South America (Sao Paulo)",
};

const invokes: { [token: string]: Invoke } = {
  "aws:index/getCallerIdentity:getCallerIdentity": async (_request, session, context) => {
    const { accountId, arn, userId } = await (await session()).caller(context);
    return { result: { id: accountId, accountId, arn, userId }, failures: [] };
  },
  "aws:index/getRegion:getRegion": async ({ args }, session) => {
    const region = str(args, "region") ?? str(args, "name") ?? (await session()).region;
    const endpoint = `ec2.${region}.${partitionOf(region).dnsSuffix}`;
    return {
      result: { id: region, region, name: region, description: places[region] ?? region, endpoint },
      failures: [],
    };
  },
  "aws:index/getPartition:getPartition": async (_request, session) => {
    const { id, dnsSuffix, reverseDnsPrefix } = partitionOf((await session()).region);
    return { result: { id, partition: id, dnsSuffix, reverseDnsPrefix }, failures: [] };
  },
  "aws:iam/getPolicyDocument:getPolicyDocument": async ({ args }) => policyDocument(args),
  "aws:route53/getZone:getZone": async ({ args }, session, context) => await getZone(args, await session(), context),
};

export async function invoke(request: InvokeRequest, session: () => Promise<Session>, context: Context) {
  const found = invokes[request.token];
  if (!found) throw problems.unknownFunction(request.token);
  return await found(request, session, context);
}
