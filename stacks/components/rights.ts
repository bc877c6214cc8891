/**
 * What a function may do, as IAM statements on exact ARNs; from its grants, which a blueprint's card is made of, too, and
 * nothing else. No wildcard of actions, none of resources but a table's own indexes and a bucket's own objects.
 */
import type { Grant } from "../../blueprints/reach.ts";
import {
  appsTable,
  identityKeyParameter,
  logGroupName,
  nameLimits,
  physicalName,
  secretParameter,
  sitePatterns,
} from "../names.ts";
import { arnOf, type Context, nameOf } from "./context.ts";

export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

const tableRead = [
  "dynamodb:BatchGetItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DescribeTable",
  "dynamodb:GetItem",
  "dynamodb:Query",
  "dynamodb:Scan",
];
const tableWrite = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
const objectRead = ["s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectTagging"];
const objectWrite = [
  "s3:AbortMultipartUpload",
  "s3:DeleteObject",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
  "s3:PutObjectTagging",
];
const bucketRead = ["s3:GetBucketLocation", "s3:ListBucket"];
const bucketWrite = ["s3:ListBucketMultipartUploads"];

const secretRead = ["ssm:GetParameter"];

/** All that `uses` can give for reading. */
export const readActions: readonly string[] = [
  ...tableRead,
  ...objectRead,
  ...bucketRead,
  ...secretRead,
  "logs:FilterLogEvents",
];

