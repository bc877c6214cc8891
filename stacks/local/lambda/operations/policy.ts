/** AddPermission, RemovePermission, GetPolicy: a function's resource policy. access.ts asks it. */
import { randomUUID } from "node:crypto";
import { type Core, getFunction, missing, refOf } from "../core.ts";
import { conflict, functionNotFound, invalid, notFound, policyTooLong, revisionMismatch } from "../errors.ts";
import { arnOf, type FunctionRef } from "../naming.ts";
import { type FunctionRecord, latest, type PolicyStatement } from "../records.ts";
import type { Request, Route } from "../router.ts";

const base = "/2015-03-31/functions/{name}/policy";
const policyLimitBytes = 20_480;

/** What every statement that is added has to have. */
export function refuseTaken(statements: readonly PolicyStatement[], id: string): void {
  if (statements.some(({ Sid }) => Sid === id))
    throw conflict(
      `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
}

export function refuseTooLong(statements: PolicyStatement[]): void {
  const bytes = Buffer.byteLength(policyDocument(statements));
  if (bytes > policyLimitBytes) throw policyTooLong(bytes);
}

export function policyRoutes(core: Core): Route[] {
  return [
    { name: "AddPermission", at: `POST ${base}`, status: 201, run: (request) => add(core, request) },
    { name: "GetPolicy", at: `GET ${base}`, status: 200, run: (request) => get(core, request) },
    { name: "RemovePermission", at: `DELETE ${base}/{sid}`, status: 204, run: (request) => remove(core, request) },
  ];
}

function checkPermission(input: any): void {
  if (input.FunctionUrlAuthType && input.Action !== "lambda:InvokeFunctionUrl")
    throw invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  if (input.InvokedViaFunctionUrl !== undefined && input.Action !== "lambda:InvokeFunction")
    throw invalid("InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
}

function statementOf(input: any, resource: string): PolicyStatement {
  const condition: Record<string, Record<string, string>> = {};
  const set = (operator: string, key: string, value: unknown): void => {
    if (value !== undefined && value !== null) condition[operator] = { ...condition[operator], [key]: String(value) };
  };
  set("StringEquals", "AWS:SourceAccount", input.SourceAccount);
  set("StringEquals", "lambda:EventSourceToken", input.EventSourceToken);
  set("StringEquals", "aws:PrincipalOrgID", input.PrincipalOrgID);
  set("StringEquals", "lambda:FunctionUrlAuthType", input.FunctionUrlAuthType);
  set("Bool", "lambda:InvokedViaFunctionUrl", input.InvokedViaFunctionUrl);
  set("ArnLike", "AWS:SourceArn", input.SourceArn);
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

export function principalOf(principal: string): PolicyStatement["Principal"] {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith("arn:")) return { AWS: principal };
  if (/^[a-z0-9.-]+\.(amazonaws\.com|amazon\.com)$/.test(principal)) return { Service: principal };
  throw invalid("The provided principal was invalid. Please check the principal and try again.");
}

/** The policy a reference means; an alias or version must exist. */
function policyKey(core: Core, record: FunctionRecord, { qualifier }: FunctionRef): string {
  if (qualifier === undefined) return latest;
  const arn = arnOf(core.cloud, record.name, qualifier);
  if (/^\d+$/.test(qualifier) || qualifier === latest) {
    if (!record.versions[qualifier]) throw functionNotFound(arn);
  } else if (!Object.hasOwn(record.aliases, qualifier)) throw notFound(`Cannot find alias arn: ${arn}`);
  return qualifier;
}

/** A policy's revision is that of what it belongs to: the function, the version or the alias. */
function revisionOf(record: FunctionRecord, key: string): string {
  return (record.aliases[key] ?? record.versions[key]!).revisionId;
}

function revise(record: FunctionRecord, key: string): void {
  (record.aliases[key] ?? record.versions[key]!).revisionId = randomUUID();
}

async function add(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { input } = request;
  checkPermission(input);
  if (ref.qualifier === latest) throw invalid("We currently do not support adding policies for $LATEST.");
  return core.functions.change(
    ref.name,
    (record) => {
      const key = policyKey(core, record, ref);
      const policy = record.policies[key] ?? { statements: [] };
      if (input.RevisionId && input.RevisionId !== revisionOf(record, key)) throw revisionMismatch("GetPolicy");
      refuseTaken(policy.statements, input.StatementId);
      const statement = statementOf(input, arnOf(core.cloud, record.name, ref.qualifier));
      const statements = [...policy.statements, statement];
      refuseTooLong(statements);
      record.policies[key] = { statements };
      revise(record, key);
      return { Statement: JSON.stringify(statement) };
    },
    missing(core, ref),
  );
}

function get(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const record = getFunction(core, ref);
  const key = policyKey(core, record, ref);
  const policy = record.policies[key];
  if (!policy) throw notFound("The resource you requested does not exist.");
  return { Policy: policyDocument(policy.statements), RevisionId: revisionOf(record, key) };
}

export function policyDocument(statements: PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
}

async function remove(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  const sid = request.params["sid"]!;
  const revision = request.query.get("RevisionId");
  await core.functions.change(
    ref.name,
    (record) => {
      const key = policyKey(core, record, ref);
      const policy = record.policies[key];
      if (!policy) throw notFound("No policy is associated with the given resource.");
      const statements = policy.statements.filter(({ Sid }) => Sid !== sid);
      if (statements.length === policy.statements.length)
        throw notFound(`Statement ${sid} is not found in resource policy.`);
      if (revision && revision !== revisionOf(record, key)) throw revisionMismatch();
      if (statements.length === 0) delete record.policies[key];
      else record.policies[key] = { statements };
      revise(record, key);
    },
    () => notFound(`No policy found for: ${arnOf(core.cloud, ref.name)}`),
  );
}
