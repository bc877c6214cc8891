/** What a simulation is asked: policies, who calls, on what, with which context. Refused by name where not carried out. */
import type { QueryInput } from "../protocols/aws-query.ts";
import type { SourcePolicy } from "./entity-policies.ts";
import { errors } from "./errors.ts";
import { listInput } from "./inputs.ts";
import {
  type Context,
  checkIdentityPolicy,
  checkResourcePolicy,
  contextOf,
  PolicySyntaxError,
  type Principal,
} from "./policy/index.ts";

/** Members that would change the answer and that nothing here heeds. */
const notCarriedOut = ["ResourceHandlingOption", "OrderedOrganizationPolicyInputList", "PolicyExclusionList"];

export function refuseNotCarriedOut(input: QueryInput): void {
  const given = notCarriedOut.find((name) => input[name] !== undefined && input[name] !== "");
  if (given) throw errors.invalidInput(`${given} is not carried out by the local cloud.`);
}

export function policyInputs(value: unknown, name: string): SourcePolicy[] {
  return listInput(value).map((document, index) => {
    checked(document, (text) => checkIdentityPolicy(text, true));
    return { id: `${name}.${index + 1}`, document };
  });
}

export function boundaryInput(value: unknown): SourcePolicy | undefined {
  const name = "PermissionsBoundaryPolicyInputList";
  const policies = policyInputs(value, name);
  if (policies.length > 1) throw errors.invalidInput(`${name} takes one policy.`);
  return policies[0];
}

export function resourcePolicyInput(document: string | undefined): SourcePolicy | undefined {
  if (document === undefined) return undefined;
  checked(document, checkResourcePolicy);
  return { id: "ResourcePolicy", document };
}

function checked(text: string, check: (text: string) => void): void {
  try {
    check(text);
  } catch (error) {
    throw error instanceof PolicySyntaxError ? errors.invalidInput(error.message) : error;
  }
}

export function actionInputs(value: unknown): string[] {
  const actions = listInput(value);
  if (actions.length === 0) throw errors.invalidInput("ActionNames must name at least one operation.");
  for (const action of actions)
    if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw errors.invalidInput(`Invalid action name: ${action}`);
  return actions;
}

export interface Entity {
  kind: "user" | "group" | "role";
  accountId: string;
  name: string;
  arn: string;
}

export function entityOf(arn: string): Entity {
  const [, accountId, kind, path] = /^arn:[\w-]+:iam::(\d{12}):(user|group|role)\/(.+)$/.exec(arn) ?? [];
  if (!accountId || !path)
    throw errors.invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  return { kind: kind as Entity["kind"], accountId, name: path.split("/").at(-1) ?? "", arn };
}

/** The simulator has no sessions: a role calls as itself. */
export function principalOf({ kind, accountId, arn }: Entity): Principal {
  return kind === "role" ? { kind, accountId, arn, roleArn: arn } : { kind: "user", accountId, arn };
}

/** An account's id, bare or as its root's ARN. */
export function ownerInput(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, id] = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(value) ?? [];
  if (!id) throw errors.invalidInput(`Invalid resource owner: ${value}`);
  return id;
}

interface ContextEntry {
  ContextKeyName?: string;
  ContextKeyValues?: unknown;
  ContextKeyType?: string;
}

const contextTypes = /^(string|numeric|boolean|ip|binary|date)(List)?$/;

export function contextInput(value: unknown): Context {
  const entries = Array.isArray(value) ? (value as ContextEntry[]) : [];
  return contextOf(
    Object.fromEntries(
      entries.map(({ ContextKeyName = "", ContextKeyValues, ContextKeyType = "string" }) => {
        const [, , list] = contextTypes.exec(ContextKeyType) ?? [];
        const values = listInput(ContextKeyValues);
        if (!contextTypes.test(ContextKeyType))
          throw errors.invalid(
            `1 validation error detected: Value at 'contextEntries' failed to satisfy constraint: Member must satisfy enum value set: [string, stringList, numeric, numericList, boolean, booleanList, ip, ipList, binary, binaryList, date, dateList]`,
          );
        if (!list && values.length > 1)
          throw errors.invalidInput(`${ContextKeyName} of type ${ContextKeyType} takes one value.`);
        return [ContextKeyName, values];
      }),
    ),
  );
}
