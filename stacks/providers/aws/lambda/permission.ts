/** aws:lambda/permission:Permission: one statement of a function's resource policy. It never changes in place. */
import type { AddPermissionCommandInput } from "@aws-sdk/client-lambda";
import { flag, text } from "../schema.ts";
import { bool, type Call, compact, type ResourceType, str } from "../type.ts";
import { idle, lambda, orMissing } from "./calls.ts";

export const permission: ResourceType = {
  token: "aws:lambda/permission:Permission",
  properties: {
    statementId: text({ replaces: true, computed: true }),
    statementIdPrefix: text({ replaces: true }),
    action: text({ required: true, replaces: true }),
    function: text({ required: true, replaces: true }),
    principal: text({ required: true, replaces: true }),
    principalOrgId: text({ replaces: true }),
    qualifier: text({ replaces: true }),
    sourceAccount: text({ replaces: true }),
    sourceArn: text({ replaces: true }),
    eventSourceToken: text({ replaces: true }),
    functionUrlAuthType: text({ replaces: true, oneOf: ["NONE", "AWS_IAM"] }),
    invokedViaFunctionUrl: flag({ replaces: true, default: false }),
  },
  outputs: [],
  autoname: { property: "statementId", prefix: "statementIdPrefix", maxLength: 100 },
  identity: (inputs) => str(inputs, "statementId"),
  exists: ["ResourceConflictException"],
  create,
  aspects: [],
  observe,
  remove: async (call) => {
    const { function: FunctionName, qualifier, sid } = place(call);
    const client = await lambda(call);
    const request = { FunctionName, Qualifier: qualifier, StatementId: sid };
    await idle(call, () => orMissing(client.removePermission(request)));
  },
};

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const request: AddPermissionCommandInput = {
    StatementId: str(inputs, "statementId"),
    FunctionName: str(inputs, "function"),
    Action: str(inputs, "action"),
    Principal: str(inputs, "principal"),
    PrincipalOrgID: str(inputs, "principalOrgId"),
    Qualifier: str(inputs, "qualifier"),
    SourceAccount: str(inputs, "sourceAccount"),
    SourceArn: str(inputs, "sourceArn"),
    EventSourceToken: str(inputs, "eventSourceToken"),
    FunctionUrlAuthType: str(inputs, "functionUrlAuthType") as AddPermissionCommandInput["FunctionUrlAuthType"],
    InvokedViaFunctionUrl: bool(inputs, "invokedViaFunctionUrl") || undefined,
  };
  const client = await lambda(call);
  await idle(call, () => client.addPermission(request));
  return request.StatementId!;
}

/** From the inputs, or on import from `FUNCTION/STATEMENT` or `FUNCTION:QUALIFIER/STATEMENT`. */
function place(call: Call): { function: string; qualifier?: string; sid: string } {
  const name = str(call.inputs, "function");
  if (name) return { function: name, qualifier: str(call.inputs, "qualifier"), sid: call.id };
  const at = call.id.lastIndexOf("/");
  const [fn = "", qualifier] = call.id.slice(0, Math.max(at, 0)).split(":");
  return { function: fn, qualifier, sid: call.id.slice(at + 1) };
}

interface Statement {
  Sid?: string;
  Action?: string;
  Principal?: string | { Service?: string; AWS?: string; [kind: string]: string | undefined };
  Condition?: { [operator: string]: { [key: string]: string } };
}

function condition(statement: Statement, key: string): string | undefined {
  for (const entries of Object.values(statement.Condition ?? {}))
    for (const [name, value] of Object.entries(entries)) if (name.toLowerCase() === key.toLowerCase()) return value;
  return undefined;
}

/** An account's number comes back as the ARN of its root. */
function principalOf(statement: Statement, said: string | undefined): string | undefined {
  const { Principal: found } = statement;
  const live = typeof found === "object" ? (found.Service ?? found.AWS ?? Object.values(found)[0]) : found;
  return said && live?.endsWith(`:iam::${said}:root`) ? said : live;
}

async function observe(call: Call) {
  const { function: name, qualifier, sid } = place(call);
  const client = await lambda(call);
  const answer = await orMissing(client.getPolicy({ FunctionName: name, Qualifier: qualifier }));
  const { Statement: statements = [] } = JSON.parse(answer?.Policy ?? "{}") as { Statement?: Statement[] };
  const found = statements.find(({ Sid }) => Sid === sid);
  if (!found) return undefined;
  call.id = sid;
  return {
    inputs: compact({
      statementId: sid,
      action: found.Action,
      function: name,
      qualifier,
      principal: principalOf(found, str(call.inputs, "principal")),
      principalOrgId: condition(found, "aws:PrincipalOrgID"),
      sourceAccount: condition(found, "AWS:SourceAccount"),
      sourceArn: condition(found, "AWS:SourceArn"),
      eventSourceToken: condition(found, "lambda:EventSourceToken"),
      functionUrlAuthType: condition(found, "lambda:FunctionUrlAuthType"),
      invokedViaFunctionUrl: String(condition(found, "lambda:InvokedViaFunctionUrl")) === "true",
    }),
    outputs: {},
  };
}
