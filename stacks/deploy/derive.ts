/** What is known of a stack without it: names and ARNs follow from the cloud alone. */

import type { Cloud } from "../cloud.ts";
import { arnOf } from "../components/context.ts";
import { nameLimits, physicalName } from "../names.ts";
import type { FoundationOutputs } from "./types.ts";

/** For previews of a cloud that is not there yet. */
export function localFoundation(cloud: Cloud, publicKey: string): FoundationOutputs {
  const { target, region, accountId } = cloud;
  const where = { cloud: cloud.name, target, region, accountId };
  const name = (noun: string, limit: number): string => physicalName(cloud.name, "foundation", noun, limit);
  const signinFunction = name("signin", nameLimits.function);
  return {
    accountId,
    signinFunction,
    signinArn: arnOf(where, "lambda", `function:${signinFunction}`),
    linksTable: name("links", nameLimits.table),
    publicKey,
    boundaryArn: arnOf(where, "iam", `policy/${name("boundary", nameLimits.policy)}`),
  };
}
