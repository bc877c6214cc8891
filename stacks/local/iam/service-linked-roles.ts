/**
 * Roles that belong to an AWS service, as stored: made under the service's path with its trust, deleted by a task that
 * is done at once, since no service here uses one.
 */
import { uniqueId } from "../ids.ts";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { arnOf, entityNamed, findEntity } from "./entities.ts";
import { errors } from "./errors.ts";
import { insertRole, newRoleXml } from "./roles.ts";
import type { RoleRow } from "./tables.ts";

export const servicePath = "/aws-service-role/";

/** Names that are not the host's first part with a capital letter. */
const serviceNames: Readonly<Record<string, string>> = {
  "autoscaling.amazonaws.com": "AutoScaling",
  "dynamodb.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_DynamoDBTable",
  "ecs.amazonaws.com": "ECS",
  "elasticbeanstalk.amazonaws.com": "ElasticBeanstalk",
  "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
  "ops.apigateway.amazonaws.com": "APIGateway",
  "replication.dynamodb.amazonaws.com": "DynamoDBReplication",
  "replicator.lambda.amazonaws.com": "LambdaReplicator",
  "organizations.amazonaws.com": "Organizations",
  "rds.amazonaws.com": "RDS",
  "ssm.amazonaws.com": "AmazonSSM",
  "support.amazonaws.com": "Support",
  "trustedadvisor.amazonaws.com": "TrustedAdvisor",
};

export function serviceLinkedRoleOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store, options, clock } = cloud;
  return {
    async CreateServiceLinkedRole(input) {
      const service = input.AWSServiceName as string;
      if (!/^[a-z][\w.-]*\.amazonaws\.com$/.test(service))
        throw errors.invalidInput(`Invalid service name: ${service}`);
      const suffix = input.CustomSuffix ? `_${input.CustomSuffix}` : "";
      const name = `AWSServiceRoleFor${serviceNames[service] ?? firstWord(service)}${suffix}`;
      const path = `${servicePath}${service}/`;
      const row: RoleRow = {
        name,
        id: uniqueId("AROA"),
        path,
        arn: arnOf(options.accountId, "role", path, name),
        trust: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
        }),
        description: input.Description ?? null,
        maxSession: 3600,
        boundary: null,
        tags: "[]",
        created: clock.now(),
      };
      await store.write((db) => {
        if (findEntity(db, "role", name)) throw errors.serviceRoleTaken(name);
        insertRole(db, row);
      });
      return { Role: newRoleXml(row) };
    },
    async DeleteServiceLinkedRole(input) {
      const task = await store.write((db) => {
        const row = entityNamed<RoleRow>(db, "role", input.RoleName);
        if (!row.path.startsWith(servicePath)) throw errors.invalidInput(`${row.name} is not a service-linked role.`);
        for (const table of ["iam_inline_policies", "iam_attached_policies"])
          db.prepare(`DELETE FROM ${table} WHERE owner = ?`).run(row.id);
        db.prepare("DELETE FROM iam_roles WHERE id = ?").run(row.id);
        return `task${row.path}${row.name}/${crypto.randomUUID()}`;
      });
      return { DeletionTaskId: task };
    },
    /** A task is its id: the role it names is gone, since deleting takes no time here. */
    GetServiceLinkedRoleDeletionStatus(input) {
      if (!/^task\/aws-service-role\/[\w.-]+\/[\w+=,.@-]+\/[0-9a-f-]{36}$/.test(input.DeletionTaskId))
        throw errors.noSuchTask(input.DeletionTaskId);
      return { Status: "SUCCEEDED" };
    },
  };
}

function firstWord(service: string): string {
  const word = service.split(".")[0] ?? "";
  return word.charAt(0).toUpperCase() + word.slice(1);
}
