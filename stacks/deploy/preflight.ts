/**
 * What can be known before the first call that changes something in an account: whether the caller will do, which rights
 * it has, how many functions may run, and what would be made. Nothing here changes anything; what could not be asked is
 * said so and never taken for granted.
 */
import { Fault } from "../../blueprints/fault.ts";
import { foundationStack } from "../cloud.ts";
import type { ResourceEvent } from "../events.ts";
import { partitionOf, sessionKeyParameter, stateBucketName, statePassphraseParameter } from "../names.ts";
import { organizationDenials } from "./account.ts";
import { iam, type Reach } from "./clients.ts";
import { askForCloudFront, faults } from "./faults.ts";
import { deployFoundation } from "./foundation.ts";
import { housedAt, type Place, readFacts } from "./home.ts";
import { type Caller, isRoot } from "./identity.ts";
import { neededRights, type RightsGroup } from "./needed-rights.ts";
import type { Check, Right, SetupPlan } from "./setup-types.ts";
import { throwaway } from "./throwaway.ts";
import type { FoundationOptions } from "./types.ts";

export * from "./account.ts";
export { plannedBudget, refuseBudget } from "./budget.ts";
export { budgetRights, neededRights } from "./needed-rights.ts";
export { askForCloudFront, isRoot };

/** Beyond this, links and signatures of a few minutes are not believed any more. */
export const clockLimitMs = 5 * 60_000;
const clockWarnsMs = 60_000;

/** Throws `root-user`, `clock-wrong`; answers what is worth a warning. Endpoints of somebody's own know only root. */
export function checkCaller({ arn, clockAheadMs }: Caller, endpoint: string | undefined): string[] {
  if (isRoot(arn) && !endpoint) throw faults.rootSetup(arn);
  if (Math.abs(clockAheadMs) > clockLimitMs) throw faults.clockWrong(clockAheadMs);
  const seconds = Math.abs(Math.round(clockAheadMs / 1000));
  return Math.abs(clockAheadMs) > clockWarnsMs
    ? [`This computer's clock is ${seconds} s ${clockAheadMs > 0 ? "ahead of" : "behind"} AWS's.`]
    : [];
}

export interface Rights {
  rights: Right[];
  /** Those of them without which no cloud comes about, and that are certainly missing. */
  missing: string[];
  /** Those that a policy of the organization takes from everybody in the account. */
  forbidden: string[];
  uncheckedBecause?: string;
}

/** What AWS's own simulator says of the rights that a cloud needs. Sorted by action. */
export async function simulatedRights(
  place: Place,
  arn: string,
  groups: readonly RightsGroup[] = neededRights(place),
): Promise<Rights> {
  const all = (state: Right["state"]): Right[] =>
    sorted(groups.flatMap(({ actions }) => actions.map((action) => ({ action, state }))));
  const source = await policySource(place, arn);
  if (!source)
    return {
      rights: all("unchecked"),
      missing: [],
      forbidden: [],
      uncheckedBecause: `AWS simulates users and roles only, not ${arn}.`,
    };
  try {
    const { sdk, client } = await iam(place);
    const forbidden = new Set<string>();
    const simulate = async ({ actions, resource }: (typeof groups)[number]): Promise<Right[]> => {
      const { EvaluationResults = [] } = await client.send(
        new sdk.SimulatePrincipalPolicyCommand({
          PolicySourceArn: source,
          ActionNames: actions,
          // As a name would be that the pattern stands for.
          ResourceArns: [resource === "*" ? resource : resource.replaceAll("*", foundationStack)],
          ContextEntries: [
            { ContextKeyName: "aws:RequestedRegion", ContextKeyType: "string", ContextKeyValues: [place.region] },
            { ContextKeyName: "aws:SecureTransport", ContextKeyType: "boolean", ContextKeyValues: ["true"] },
          ],
          MaxItems: 1000,
        }),
      );
      for (const { EvalActionName = "", OrganizationsDecisionDetail: of } of EvaluationResults)
        if (of?.AllowedByOrganizations === false) forbidden.add(EvalActionName);
      return actions.map((action) => ({ action, state: stateOf(EvaluationResults, action) }));
    };
    const rights: Right[] = [];
    const missing: string[] = [];
    // One after the other: IAM answers few of these at a time.
    for (const group of groups) {
      const found = await simulate(group);
      rights.push(...found);
      if (group.for === "setup")
        missing.push(...found.flatMap(({ action, state }) => (state === "denied" ? action : [])));
    }
    const unsure = rights.some(({ state }) => state === "unchecked");
    const uncheckedBecause = "Conditions in the policies depend on what AWS knows only with the call itself.";
    return { rights: sorted(rights), missing, forbidden: [...forbidden], ...(unsure ? { uncheckedBecause } : {}) };
  } catch (error) {
    const { name, message } = error as Error;
    const why = /AccessDenied/.test(name)
      ? "These credentials may not ask AWS what they may do (iam:SimulatePrincipalPolicy)."
      : `AWS could not be asked what these credentials may do: ${name}: ${message}`;
    return { rights: all("unchecked"), missing: [], forbidden: [], uncheckedBecause: why };
  }
}

interface Evaluated {
  EvalActionName?: string | undefined;
  EvalDecision?: string | undefined;
  MissingContextValues?: string[] | undefined;
}

/** A refusal that hangs on a condition nobody could fill in is no refusal yet. */
function stateOf(results: readonly Evaluated[], action: string): Right["state"] {
  const found = results.find(({ EvalActionName }) => EvalActionName?.toLowerCase() === action.toLowerCase());
  if (!found) return "unchecked";
  if (found.EvalDecision === "allowed") return "allowed";
  return (found.MissingContextValues ?? []).length > 0 ? "unchecked" : "denied";
}

