/**
 * The program every cloud has: the boundary that no role of an app gets beyond, the table of one-use links, and the
 * sign-in function that alone may read the session key. The key itself is put into the parameter store by setup, and is
 * in no state.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { asset, type Output } from "@pulumi/pulumi";
import { arnOf, type Context, nameOf, tagsOf, type Where } from "./components/context.ts";
import { LambdaComponent } from "./components/lambda.ts";
import { awsProvider } from "./components/provider.ts";
import { policyDocument, type Statement } from "./components/rights.ts";
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
  const signin = new LambdaComponent("freehold:foundation:Signin", context, "signin", {
    handler: "index.handler",
    runtime: "nodejs24.x",
    memoryMb: 256,
    timeoutSeconds: 10,
    code: new asset.FileArchive(input.signinDir),
    environment: { FREEHOLD_SIGNIN: JSON.stringify({ cloud: input.cloud, links: linksTable, key }) },
    rights: [
      {
        Effect: "Allow",
        Action: ["dynamodb:DeleteItem"],
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

/** Everything of this cloud and nothing else; the session key is not among it. */
function boundaryRights(context: Context): Statement[] {
  const { cloud } = context;
  const allow = (Action: string[], ...Resource: string[]): Statement => ({ Effect: "Allow", Action, Resource });
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], arnOf(context, "logs", `log-group:/aws/lambda/${cloud}--*`)),
    allow(["lambda:InvokeFunction"], arnOf(context, "lambda", `function:${cloud}--*`)),
    allow(
      [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
      ],
      arnOf(context, "dynamodb", `table/${cloud}--*`),
    ),
    allow(["s3:*Object", "s3:*ObjectTagging", "s3:GetObjectAttributes"], `${arnOf(context, "s3", `${cloud}--*`)}/*`),
    allow(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], `${arnOf(context, "s3", `${cloud}--*`)}/*`),
    allow(
      ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      arnOf(context, "s3", `${cloud}--*`),
    ),
    allow(["ssm:GetParameter"], arnOf(context, "ssm", `parameter/freehold/${cloud}/*/settings/*`)),
  ];
}
