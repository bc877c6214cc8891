/**
 * The role that `freehold exec` gives a command: what the function may do, but its log; assumed by the owner alone, for
 * an hour at most, and below the boundary as every role.
 */
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { execNoun } from "../names.ts";
import { arnOf, type Context, nameOf, tagsOf } from "./context.ts";
import { policyDocument, type Statement } from "./rights.ts";

export const execSeconds = 3_600;

/** `noun` is the function's. */
export function execRole(
  context: Context,
  noun: string,
  { rights, tags }: { rights: Statement[]; tags: Record<string, string> },
  parent: ComponentResource,
): void {
  const own = execNoun(noun);
  const role = new Role(
    own,
    {
      name: nameOf(context, own, "role"),
      assumeRolePolicy: trustsOwner(context),
      permissionsBoundary: context.boundaryArn,
      maxSessionDuration: execSeconds,
      tags: { ...tagsOf(context, { exec: noun, rights }), ...tags },
    },
    { parent },
  );
  // IAM takes no policy without statements.
  if (rights.length === 0) return;
  new RolePolicy(own, { name: "rights", role: role.name, policy: policyDocument(rights) }, { parent });
}

/** The account, so that the owner's own policies count, too; and of it the owner alone. */
function trustsOwner(context: Context): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: arnOf(context, "iam", "root") },
        Condition: { ArnLike: { "aws:PrincipalArn": context.owner ?? [] } },
      },
    ],
  });
}
