/** Whose cloud it is, as IAM's conditions name them: whoever brings an app up may assume its roles for `exec`. */
import type { Cloud } from "../cloud.ts";
import { partitionOf } from "../names.ts";
import { knownCaller } from "./identity.ts";

/** Patterns of `aws:PrincipalArn`. Asks AWS who one is; of a local cloud it is the account itself. */
export async function ownerArns(cloud: Cloud): Promise<string[]> {
  if (cloud.target === "local") return [`arn:${partitionOf(cloud.region)}:iam::${cloud.accountId}:root`];
  return principalArns((await knownCaller(cloud)).arn);
}

/** A session is known by its role, whose path its own ARN does not say; names of roles are unique with any path. */
export function principalArns(caller: string): string[] {
  const [, partition, account, role] = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (!role) return [caller];
  const roles = `arn:${partition}:iam::${account}:role`;
  return [`${roles}/${role}`, `${roles}/*/${role}`];
}
