/** Users and roles of a test's own on a local cloud, with the policies that a test gives them. */
import { randomUUID } from "node:crypto";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { TestCloud } from "./local-cloud.ts";

export interface Statement {
  Effect?: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A policy's text. What allows is the usual case; what names a principal has no resource when it is a trust policy. */
export const policy = (...statements: Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });

export const allow = (Action: string | string[], Resource: string | string[] = "*"): Statement => ({
  Action,
  Resource,
});

export const trust = (Principal: unknown, more: Partial<Statement> = {}): string =>
  policy({ Principal, Action: "sts:AssumeRole", ...more });

export interface Person {
  name: string;
  arn: string;
  /** For an SDK client's constructor. */
  config: TestCloud["config"];
  /** Replaces what the user may. */
  may(...statements: Statement[]): Promise<void>;
}

export async function createUser(cloud: TestCloud, ...statements: Statement[]): Promise<Person> {
  const iam = new IAMClient(cloud.config);
  const name = `u-${randomUUID().slice(0, 8)}`;
  const { User } = await iam.send(new CreateUserCommand({ UserName: name }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const may = async (...given: Statement[]): Promise<void> => {
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "may", PolicyDocument: policy(...given) }));
  };
  if (statements.length > 0) await may(...statements);
  return { name, arn: User!.Arn!, config: { ...cloud.config, credentials }, may };
}

/** Answers its ARN. */
export async function createRole(
  cloud: TestCloud,
  AssumeRolePolicyDocument: string,
  statements: Statement[] = [],
  more: Partial<ConstructorParameters<typeof CreateRoleCommand>[0]> = {},
): Promise<string> {
  const iam = new IAMClient(cloud.config);
  const RoleName = more.RoleName ?? `r-${randomUUID().slice(0, 8)}`;
  const { Role } = await iam.send(new CreateRoleCommand({ ...more, RoleName, AssumeRolePolicyDocument }));
  if (statements.length > 0)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "may", PolicyDocument: policy(...statements) }));
  return Role!.Arn!;
}
