/**
 * The program every cloud has: the boundary that no role gets beyond, the table of one-use links, and the sign-in
 * function that alone may read the session key. The key itself is put into the parameter store by setup, and is in no
 * state.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { asset, type Output } from "@pulumi/pulumi";
import { boundaryRights } from "./components/boundary.ts";
import { arnOf, type Context, nameOf, tagsOf, type Where } from "./components/context.ts";
import { LambdaComponent } from "./components/lambda.ts";
import { awsProvider } from "./components/provider.ts";
import { policyDocument } from "./components/rights.ts";
import { sessionKeyParameter } from "./names.ts";

export interface FoundationInput extends Where {
  /** SPKI, DER, base64. */
  publicKey: string;
  signinDir: string;
  signinDigest: string;
  /** Version of this program, for tags. */
  version: string;
}

export interface FoundationStackOutputs {
  accountId: string;
  signinFunction: string;
  signinArn: string;
  linksTable: string;
  publicKey: string;
  boundaryArn: Output<string>;
}

export async function foundationProgram(input: FoundationInput): Promise<FoundationStackOutputs> {
  const context: Context = { ...input, app: "foundation", provider: awsProvider(input), attach: new Map() };
  const boundary = new Policy(
    "boundary",
    {
      name: nameOf(context, "boundary", "policy"),
      description: `What functions of the cloud ${input.cloud} may do at most`,
      policy: policyDocument(boundaryRights(context)),
      tags: tagsOf(context, { boundary: 1 }),
    },
    { provider: context.provider },
  );
  const linksTable = nameOf(context, "links", "table");
  new Table(
    "links",
    {
      name: linksTable,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "id",
      attributes: [{ name: "id", type: "S" }],
      ttl: { attributeName: "expires", enabled: true },
      tags: tagsOf(context, { links: 1 }),
    },
    { provider: context.provider },
  );
  const key = sessionKeyParameter(input.cloud);
  const bounded = { ...context, boundaryArn: boundary.arn };
  const signin = new LambdaComponent("freehold:foundation:Signin", bounded, "signin", {
    handler: "index.handler",
    runtime: "nodejs24.x",
    memoryMb: 256,
    timeoutSeconds: 10,
    code: new asset.FileArchive(input.signinDir),
    environment: { FREEHOLD_SIGNIN: JSON.stringify({ cloud: input.cloud, links: linksTable, key }) },
    rights: [
      {
        Effect: "Allow",
        Action: ["dynamodb:DeleteItem", "dynamodb:UpdateItem"],
        Resource: [arnOf(context, "dynamodb", `table/${linksTable}`)],
      },
      { Effect: "Allow", Action: ["ssm:GetParameter"], Resource: [arnOf(context, "ssm", `parameter${key}`)] },
    ],
    definition: { code: input.signinDigest },
  });
  const { functionName: signinFunction, functionArn: signinArn } = signin;
  const { accountId, publicKey } = input;
  return { accountId, signinFunction, signinArn, linksTable, publicKey, boundaryArn: boundary.arn };
}
