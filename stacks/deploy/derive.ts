/** What is known of a stack without it: names and ARNs follow from the cloud alone. */

import { type Cloud, foundationStack } from "../cloud.ts";
import { arnOf } from "../components/context.ts";
import { localHost, nameLimits, physicalName } from "../names.ts";
import type { FoundationOutputs } from "./types.ts";

/** For previews of a cloud that is not there yet, which on AWS has no address of its sign-in function. */
export function localFoundation(cloud: Cloud, signinUrl = ""): FoundationOutputs {
  const { target, region, accountId } = cloud;
  const where = { cloud: cloud.name, target, region, accountId };
  const name = (noun: string, limit: number): string => physicalName(cloud.name, foundationStack, noun, limit);
  const signinFunction = name("signin", nameLimits.function);
  return {
    accountId,
    signinFunction,
    signinArn: arnOf(where, "lambda", `function:${signinFunction}`),
    signinUrl: target === "local" ? `http://${localHost(cloud.name, "signin")}:${cloud.port}/` : signinUrl,
    signinHosts: [],
    domains: [],
    accessTable: name("access", nameLimits.table),
    boundaryArn: arnOf(where, "iam", `policy/${name("boundary", nameLimits.policy)}`),
  };
}
