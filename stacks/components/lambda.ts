/**
 * One Lambda function with what belongs to it alone: a role with exactly the rights given, and a log group that
 * forgets. The role comes first; nothing waits for rights or tables that creating a function does not need.
 */
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Function as Lambda } from "@pulumi/aws/lambda/function.js";
import { type asset, ComponentResource } from "@pulumi/pulumi";
import { logGroupName } from "../names.ts";
import { arnOf, type Context, nameOf, tagsOf } from "./context.ts";
import { logRights, policyDocument, type Statement } from "./rights.ts";

const logRetentionDays = 30;
/** Of gates and the sign-in function: their logs are the access log. */
export const accessLogDays = 90;

export interface LambdaArgs {
  handler: string;
  runtime: string;
  memoryMb: number;
  timeoutSeconds: number;
  code: asset.Archive;
  environment: Record<string, string>;
  rights: Statement[];
  /** Further tags of its role. */
  roleTags?: Record<string, string>;
  /** Of its log; 30 unless said. */
  logDays?: number;
  /** What defines it, for its tags; with a digest of the code. */
  definition: unknown;
  /** Further tags of the function itself. */
  tags?: Record<string, string>;
}

const trustsLambda = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
});

/** `freehold:app:Function` unless a subclass says otherwise; children are called as the noun is. */
export class LambdaComponent extends ComponentResource {
  readonly functionName: string;
  readonly functionArn: string;
  readonly lambda: Lambda;

  constructor(type: string, context: Context, noun: string, args: LambdaArgs) {
    super(type, noun, {}, { providers: [context.provider] });
    const parent = { parent: this };
    this.functionName = nameOf(context, noun, "function");
    this.functionArn = arnOf(context, "lambda", `function:${this.functionName}`);

    const role = new Role(
      noun,
      {
        name: nameOf(context, noun, "role"),
        assumeRolePolicy: trustsLambda,
        permissionsBoundary: context.boundaryArn,
        tags: { ...tagsOf(context, { role: noun, rights: args.rights }), ...args.roleTags },
      },
      parent,
    );
    new RolePolicy(
      noun,
      {
        name: "rights",
        role: role.name,
        policy: policyDocument([logRights(context, this.functionName), ...args.rights]),
      },
      parent,
    );
    // The function comes after its group, so that it goes before it: its last lines would make a deleted group again.
    const logs = new LogGroup(
      noun,
      {
        name: logGroupName(this.functionName),
        retentionInDays: args.logDays ?? logRetentionDays,
        tags: tagsOf(context, { logs: noun }),
      },
      parent,
    );
    this.lambda = new Lambda(
      noun,
      {
        name: this.functionName,
        role: role.arn,
        runtime: args.runtime,
        handler: args.handler,
        memorySize: args.memoryMb,
        timeout: args.timeoutSeconds,
        code: args.code,
        environment: { variables: args.environment },
        tags: { ...tagsOf(context, args.definition), ...args.tags },
      },
      { ...parent, dependsOn: [logs] },
    );
    this.registerOutputs({});
  }
}
