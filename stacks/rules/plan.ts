/**
 * A plan as rules read it: resources with their inputs as they are resolved, after every variable, function and
 * default. What cannot be read yet says so and is never taken for harmless.
 */
import type { Finding } from "../../blueprints/card.ts";

export interface PlannedResource {
  urn: string;
  /** `aws:s3/bucket:Bucket` */
  kind: string;
  /** In the program. */
  name: string;
  /** Pulumi's name of the step. */
  op: string;
  inputs: Readonly<Record<string, unknown>>;
}

export interface About {
  cloud: string;
  app: string;
  accountId: string;
  boundaryArn: string;
  /** Names in the program of tables whose data is precious. */
  preciousTables: readonly string[];
  /** Its manifest asks to read the cloud, and nobody took that back: then exactly that is no mistake. */
  readsCloud?: boolean;
  /** The same of what all apps store, which the owner gave by name. */
  readsData?: boolean;
  /** AWS is played over plain HTTP: nothing can insist on TLS. */
  plainHttp: boolean;
}

export interface Plan {
  resources: readonly PlannedResource[];
  about: About;
}

export interface Rule {
  name: string;
  check(plan: Plan): Finding[];
}

/** Stands for an input that is secret, or known only when it is made. */
export class Unreadable {
  readonly why: "secret" | "unknown";
  constructor(why: "secret" | "unknown") {
    this.why = why;
  }
}

export const gateNoun = "gate";

/** `home--notes--`: what every physical name of the app begins with. */
export const prefixOf = ({ cloud, app }: About): string => `${cloud}--${app}--`;

/** Part of a name of the owner's: of a component that no blueprint can ask for. */
export const ofDomain = ({ urn }: PlannedResource): boolean => urn.includes("::freehold:app:Domain$");

export const ofKind = ({ resources }: Plan, ...kinds: string[]): PlannedResource[] =>
  resources.filter(({ kind }) => kinds.includes(kind));

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** One or many, as IAM writes them. */
export const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);

export interface Statement {
  Effect?: string;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** Undefined when it cannot be read: not there yet, secret, or no JSON. */
export function statementsOf(document: unknown): Statement[] | undefined {
  if (typeof document !== "string") return undefined;
  try {
    const { Statement: found } = JSON.parse(document) as { Statement?: Statement | Statement[] };
    return found === undefined ? [] : [found].flat();
  } catch {
    return undefined;
  }
}

export const allows = (statement: Statement): boolean => statement.Effect !== "Deny";

/** Whether an ARN names something of this app's, in this account, whatever stands at its end. */
export function isOwn(arn: string, { cloud, app, accountId }: About): boolean {
  return isNamed(arn, `${cloud}--${app}--`, `/freehold/${cloud}/${app}/`, accountId);
}

/** The same of the foundation's, which only the gate may reach. */
export function isFoundation(arn: string, { cloud, accountId }: About): boolean {
  return isNamed(arn, `${cloud}--foundation--`, undefined, accountId);
}

/** What the grants are, and no more. Of the cloud: what is installed, counts, the logs of gates and of sign-in, and names. */
export function isLooking(action: string, arn: string, statement: Statement, about: About): boolean {
  return isReadingData(action, arn, about) || isLookingAtCloud(action, arn, statement, about);
}

const readingRows = ["dynamodb:describetable", "dynamodb:getitem", "dynamodb:query", "dynamodb:scan"];

const readingFiles = ["s3:getobject", "s3:listbucket"];

/** What the grant of the data is, and no more; what is no data the boundary denies, whatever a plan says. */
function isReadingData(action: string, arn: string, { cloud, accountId, readsData }: About): boolean {
  const [scheme, , service = "", , account, ...rest] = arn.split(":");
  if (!readsData || scheme !== "arn") return false;
  const name = rest.join(":");
  const all = `${cloud}--*--*`;
  if (service === "dynamodb") return account === accountId && name === `table/${all}` && readingRows.includes(action);
  return service === "s3" && account === "" && name === all && readingFiles.includes(action);
}

function isLookingAtCloud(action: string, arn: string, statement: Statement, about: About): boolean {
  const { cloud, accountId, readsCloud } = about;
  const [scheme, , service = "", , account, ...rest] = arn.split(":");
  if (!readsCloud || scheme !== "arn" || account !== accountId) return false;
  const below = (names: string[], kind: string, end = ""): boolean =>
    names.some((name) => rest.join(":") === `${kind}${cloud}--${name}${end}`);
  if (action === "logs:filterlogevents")
    return service === "logs" && below(["*--gate", "foundation--signin"], "log-group:/aws/lambda/", ":*");
  if (service !== "dynamodb") return false;
  if (action === "dynamodb:getitem" || action === "dynamodb:scan") return below(["foundation--apps"], "table/");
  const named = action === "dynamodb:batchgetitem" && namesRows(statement);
  return named && below(["*--limits", "foundation--access"], "table/");
}

const lookingRows = ["requests/*", "guest/*", "app/*/key/*"];

/** Some of these rows, each by its id: without a key in the request the first condition would hold, too. */
function namesRows({ Condition: condition = {} }: Statement): boolean {
  const of = (operator: string): string[] => list(condition[operator]?.["dynamodb:LeadingKeys"]);
  const rows = of("ForAllValues:StringLike");
  return rows.length > 0 && rows.every((row) => lookingRows.includes(row)) && of("Null").join() === "false";
}

function isNamed(arn: string, prefix: string, parameters: string | undefined, accountId: string): boolean {
  const [scheme, , service, , account, ...rest] = arn.split(":");
  if (scheme !== "arn" || (service === "s3" ? account !== "" : account !== accountId)) return false;
  const resource = rest.join(":");
  if (service === "ssm") return parameters !== undefined && resource.startsWith(`parameter${parameters}`);
  const name = resource.replace(/^(log-group:\/aws\/lambda\/|table\/|function:|role\/|policy\/)/, "");
  return name.startsWith(prefix);
}

export function finding(
  severity: Finding["severity"],
  rule: string,
  resource: PlannedResource | undefined,
  message: string,
): Finding {
  return { rule, severity, ...(resource ? { resource: resource.name } : {}), message };
}
