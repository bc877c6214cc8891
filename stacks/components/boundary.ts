/**
 * The boundary: what any role of a cloud may do at most, whatever its own policies say. One managed policy for all
 * apps: names begin with `CLOUD--APP--`, and APP is the tag of the role that calls (decision 0014). A role without the
 * tag may do nothing. What is not listed here (IAM, STS, keys, the state, code) no role reaches.
 */
import { identityKeyParameter, sessionKeyParameter } from "../names.ts";
import { arnOf, type Context, nameOf } from "./context.ts";
import { accessRights, appsDenied, cloudRights, dataRights, grantsTag, type Statement } from "./rights.ts";

/** IAM puts in the tag of the calling role; without the tag the statement covers nothing. */
const callersApp = "${aws:PrincipalTag/freehold:app}";

const tableActions = [
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
];

const objectActions = [
  "s3:AbortMultipartUpload",
  "s3:DeleteObject",
  "s3:GetObject",
  "s3:GetObjectAttributes",
  "s3:GetObjectTagging",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
  "s3:PutObjectTagging",
];

const bucketActions = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];

/** `context` is the foundation's own. */
export function boundaryRights(context: Context): Statement[] {
  const { cloud } = context;
  const own = `${cloud}--${callersApp}--*`;
  const allow = (Action: string[], Resource: string, more: Partial<Statement> = {}): Statement => ({
    Effect: "Allow",
    Action,
    Resource: [Resource],
    ...more,
  });
  // No app has the foundation's name, so this is the sign-in function's alone.
  const signinOnly = { StringEquals: { "aws:PrincipalTag/freehold:app": context.app } };
  const granted = (...tags: string[]) => ({ StringEquals: { [`aws:PrincipalTag/${grantsTag}`]: tags } });
  const gatesOnly = { ArnLike: { "aws:PrincipalArn": arnOf(context, "iam", `role/${cloud}--*--gate`) } };
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], arnOf(context, "logs", `log-group:/aws/lambda/${own}`)),
    allow(["lambda:InvokeFunction"], arnOf(context, "lambda", `function:${own}`)),
    allow(tableActions, arnOf(context, "dynamodb", `table/${own}`)),
    allow(objectActions, `${arnOf(context, "s3", own)}/*`),
    allow(bucketActions, arnOf(context, "s3", own)),
    allow(["ssm:GetParameter"], arnOf(context, "ssm", `parameter/freehold/${cloud}/${callersApp}/settings/*`)),
    allow(["ssm:GetParameter"], arnOf(context, "ssm", `parameter${identityKeyParameter(cloud, callersApp)}`)),
    allow(["ssm:GetParameter", "ssm:PutParameter"], arnOf(context, "ssm", `parameter${sessionKeyParameter(cloud)}`), {
      Condition: signinOnly,
    }),
    {
      Effect: "Allow",
      Action: ["lambda:GetFunctionUrlConfig", "lambda:ListTags"],
      Condition: signinOnly,
      Resource: [`${cloud}--*--gate`, nameOf(context, "signin", "function")].map((name) =>
        arnOf(context, "lambda", `function:${name}`),
      ),
    },
    allow(["lambda:InvokeFunction"], arnOf(context, "lambda", `function:${nameOf(context, "signin", "function")}`), {
      Condition: gatesOnly,
    }),
    ...accessRights(context, nameOf(context, "access", "table"), callersApp, gatesOnly),
    ...cloudRights(context, granted("cloud", "cloud data")),
    ...dataRights(context, [], granted("data", "cloud data")),
    appsDenied(context, granted("data")),
  ];
}
