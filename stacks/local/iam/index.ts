/**
 * IAM of the local cloud: users, groups, roles, their policies and boundaries, access keys, identity providers. It says
 * who a caller is and what policies it has; what is not in the tables below is refused by its name.
 */
import { queryService } from "../protocols/aws-query.ts";
import type { ServiceFactory } from "../service.ts";
import { iamAccess } from "./access.ts";
import { accessKeyOperations, accessKeyRing } from "./access-keys.ts";
import { accountOperations } from "./account.ts";
import { attachmentOperations } from "./attachments.ts";
import { boundaryOperations } from "./boundaries.ts";
import { openCallerPolicies } from "./caller-policies.ts";
import { trustsLambda } from "./documents.ts";
import { groupOperations } from "./groups.ts";
import { inlineOperations } from "./inline-policies.ts";
import { inputRules } from "./input-rules.ts";
import { LastUsed } from "./last-used.ts";
import { managedOperations } from "./managed-policies.ts";
import { migrations } from "./migrations.ts";
import { providerOperations } from "./oidc-providers.ts";
import { versionOperations } from "./policy-versions.ts";
import { roleOperations } from "./roles.ts";
import { serviceLinkedRoleOperations } from "./service-linked-roles.ts";
import { simulationOperations } from "./simulation.ts";
import type { RoleRow } from "./tables.ts";
import { tagOperations } from "./tag-operations.ts";
import { userOperations } from "./users.ts";

export const createIamService: ServiceFactory = (cloud) => {
  cloud.store.migrate("iam", migrations);
  const lastUsed = new LastUsed(cloud);
  cloud.keyRing.add(accessKeyRing(cloud));
  cloud.peers.noteUse = ({ accessKeyId, roleArn }, service, region) =>
    lastUsed.note(roleArn ?? accessKeyId, service, region);
  cloud.peers.policiesOf = openCallerPolicies(cloud.store.db);
  cloud.peers.findRole = (arn) => {
    const row = cloud.store.db.prepare("SELECT * FROM iam_roles WHERE arn = ?").get(arn) as RoleRow | undefined;
    if (!row) return null;
    const known = cloud.clock.now() >= row.created + (cloud.options.roleDelayMs ?? 0);
    return { arn: row.arn, trustsLambda: known && trustsLambda(row.trust) };
  };
  return {
    ...queryService(cloud, {
      name: "iam",
      namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
      version: "2010-05-08",
      inputRules,
      access: iamAccess(cloud),
      operations: {
        ...userOperations(cloud),
        ...groupOperations(cloud),
        ...roleOperations(cloud, lastUsed),
        ...serviceLinkedRoleOperations(cloud),
        ...boundaryOperations(cloud),
        ...tagOperations(cloud),
        ...inlineOperations(cloud),
        ...attachmentOperations(cloud),
        ...managedOperations(cloud),
        ...versionOperations(cloud),
        ...accessKeyOperations(cloud, lastUsed),
        ...providerOperations(cloud),
        ...accountOperations(cloud, lastUsed),
        ...simulationOperations(cloud),
      },
    }),
    stop: () => lastUsed.stop(),
  };
};
