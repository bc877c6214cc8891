/**
 * IAM of the local cloud: roles, inline and managed policies, attachments. It says who a caller is; what policies allow
 * is stored exactly and not yet enforced (docs/local-cloud.md). Users, groups and access keys are not here: the owner's
 * key lies in a file, functions have their roles'.
 */
import { queryService } from "../protocols/aws-query.ts";
import type { ServiceFactory } from "../service.ts";
import { attachmentOperations } from "./attachments.ts";
import { trustsLambda } from "./documents.ts";
import { inlineOperations } from "./inline-policies.ts";
import { managedOperations, policyTagOperations } from "./managed-policies.ts";
import { versionOperations } from "./policy-versions.ts";
import { roleSettingOperations } from "./role-settings.ts";
import { roleOperations } from "./roles.ts";
import { simulationOperations } from "./simulation.ts";
import { migrations, type RoleRow } from "./tables.ts";

export const createIamService: ServiceFactory = (cloud) => {
  cloud.store.migrate("iam", migrations);
  cloud.peers.findRole = (arn) => {
    const row = cloud.store.db.prepare("SELECT * FROM iam_roles WHERE arn = ?").get(arn) as RoleRow | undefined;
    return row ? { arn: row.arn, trustsLambda: trustsLambda(row.trust) } : null;
  };
  return queryService(cloud, {
    name: "iam",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    version: "2010-05-08",
    operations: {
      ...roleOperations(cloud),
      ...roleSettingOperations(cloud),
      ...inlineOperations(cloud),
      ...attachmentOperations(cloud),
      ...managedOperations(cloud),
      ...policyTagOperations(cloud),
      ...versionOperations(cloud),
      ...simulationOperations(cloud),
    },
  });
};