const states: readonly Right["state"][] = ["allowed", "unchecked", "denied"];

/** Each action once, as the worst of what was found for it. */
function sorted(rights: readonly Right[]): Right[] {
  const worst = new Map<string, Right["state"]>();
  for (const { action, state } of rights) {
    const before = worst.get(action) ?? "allowed";
    worst.set(action, states.indexOf(state) > states.indexOf(before) ? state : before);
  }
  return [...worst].sort(([one], [other]) => (one < other ? -1 : 1)).map(([action, state]) => ({ action, state }));
}

/** Whose policies are simulated: the user, or the role of a session, whose path the session's ARN does not say. */
async function policySource(place: Place, arn: string): Promise<string | undefined> {
  if (/^arn:[\w-]+:iam::\d{12}:user\//.test(arn)) return arn;
  const [, role] = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (!role) return undefined;
  const plain = `arn:${partitionOf(place.region)}:iam::${place.accountId}:role/${role}`;
  const { sdk, client } = await iam(place);
  return client.send(new sdk.GetRoleCommand({ RoleName: role })).then(
    ({ Role }) => Role?.Arn ?? plain,
    () => plain,
  );
}

/** Throws `region-off`, `organization-denies`, `plan-ended` for a check that says that no cloud would live here. */
export function refuseFound(checks: readonly Check[], region: string): void {
  for (const { id, state, detail, next } of checks) {
    if (state !== "fail") continue;
    if (id === "aws-region") throw faults.regionOff(region, false);
    if (id === "aws-organization-policy") throw faults.organizationDenies(`${detail} Nothing was changed.`);
    if (id === "aws-plan") throw faults.planEnded(`${detail} Nothing was changed.`, next);
  }
}

/** For what is new in a cloud that is there: throws `organization-denies` before anything of it is made. */
export async function refuseForbidden(cloud: Reach): Promise<void> {
  const [first] = await organizationDenials(cloud);
  if (first !== undefined) throw faults.organizationDenies(`AWS says: ${first}\nNothing was changed.`);
}

/** Throws `organization-denies`, `rights-missing` when no cloud could come about. `next`: what to type once it could. */
export function refuseMissing(
  { missing, forbidden }: Pick<Rights, "missing" | "forbidden">,
  arn: string,
  next: string,
): void {
  const closed = missing.filter((action) => forbidden.includes(action));
  if (closed.length > 0) throw faults.organizationDenies(`It forbids ${closed.join(", ")}. Nothing was changed.`);
  if (missing.length > 0) throw faults.rightsMissing(arn, missing, next);
}

/** Whether the account has this cloud whole: its state's bucket says so. */
export async function homeThere(place: Place): Promise<boolean> {
  return readFacts(housedAt(place)).then(
    (facts) => facts !== undefined,
    (error: unknown) => {
      // Denied, too: then what is missing is told by the rights, or by the first call that makes something.
      if (error instanceof Fault && /^(home-missing|denied)$/.test(error.code)) return false;
      throw error;
    },
  );
}

/** By type, or by type and name. */
const reasons: Record<string, string> = {
  "aws:budgets/budget:Budget": "mails you what the account costs at 50, 80 and 100 %",
  "aws:cloudwatch/logGroup:LogGroup": "what the sign-in function writes",
  "aws:dynamodb/table:Table access": "who may come in, and how",
  "aws:dynamodb/table:Table apps": "what the home page shows of your apps",
  "aws:iam/policy:Policy": "what the functions of this cloud may do at most",
  "aws:iam/role:Role": "as whom the sign-in function runs",
  "aws:iam/rolePolicy:RolePolicy": "what the sign-in function may do",
  "aws:lambda/function:Function": "signs you in",
  "aws:lambda/functionUrl:FunctionUrl": "the address where you sign in",
  "aws:lambda/permission:Permission": "lets browsers ask that address",
};

/** What setup would make, in order: the home by its names, the foundation by a preview of the program itself. */
export async function wouldCreate(
  place: Place & { timeZone: string },
  o: FoundationOptions,
): Promise<SetupPlan["creates"]> {
  const { name, accountId, region } = place;
  const home = [
    {
      kind: "aws:s3/bucket:Bucket",
      name: stateBucketName({ cloud: name, accountId, region }),
      why: "what is in this cloud, and what is installed",
    },
    {
      kind: "aws:ssm/parameter:Parameter",
      name: statePassphraseParameter(name),
      why: "opens what is secret in the state",
    },
    {
      kind: "aws:ssm/parameter:Parameter",
      name: sessionKeyParameter(name),
      why: "signs the sessions of your browsers",
    },
  ];
  return [...home, ...(await foundationPreview(place, o))];
}

/** With a state of its own in a folder that goes afterwards. */
async function foundationPreview(
  place: Place & { timeZone: string },
  o: FoundationOptions,
): Promise<SetupPlan["creates"]> {
  const { cloud, close } = await throwaway({ ...place, target: "aws" }, foundationStack);
  const found: ResourceEvent[] = [];
  try {
    const emit: FoundationOptions["emit"] = (event) => void (event.type === "resource" && found.push(event));
    await deployFoundation(cloud, { ...o, emit, preview: true });
  } finally {
    await close();
  }
  return found
    .filter(({ op, phase, kind }) => op === "create" && phase === "done" && kind.startsWith("aws:"))
    .map(({ kind, name }) => ({
      kind,
      name,
      why: reasons[`${kind} ${name}`] ?? reasons[kind] ?? "part of the foundation",
    }));
}