export function policyDocument(statements: Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Its own log group's streams only. */
export function logRights(context: Context, functionName: string): Statement {
  const group = arnOf(context, "logs", `log-group:${logGroupName(functionName)}`);
  return { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: [`${group}:*`] };
}

/**
 * Of a gate: to look up sessions, public keys and what is its own app's, and to note the last use of that app's keys. No
 * other row: links, codes, invitations and passkeys are the sign-in function's.
 */
export function accessRights(
  context: Context,
  accessTable: string,
  app: string,
  condition: NonNullable<Statement["Condition"]> = {},
): Statement[] {
  const rows = (action: string, ids: string[]): Statement => ({
    Effect: "Allow",
    Action: [action],
    Resource: [arnOf(context, "dynamodb", `table/${accessTable}`)],
    Condition: { ...condition, "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ids } },
  });
  return [
    rows("dynamodb:GetItem", ["session/*", "signing/*", `app/${app}/*`]),
    rows("dynamodb:UpdateItem", [`app/${app}/key/*`]),
  ];
}

/** To check who the gate says asks: the app's own key, which its gate signs that with. */
export function identityRights(context: Context): Statement {
  const key = arnOf(context, "ssm", `parameter${identityKeyParameter(context.cloud, context.app)}`);
  return { Effect: "Allow", Action: ["ssm:GetParameter"], Resource: [key] };
}

export function grantedRights(context: Context, grants: readonly Grant[]): Statement[] {
  const looks = grants.some(({ kind }) => kind === "cloud");
  return grants.flatMap((grant): Statement[] => {
    if (grant.kind === "secrets") return [secretRights(context, grant.names)];
    if (grant.kind === "cloud") return cloudRights(context);
    if (grant.kind === "data") return dataRights(context, looks ? [] : [appsTable(context.cloud)]);
    if (grant.kind === "function") return [callRights(context, grant.name)];
    const write = grant.may === "write";
    return grant.kind === "table"
      ? [tableRights(context, grant.name, write)]
      : bucketRights(context, grant.name, write);
  });
}

/**
 * The rows of what is installed, what gates counted and what they and sign-in wrote of who came, with the rows that have
 * the names of guests and keys. Of apps' own logs and data nothing, and of who may come in nothing that lets anybody in.
 */
export function cloudRights(context: Context, condition?: NonNullable<Statement["Condition"]>): Statement[] {
  const { cloud } = context;
  const groups = [`${cloud}--*--gate`, physicalName(cloud, "foundation", "signin", nameLimits.function)];
  const more = condition ? { Condition: condition } : {};
  return [
    {
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Scan"],
      Resource: [arnOf(context, "dynamodb", `table/${appsTable(cloud)}`)],
      ...more,
    },
    {
      Effect: "Allow",
      Action: ["logs:FilterLogEvents"],
      Resource: groups.map((name) => arnOf(context, "logs", `log-group:${logGroupName(name)}:*`)),
      ...more,
    },
    {
      Effect: "Allow",
      Action: ["dynamodb:BatchGetItem"],
      Resource: [`${cloud}--*--limits`, physicalName(cloud, "foundation", "access", nameLimits.table)].map((name) =>
        arnOf(context, "dynamodb", `table/${name}`),
      ),
      Condition: {
        ...condition,
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["requests/*", "guest/*", "app/*/key/*"] },
        // No key at all would be all of these, too.
        Null: { "dynamodb:LeadingKeys": "false" },
      },
    },
  ];
}

const storedRows = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"];
const storedFiles = ["s3:GetObject", "s3:ListBucket"];

/**
 * The tables and buckets of every app and thing, to read. What is no app's data is denied by name, whatever else says: of
 * the foundation the table of who may come in and all buckets, what gates count, and sites. `besides`: tables more. A `*`
 * goes over what is in a bucket or below a table, too.
 */
export function dataRights(
  context: Context,
  besides: readonly string[] = [],
  condition?: NonNullable<Statement["Condition"]>,
): Statement[] {
  const { cloud } = context;
  const all = `${cloud}--*--*`;
  const bucket = (name: string): string => arnOf(context, "s3", name);
  const table = (name: string): string => arnOf(context, "dynamodb", `table/${name}`);
  const access = physicalName(cloud, "foundation", "access", nameLimits.table);
  const limits = table(`${cloud}--*--limits`);
  const rights = (Effect: Statement["Effect"], Action: string[], Resource: string[]): Statement => ({
    ...{ Effect, Action, Resource },
    ...(condition ? { Condition: condition } : {}),
  });
  const denied = [
    ...[...[access, ...besides].map((name) => table(`${name}*`)), limits, `${limits}/*`],
    ...[bucket(`${cloud}--foundation--*`), ...sitePatterns(cloud).map(bucket)],
  ];
  return [
    rights("Allow", storedRows, [table(all)]),
    rights("Allow", storedFiles, [bucket(all)]),
    rights("Deny", [...storedRows, ...storedFiles], denied),
  ];
}

/** The table of what is installed is the other grant's. */
export const appsDenied = (context: Context, condition: NonNullable<Statement["Condition"]>): Statement => ({
  Effect: "Deny",
  Action: storedRows,
  Resource: [arnOf(context, "dynamodb", `table/${appsTable(context.cloud)}*`)],
  Condition: condition,
});

/** `cloud`, `data` or `cloud data`, of a role that may: the boundary lets nobody else. */
export function grantTags(grants: readonly Grant[]): Record<string, string> {
  const names = ["cloud", "data"].filter((name) => grants.some(({ kind }) => kind === name));
  return names.length > 0 ? { [grantsTag]: names.join(" ") } : {};
}

export const grantsTag = "freehold:grants";

function tableRights(context: Context, name: string, write: boolean): Statement {
  const arn = arnOf(context, "dynamodb", `table/${nameOf(context, name, "table")}`);
  return {
    Effect: "Allow",
    Action: write ? [...tableRead, ...tableWrite] : tableRead,
    Resource: [arn, `${arn}/index/*`],
  };
}

function bucketRights(context: Context, name: string, write: boolean): Statement[] {
  const arn = arnOf(context, "s3", nameOf(context, name, "bucket"));
  return [
    { Effect: "Allow", Action: write ? [...objectRead, ...objectWrite] : objectRead, Resource: [`${arn}/*`] },
    { Effect: "Allow", Action: write ? [...bucketRead, ...bucketWrite] : bucketRead, Resource: [arn] },
  ];
}

function callRights(context: Context, name: string): Statement {
  const arn = arnOf(context, "lambda", `function:${nameOf(context, name, "function")}`);
  return { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [arn] };
}

/** The parameters that hold the app's secret settings, one by one. */
function secretRights(context: Context, settings: readonly string[]): Statement {
  const arns = settings.map((name) =>
    arnOf(context, "ssm", `parameter${secretParameter(context.cloud, context.app, name)}`),
  );
  return { Effect: "Allow", Action: secretRead, Resource: arns };
}
