/** The policy simulator: what given or attached policies say of requests that nobody makes. */
import type { QueryInput, QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { compiled, type EntityPolicies, entityWithPolicies, type SourcePolicy } from "./entity-policies.ts";
import { errors } from "./errors.ts";
import { listInput } from "./inputs.ts";
import { accountOf } from "./policy/arn.ts";
import {
  contextKeysOf,
  type Decision,
  evaluate,
  type MatchedStatement,
  type Policies,
  type PolicyKind,
  statementSpans,
} from "./policy/index.ts";
import {
  actionInputs,
  boundaryInput,
  contextInput,
  type Entity,
  entityOf,
  ownerInput,
  policyInputs,
  principalOf,
  refuseNotCarriedOut,
  resourcePolicyInput,
} from "./simulation-inputs.ts";
import { resourceTemplate } from "./simulation-resources.ts";
import { paged } from "./tables.ts";

export function simulationOperations({ store, options }: LocalCloud): Record<string, QueryOperation> {
  /** Of an entity of this account. */
  const attached = ({ kind, name }: Entity): EntityPolicies => entityWithPolicies(store.db, kind, name);
  return {
    SimulateCustomPolicy(input) {
      if (input.ResourcePolicy !== undefined && input.CallerArn === undefined)
        throw errors.invalidInput("CallerArn is required with a ResourcePolicy: its Principal is compared with it.");
      const caller = input.CallerArn ?? `arn:aws:iam::${options.accountId}:user/simulated`;
      return simulated(input, entityOf(caller), {
        identity: policyInputs(input.PolicyInputList, "PolicyInputList"),
        boundary: boundaryInput(input.PermissionsBoundaryPolicyInputList),
      });
    },
    SimulatePrincipalPolicy(input) {
      const source = entityOf(input.PolicySourceArn);
      const caller = input.CallerArn === undefined ? source : entityOf(input.CallerArn);
      if (input.ResourcePolicy !== undefined && caller.kind === "role")
        throw errors.invalidInput("A ResourcePolicy is simulated for IAM users only, not for roles.");
      const { identity, boundary } = attached(source);
      return simulated(input, caller, {
        identity: [...identity, ...policyInputs(input.PolicyInputList, "PolicyInputList")],
        boundary: boundaryInput(input.PermissionsBoundaryPolicyInputList) ?? boundary,
      });
    },
    GetContextKeysForCustomPolicy(input) {
      return { ContextKeyNames: keysOf(policyInputs(input.PolicyInputList, "PolicyInputList")) };
    },
    GetContextKeysForPrincipalPolicy(input) {
      const { identity } = attached(entityOf(input.PolicySourceArn));
      return {
        ContextKeyNames: keysOf([...identity, ...policyInputs(input.PolicyInputList, "PolicyInputList")]),
      };
    },
  };
}

const keysOf = (policies: SourcePolicy[]): string[] =>
  contextKeysOf(policies.map(({ document }) => JSON.parse(document)));

interface Simulation {
  policies: Policies;
  sources: Map<string, SourcePolicy>;
  decide(action: string, resource: string): Decision;
  /** Whether the resource is another account's than the caller's. */
  crosses(resource: string): boolean;
}

/** One result for each action, in the order asked; within it one for each resource. */
function simulated(input: QueryInput, caller: Entity, given: EntityPolicies): XmlValue {
  refuseNotCarriedOut(input);
  const simulation = prepare(input, caller, given);
  const asked = listInput(input.ResourceArns);
  const resources = asked.length === 0 ? ["*"] : asked;
  const actions = actionInputs(input.ActionNames).map((action, index) => ({ action, index }));
  const { page, ...marks } = paged(actions, ({ index }) => String(index).padStart(8, "0"), input);
  return { EvaluationResults: page.map(({ action }) => actionResult(simulation, action, resources)), ...marks };
}

function prepare(input: QueryInput, caller: Entity, { identity, boundary }: EntityPolicies): Simulation {
  const resourcePolicy = resourcePolicyInput(input.ResourcePolicy);
  const context = contextInput(input.ContextEntries);
  const principal = principalOf(caller);
  const owner = ownerInput(input.ResourceOwner) ?? caller.accountId;
  const ownerOf = (resource: string): string => accountOf(resource) ?? owner;
  const policies: Policies = {
    identity: identity.map(compiled),
    ...(boundary ? { boundary: compiled(boundary) } : {}),
    ...(resourcePolicy ? { resource: compiled(resourcePolicy) } : {}),
  };
  const all = [...identity, ...(boundary ? [boundary] : []), ...(resourcePolicy ? [resourcePolicy] : [])];
  return {
    policies,
    sources: new Map(all.map((source) => [source.id, source])),
    crosses: (resource) => ownerOf(resource) !== caller.accountId,
    decide: (action, resource) =>
      evaluate({ principal, action, resource, resourceAccount: ownerOf(resource), context }, policies),
  };
}

const strictness: readonly Decision["decision"][] = ["allowed", "implicitDeny", "explicitDeny"];

function actionResult(simulation: Simulation, action: string, resources: string[]): XmlValue {
  const results = resources.map((resource) => ({ resource, decision: simulation.decide(action, resource) }));
  const decisions = results.map(({ decision }) => decision);
  const anyResource = resources.every((resource) => resource === "*");
  const strictest = Math.max(...decisions.map(({ decision }) => strictness.indexOf(decision)));
  const decision = strictness[strictest];
  const crossing = results.filter(({ resource }) => simulation.crosses(resource)).map((result) => result.decision);
  return {
    EvalActionName: action,
    EvalResourceName: anyResource ? "*" : resourceTemplate(action),
    EvalDecision: decision,
    MatchedStatements: statementsXml(
      simulation,
      decisions.filter((one) => one.decision === decision),
    ),
    MissingContextValues: missing(decisions),
    PermissionsBoundaryDecisionDetail: boundaryXml(simulation, decisions),
    EvalDecisionDetails: anyResource ? undefined : detailsXml(crossing),
    ResourceSpecificResults: anyResource
      ? undefined
      : results.map(({ resource, decision }) => ({
          EvalResourceName: resource,
          EvalResourceDecision: decision.decision,
          MatchedStatements: statementsXml(simulation, [decision]),
          MissingContextValues: missing([decision]),
          PermissionsBoundaryDecisionDetail: boundaryXml(simulation, [decision]),
          EvalDecisionDetails: simulation.crosses(resource) ? detailsXml([decision]) : undefined,
        })),
  };
}

/** Once each, without regard to case. */
function missing(decisions: Decision[]): string[] {
  const keys = decisions.flatMap(({ missingContextKeys }) => missingContextKeys);
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
}

/** True where the boundary allows for every resource. */
function boundaryXml({ policies }: Simulation, decisions: Decision[]): XmlValue {
  if (!policies.boundary) return undefined;
  return { AllowedByPermissionsBoundary: decisions.every(({ kinds }) => kinds.boundary === "allowed") };
}

const kindNames: readonly [PolicyKind, string][] = [
  ["identity", "IAM Policy"],
  ["resource", "Resource Policy"],
  ["boundary", "Permissions Boundary Policy"],
];

/** What each kind of policy said: the strictest over all. Within an account the answer has none. */
function detailsXml(decisions: Decision[]): XmlValue {
  return new Map(
    kindNames.flatMap(([kind, name]): [string, string][] => {
      const said = decisions.flatMap(({ kinds }) => kinds[kind] ?? []);
      const strictest = strictness.findLast((decision) => said.includes(decision));
      return strictest ? [[name, strictest]] : [];
    }),
  );
}

/** Of identity-based and resource-based policies, as AWS lists no others; what is missing has no statement. */
function statementsXml({ sources }: Simulation, decisions: Decision[]): XmlValue {
  const found = decisions
    .filter(({ decision }) => decision !== "implicitDeny")
    .flatMap(({ statements }) => statements)
    .filter(({ kind }) => kind === "identity" || kind === "resource");
  const unique = new Map(found.map((one) => [`${one.policy.id} ${one.statement.index}`, one]));
  return [...unique.values()].map((one) => statementXml(sources, one));
}

function statementXml(sources: Map<string, SourcePolicy>, { kind, policy, statement }: MatchedStatement): XmlValue {
  const span = statementSpans(sources.get(policy.id)?.document ?? "")[statement.index];
  return {
    SourcePolicyId: policy.id,
    SourcePolicyType: kind === "resource" ? "Resource Policy" : "IAM Policy",
    StartPosition: span?.start,
    EndPosition: span?.end,
  };
}
