/** A policy document made ready: done once for a document, then evaluated for every request. */
import { completed } from "./arn.ts";
import { type Condition, type ConditionBlock, compileConditions } from "./conditions.ts";
import type { Reading } from "./context.ts";
import { compilePattern, compileWildcards } from "./pattern.ts";
import {
  compileNotPrincipals,
  compilePrincipals,
  type Grant,
  type Principal,
  type PrincipalElement,
} from "./principals.ts";
import { PolicySyntaxError } from "./syntax-error.ts";
import { parseTemplate } from "./template.ts";

/** As it stands in the JSON, after its grammar was checked (grammar.ts, trust-grammar.ts). */
export interface StatementElement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: PrincipalElement;
  NotPrincipal?: PrincipalElement;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: ConditionBlock;
}

export interface PolicyDocument {
  Version?: string;
  Id?: string;
  Statement: StatementElement | StatementElement[];
}

export interface CompiledStatement {
  /** From 0, in the order of the document. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  /** `action` in lower case. */
  coversAction(action: string): boolean;
  coversResource(resource: string, reading: Reading): boolean;
  readonly conditions: readonly Condition[];
  /** Undefined: the policy belongs to an identity and names no one. */
  readonly principals: ((caller: Principal) => Grant | undefined) | undefined;
  readonly notPrincipal: boolean;
}

export interface CompiledPolicy {
  /** What the maker calls it: an ARN, or an inline policy's name. */
  readonly id: string;
  readonly statements: readonly CompiledStatement[];
  /** Those that cover the action, which is in lower case. */
  about(action: string): readonly CompiledStatement[];
}

/**
 * `document`: the JSON's text, or what it says. Throws PolicySyntaxError for what is no policy; finer faults are the
 * grammar's to find, before a policy is stored.
 */
export function compilePolicy(id: string, document: string | PolicyDocument): CompiledPolicy {
  const parsed = typeof document === "string" ? parse(document) : document;
  const variables = parsed.Version === "2012-10-17";
  const statements = [parsed.Statement].flat().map((statement, index) => compileStatement(statement, index, variables));
  return { id, statements, about: byAction(statements) };
}

const maxActionsKept = 500;

/** Services have few actions, and the same ones come again and again. */
function byAction(statements: readonly CompiledStatement[]): CompiledPolicy["about"] {
  const kept = new Map<string, readonly CompiledStatement[]>();
  return (action) => {
    const known = kept.get(action);
    if (known) return known;
    const covering = statements.filter((statement) => statement.coversAction(action));
    if (kept.size >= maxActionsKept) kept.clear();
    kept.set(action, covering);
    return covering;
  };
}

function parse(text: string): PolicyDocument {
  try {
    const parsed = JSON.parse(text);
    if (parsed !== null && typeof parsed === "object" && typeof parsed.Statement === "object") return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new PolicySyntaxError("Syntax errors in policy.");
}

function compileStatement(statement: StatementElement, index: number, variables: boolean): CompiledStatement {
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny")
    throw new PolicySyntaxError("Syntax errors in policy.");
  const { Principal, NotPrincipal } = statement;
  return {
    index,
    sid: statement.Sid,
    effect: statement.Effect,
    coversAction: compileActions(statement),
    coversResource: compileResources(statement, variables),
    conditions: compileConditions(statement.Condition, variables),
    principals: NotPrincipal
      ? compileNotPrincipals(NotPrincipal, statement.Effect)
      : Principal
        ? compilePrincipals(Principal)
        : undefined,
    notPrincipal: NotPrincipal !== undefined,
  };
}

function compileActions({ Action, NotAction }: StatementElement): CompiledStatement["coversAction"] {
  const patterns = [Action ?? NotAction ?? []].flat().map((action) => action.toLowerCase());
  const wanted = Action !== undefined;
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const wild = patterns.filter((pattern) => /[*?]/.test(pattern)).map(compileWildcards);
  return (action) => (exact.has(action) || wild.some((matches) => matches(action))) === wanted;
}

/** A trust policy has no resources: it is about the role it belongs to. */
function compileResources(
  { Resource, NotResource }: StatementElement,
  variables: boolean,
): CompiledStatement["coversResource"] {
  if (Resource === undefined && NotResource === undefined) return () => true;
  const patterns = [Resource ?? NotResource ?? []].flat().map((text) => {
    const template = parseTemplate(text, variables);
    return compilePattern(text.startsWith("arn:") ? completed(template) : template);
  });
  const wanted = Resource !== undefined;
  return (resource, reading) => patterns.some((matches) => matches(resource, reading)) === wanted;
}
