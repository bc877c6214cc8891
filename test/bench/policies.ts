/** One policy decision: a typical request against three identity policies and a boundary, 40 statements in all. */
import {
  type AccessRequest,
  compilePolicy,
  contextOf,
  evaluate,
  type Policies,
} from "../../stacks/local/iam/policy/index.ts";
import { table } from "./table.ts";

const perRun = 20_000;
const runs = 7;

const arn = (name: string): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`;

/** Ten statements of an app's role: exact and wild actions, tables and buckets, variables, conditions, a Deny. */
function statements(seed: number) {
  const allow = (Action: string[], Resource: string | string[], Condition?: object) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition ? { Condition } : {}),
  });
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], `arn:aws:logs:*:*:log-group:/app/${seed}:*`),
    allow(["dynamodb:GetItem", "dynamodb:Query"], [arn(`a${seed}`), `${arn(`a${seed}`)}/index/*`]),
    allow(["dynamodb:*Item"], arn(`b${seed}`), { StringEquals: { "aws:PrincipalTag/app": "notes" } }),
    allow(["dynamodb:*"], arn("orders-*"), { Bool: { "aws:SecureTransport": "true" } }),
    allow(["s3:GetObject*"], `arn:aws:s3:::app-${seed}/*`),
    allow(["s3:ListBucket"], `arn:aws:s3:::app-${seed}`, { StringLike: { "s3:prefix": ["", "home/*"] } }),
    allow(["s3:PutObject"], `arn:aws:s3:::app-${seed}/\${aws:username, 'none'}/*`),
    allow(["ssm:GetParameter*"], `arn:aws:ssm:*:*:parameter/app/${seed}/*`),
    {
      Effect: "Deny",
      Action: ["dynamodb:DeleteTable", "dynamodb:Update*"],
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"] } },
    },
    allow(["kms:Decrypt"], "*", { DateLessThan: { "aws:CurrentTime": "2099-01-01T00:00:00Z" } }),
  ];
}

const policy = (seed: number) =>
  compilePolicy(`p${seed}`, JSON.stringify({ Version: "2012-10-17", Statement: statements(seed) }));

export async function policies(): Promise<void> {
  const given: Policies = { identity: [policy(1), policy(2), policy(3)], boundary: policy(4) };
  const request = (): AccessRequest => ({
    principal: {
      kind: "role",
      accountId: "123456789012",
      arn: "arn:aws:sts::123456789012:assumed-role/notes/s",
      roleArn: "arn:aws:iam::123456789012:role/notes",
    },
    action: "dynamodb:UpdateItem",
    resource: arn("orders-2026"),
    context: contextOf({
      "aws:SourceIp": "127.0.0.1",
      "aws:SecureTransport": "true",
      "aws:PrincipalTag/app": "notes",
      "aws:CurrentTime": "2026-11-26T08:00:00Z",
      "aws:PrincipalArn": "arn:aws:iam::123456789012:role/notes",
    }),
  });
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    let allowed = 0;
    for (let call = 0; call < perRun; call++) if (evaluate(request(), given).decision === "allowed") allowed++;
    samples.push(((performance.now() - started) * 1000) / perRun);
    if (allowed !== perRun) throw new Error("The request of the bench must be allowed.");
  }
  // The first run is the compiler's.
  table.add({ name: "policy decision, 40 statements", unit: "us", goal: "<= 20", samples: samples.slice(1) });
}
