/**
 * Who one is to AWS, asked in the region that is meant: the first call of everything, so that a region that is not there
 * or not switched on, a clock that is wrong and credentials that have run out are told as what they are. Changes nothing.
 */
import { type Reach, sts } from "./clients.ts";
import { asFault, faults } from "./faults.ts";

export interface Caller {
  accountId: string;
  arn: string;
  /** How far this computer's clock is ahead of AWS's, milliseconds; behind is negative. */
  clockAheadMs: number;
}

/** Where AWS answers whoever has keys, in each of its partitions. */
const alwaysOn = [
  { of: /^cn-/, region: "cn-north-1" },
  { of: /^us-gov-/, region: "us-gov-west-1" },
  { of: /(?:)/, region: "us-east-1" },
];

/** Who was answered last, by the cloud that asked. */
const seen = new WeakMap<Reach, Caller>();

/** The same, asked only when this very cloud has not asked: whom a deployment is for, not whether it may be. */
export const knownCaller = async (cloud: Reach): Promise<Caller> => seen.get(cloud) ?? callerIdentity(cloud);

/** Throws `credentials`, `credentials-expired`, `region-off`, `region-unknown`, `cloud-unreachable`. */
export async function callerIdentity(cloud: Reach): Promise<Caller> {
  try {
    const caller = await askWho(cloud);
    seen.set(cloud, caller);
    return caller;
  } catch (error) {
    throw (await regionFault(cloud, error)) ?? asFault(error, cloud.endpoint);
  }
}

async function askWho(cloud: Reach): Promise<Caller> {
  const { sdk, client } = await sts(cloud);
  let clockAheadMs = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sent = Date.now();
      const answer = await next(args);
      const { headers = {} } = answer.response as { headers?: Record<string, string> };
      const said = Date.parse(headers["date"] ?? "");
      // The header has whole seconds, and stands for the middle of the call.
      if (!Number.isNaN(said)) clockAheadMs = Math.round((sent + Date.now()) / 2 - (said + 500));
      return answer;
    },
    { step: "deserialize", name: "clockOfTheAnswer", priority: "low" },
  );
  const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}));
  return { accountId: Account ?? "", arn: Arn ?? "", clockAheadMs };
}

/**
 * Keys are good everywhere or nowhere, so what one region refuses and another takes is the region's. Endpoints of
 * somebody's own have no regions that could be switched off.
 */
async function regionFault(cloud: Reach, error: unknown): Promise<Error | undefined> {
  const { name = "", code = "" } = error as { name?: string; code?: string };
  const unknownHost = code === "ENOTFOUND";
  const refused = /InvalidClientTokenId|UnrecognizedClient|OptInRequired/.test(name);
  const sure = alwaysOn.find(({ of }) => of.test(cloud.region))?.region ?? "us-east-1";
  if (cloud.endpoint || cloud.region === sure || !(unknownHost || refused)) return undefined;
  const elsewhere = await askWho({ ...cloud, region: sure }).catch(() => undefined);
  if (!elsewhere) return undefined;
  if (unknownHost) return faults.unknownRegion(cloud.region, error);
  const { regionStatus } = await import("./account.ts");
  const status = await regionStatus(cloud);
  return faults.regionOff(cloud.region, "known" in status && status.known === "ENABLING", error);
}

/** The account's root user itself, whose rights nothing limits. */
export const isRoot = (arn: string): boolean => /^arn:[\w-]+:(iam|sts)::\d{12}:root$/.test(arn);
