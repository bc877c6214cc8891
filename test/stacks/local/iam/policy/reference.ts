/**
 * A slow evaluator, written to be seen to be right: regular expressions from wildcards, every statement weighed anew for
 * every question, conditions by plain loops. It shares nothing with the real one but the form of its input.
 */

export interface RefStatement {
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS: string | string[] };
  Action?: string[];
  NotAction?: string[];
  Resource?: string[];
  NotResource?: string[];
  Condition?: Record<string, Record<string, string[]>>;
}
export type RefPolicy = RefStatement[];

export interface RefRequest {
  account: string;
  /** Session, or user. */
  arn: string;
  roleArn?: string;
  action: string;
  resource: string;
  owner: string;
  context: Record<string, string[]>;
}

export interface RefPolicies {
  identity: RefPolicy[];
  boundary?: RefPolicy;
  session?: RefPolicy[];
  resource?: RefPolicy;
}

export function referenceDecision(request: RefRequest, policies: RefPolicies): string {
  const all = [...policies.identity, policies.boundary ?? [], ...(policies.session ?? []), policies.resource ?? []];
  for (const statement of all.flat())
    if (statement.Effect === "Deny" && meansCaller(statement, request).length > 0 && covers(statement, request))
      return "explicitDeny";

  const allows = (policy: RefPolicy): boolean =>
    policy.some((statement) => statement.Effect === "Allow" && covers(statement, request));
  const identity = policies.identity.some(allows);
  const boundary = policies.boundary === undefined || allows(policies.boundary);
  const session = policies.session === undefined || policies.session.some(allows);
  const grants = (policies.resource ?? [])
    .filter((statement) => statement.Effect === "Allow" && covers(statement, request))
    .flatMap((statement) => meansCaller(statement, request));

  const own = identity && boundary && session;
  if (request.owner !== request.account) return own && grants.length > 0 ? "allowed" : "implicitDeny";
  if (grants.includes("itself")) return "allowed";
  if (grants.includes("its role") && boundary && session) return "allowed";
  return own ? "allowed" : "implicitDeny";
}

function meansCaller({ Principal }: RefStatement, request: RefRequest): string[] {
  if (Principal === undefined || Principal === "*") return ["itself"];
  return [Principal.AWS].flat().flatMap((name) => {
    if (name === "*" || name === request.arn) return ["itself"];
    if (name === request.roleArn) return ["its role"];
    return name === request.account || name === `arn:aws:iam::${request.account}:root` ? ["its account"] : [];
  });
}

function covers(statement: RefStatement, request: RefRequest): boolean {
  const action = (pattern: string): boolean => wildcard(pattern.toLowerCase()).test(request.action.toLowerCase());
  const resource = (pattern: string): boolean => substituted(pattern, request.context)?.test(request.resource) === true;
  if (statement.Action && !statement.Action.some(action)) return false;
  if (statement.NotAction?.some(action)) return false;
  if (statement.Resource && !statement.Resource.some(resource)) return false;
  if (statement.NotResource?.some(resource)) return false;
  for (const [operator, keys] of Object.entries(statement.Condition ?? {}))
    for (const [key, values] of Object.entries(keys)) if (!holds(operator, key, values, request.context)) return false;
  return true;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function wildcard(pattern: string): RegExp {
  return new RegExp(`^${escaped(pattern).replaceAll("\\*", ".*").replaceAll("\\?", ".")}$`, "s");
}

/** The pattern as a RegExp with its one kind of variable, `${v:name}`, put in. */
function substituted(pattern: string, context: Record<string, string[]>): RegExp | undefined {
  const pieces = pattern.split(/(\$\{[^}]*\})/);
  const sources = pieces.map((piece) => {
    if (!piece.startsWith("${")) return wildcard(piece).source.slice(1, -1);
    const value = lookup(piece.slice(2, -1), context);
    return value?.length === 1 ? escaped(value[0]!) : undefined;
  });
  return sources.includes(undefined) ? undefined : new RegExp(`^${sources.join("")}$`, "s");
}

function lookup(key: string, context: Record<string, string[]>): string[] | undefined {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  return found?.length ? found : undefined;
}

function holds(written: string, key: string, wanted: string[], context: Record<string, string[]>): boolean {
  const [prefix, rest] = written.includes(":") ? (written.split(":") as [string, string]) : ["", written];
  const ifExists = rest.endsWith("IfExists");
  const operator = rest.replace(/IfExists$/, "");
  const found = lookup(key, context);
  if (operator === "Null") return wanted.includes(found === undefined ? "true" : "false");
  const negated = operator.includes("Not");
  if (found === undefined) {
    if (ifExists || prefix === "ForAllValues") return true;
    return prefix === "ForAnyValue" ? false : negated;
  }
  const positive = operator.replace("Not", "");
  const matched = found.map((value) => wanted.some((one) => compare(positive, value, one, context)));
  const nonEmpty = matched.filter((_, index) => found[index] !== "");
  if (prefix === "ForAllValues") return nonEmpty.every((one) => one !== negated);
  if (prefix === "ForAnyValue") return nonEmpty.some((one) => one !== negated);
  return matched.includes(true) !== negated;
}

function compare(operator: string, value: string, wanted: string, context: Record<string, string[]>): boolean {
  if (operator === "StringEquals") return substitutedText(wanted, context) === value;
  if (operator === "StringEqualsIgnoreCase")
    return substitutedText(wanted, context)?.toLowerCase() === value.toLowerCase();
  if (operator === "StringLike") return substituted(wanted, context)?.test(value) === true;
  if (operator === "Bool") return value.toLowerCase() === wanted.toLowerCase() && /^(true|false)$/i.test(value);
  if (operator === "IpAddress") return inBlock(value, wanted);
  if (operator.startsWith("Numeric")) return order(operator.slice(7), Number(value || "x"), Number(wanted || "x"));
  if (operator.startsWith("Date")) return order(operator.slice(4), Date.parse(value), Date.parse(wanted));
  throw new Error(`The reference does not know ${operator}.`);
}

function substitutedText(text: string, context: Record<string, string[]>): string | undefined {
  let known = true;
  const result = text.replace(/\$\{([^}]*)\}/g, (_, key) => {
    const value = lookup(key, context);
    if (value?.length !== 1) known = false;
    return value?.[0] ?? "";
  });
  return known ? result : undefined;
}

function order(operator: string, a: number, b: number): boolean {
  return {
    Equals: a === b,
    LessThan: a < b,
    LessThanEquals: a <= b,
    GreaterThan: a > b,
    GreaterThanEquals: a >= b,
  }[operator]!;
}

/** Version 4 only, bit by bit. */
function inBlock(address: string, block: string): boolean {
  const bits = (text: string): string =>
    text
      .split(".")
      .map((byte) => Number(byte).toString(2).padStart(8, "0"))
      .join("");
  const dotted = /^\d{1,3}(\.\d{1,3}){3}$/;
  const [net = "", prefix = "32"] = block.split("/");
  if (!dotted.test(address) || !dotted.test(net)) return false;
  return bits(address).slice(0, Number(prefix)) === bits(net).slice(0, Number(prefix));
}
