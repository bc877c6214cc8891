/**
 * Accounts for others: what the organization has, what may be made, and the stack `accounts` of the payer's cloud, whose
 * state is the list of what was made. Until AWS lets a new account be entered it is asked again and again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Deployment, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { Fault } from "../../blueprints/fault.ts";
import { suggest } from "../../blueprints/suggest.ts";
import { accountsProgram, type Member, memberTags, usualRole } from "../accounts.ts";
import type { Cloud } from "../cloud.ts";
import type { Emit } from "../events.ts";
import { accountsStack, partitionOf } from "../names.ts";
import { organizationOf, regionStatus, unready } from "./account.ts";
import { accountFaults } from "./accounts-faults.ts";
import { guarded, organizations, type Reach, serviceQuotas, sts } from "./clients.ts";
import { asFault, faults } from "./faults.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import type { RunOptions } from "./types.ts";
import { findStack, openStack, runStack } from "./workspace.ts";

export { accountFaults, usualRole };

export interface NewAccount extends Member {
  region: string;
}

/** An account of the organization, as AWS has it. */
export interface ListedAccount {
  name: string;
  email: string;
  accountId: string;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, … in AWS's words; `LEFT`: it is in the organization no more. */
  state: string;
  /** It pays for all. */
  manages: boolean;
  /** Made by this cloud, under this name. */
  made?: string;
  /** ISO 8601. */
  joinedAt?: string;
  /** `CREATED`, `INVITED` */
  joinedBy?: string;
}

/** What was made, or begun, by this cloud. Without `accountId` it is not known whether AWS made it. */
export interface RecordedMember extends Member {
  accountId?: string;
}

const type = "aws:organizations/account:Account";

interface ResourceJson {
  type: string;
  id?: string;
  urn: string;
  inputs?: { name?: string; email?: string; roleName?: string };
}

/** By name. Empty where no account was ever made. */
export async function recordedMembers(cloud: Cloud): Promise<RecordedMember[]> {
  const stack = await findStack(cloud, accountsStack);
  return stack ? membersIn(await stack.exportStack()) : [];
}

function membersIn({ deployment }: Deployment): RecordedMember[] {
  const { resources = [], pending_operations: pending = [] } = deployment as {
    resources?: ResourceJson[];
    pending_operations?: { resource: ResourceJson }[];
  };
  const found = new Map<string, RecordedMember>();
  for (const one of [...pending.map(({ resource }) => resource), ...resources]) {
    if (one.type !== type) continue;
    const { name = "", email = "", roleName = usualRole } = one.inputs ?? {};
    found.set(name, { name, email, roleName, ...(one.id ? { accountId: one.id } : {}) });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The organization that this cloud's account manages; undefined when it is in none. Throws `organization-unknown`,
 * `organization-managed-elsewhere`.
 */
export async function managedOrganization(cloud: Cloud): Promise<string | undefined> {
  const found = await organizationOf(cloud);
  if ("unknown" in found) throw accountFaults.unknownToUs(found.unknown);
  if (!found.known) return undefined;
  if (found.known.managedBy !== cloud.accountId)
    throw accountFaults.notManaging(cloud.accountId, found.known.managedBy);
  if (found.known.features === "CONSOLIDATED_BILLING") throw accountFaults.billingOnly();
  return found.known.id;
}

/** With all features; one that came about meanwhile will do. */
export async function createOrganization(cloud: Cloud): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await organizations(cloud);
    await client.send(new sdk.CreateOrganizationCommand({ FeatureSet: "ALL" })).catch((error: Error) => {
      if (error.name !== "AlreadyInOrganizationException") throw error;
    });
  });
}

/** Every account of the organization, and those that this cloud made and that have left it. */
export async function listAccounts(cloud: Cloud): Promise<ListedAccount[]> {
  const [members, live] = await Promise.all([recordedMembers(cloud), liveAccounts(cloud)]);
  const made = (id: string): string | undefined => members.find(({ accountId }) => accountId === id)?.name;
  const gone = members.filter(
    ({ accountId }) => accountId !== undefined && !live.some((one) => one.accountId === accountId),
  );
  return [
    ...live.map((one): ListedAccount => {
      const name = made(one.accountId);
      return { ...one, ...(name === undefined ? {} : { made: name }) };
    }),
    ...gone.map(
      ({ name, email, accountId = "" }): ListedAccount => ({
        ...{ name, email, accountId, state: "LEFT", manages: false, made: name },
      }),
    ),
  ];
}

/** One that this cloud made, by its name. Throws `account-unknown`, `state-lost`. */
export async function madeAccount(cloud: Cloud, name: string): Promise<ListedAccount> {
  const all = await listAccounts(cloud);
  const found = all.find(({ made }) => made === name);
  if (found) return found;
  if ((await lostMembers(cloud)).includes(name)) throw faults.stateLost(accountsStack);
  const names = all.flatMap(({ made }) => made ?? []);
  throw accountFaults.unknown(name, suggest(name, names));
}

function liveAccounts(cloud: Cloud): Promise<ListedAccount[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await organizations(cloud);
    const found: ListedAccount[] = [];
    for (let NextToken: string | undefined; ; ) {
      const page = await client.send(new sdk.ListAccountsCommand({ NextToken }));
      for (const one of page.Accounts ?? []) {
        const { Name: name = "", Email: email = "", Id: accountId = "", JoinedTimestamp: at, JoinedMethod } = one;
        found.push({
          ...{ name, email, accountId, state: one.State ?? one.Status ?? "", manages: accountId === cloud.accountId },
          ...(at ? { joinedAt: at.toISOString() } : {}),
          ...(JoinedMethod ? { joinedBy: JoinedMethod } : {}),
        });
      }
      NextToken = page.NextToken;
      if (!NextToken) return found;
    }
  });
}

/**
 * Whether it can be made; answers what there is of it already. Changes nothing. Throws `account-email-used`,
 * `account-differs-here`, `account-closed`, `accounts-full`, `region-off`.
 */
export async function checkNew(cloud: Cloud, wanted: NewAccount): Promise<RecordedMember | undefined> {
  const [members, live, region] = await Promise.all([
    recordedMembers(cloud),
    liveAccounts(cloud),
    regionStatus({ ...cloud, region: wanted.region }),
  ]);
  const there = members.find(({ name }) => name === wanted.name);
  const same = (email: string): boolean => email.toLowerCase() === wanted.email.toLowerCase();
  if (there && !same(there.email)) throw accountFaults.emailDiffers(wanted.name, there.email);
  const alive = live.find(({ accountId }) => accountId === there?.accountId);
  if (there?.accountId && alive?.state !== "ACTIVE") throw accountFaults.notOpen(wanted.name, alive?.state ?? "LEFT");
  if (there) return there;
  const holder = live.find(({ email }) => same(email));
  // One that carries this cloud's own tags was made by it, and its record was lost: AWS and the engine find it again.
  if (holder && (await nameByTags(cloud, holder.accountId)) !== wanted.name)
    throw accountFaults.emailUsed(wanted.email, `the account ${holder.name} (${holder.accountId})`);
  const most = await accountsAllowed(cloud);
  if (!holder && most !== undefined && live.length >= most) throw accountFaults.full(live.length, most);
  if ("known" in region && region.known !== "ENABLED_BY_DEFAULT")
    throw accountFaults.regionNotThere(wanted.region, region.known);
  return undefined;
}

/** Under which name this cloud made it, as its tags say; undefined: it did not. */
async function nameByTags(cloud: Cloud, ResourceId: string): Promise<string | undefined> {
  const { Tags = [] } = await guarded(cloud, async () => {
    const { sdk, client } = await organizations(cloud);
    return client.send(new sdk.ListTagsForResourceCommand({ ResourceId }));
  });
  const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
  const name = tags["freehold:account"];
  return name !== undefined && isDeepStrictEqual({ ...tags, ...memberTags(cloud.name, name) }, tags) ? name : undefined;
}

/** Open accounts that say by their tags that this cloud made them, whatever its state says. */
async function taggedMembers(cloud: Cloud): Promise<RecordedMember[]> {
  if ((await managedOrganization(cloud)) === undefined) return [];
  const found: RecordedMember[] = [];
  for (const { accountId, email, state, manages } of await liveAccounts(cloud)) {
    if (manages || state !== "ACTIVE") continue;
    const name = await nameByTags(cloud, accountId);
    if (name !== undefined) found.push({ name, email, accountId, roleName: usualRole });
  }
  return found;
}

/** Undefined where it cannot be asked: AWS says it at the call then. */
async function accountsAllowed(cloud: Cloud): Promise<number | undefined> {
  try {
    const { sdk, client } = await serviceQuotas({ ...cloud, region: "us-east-1" });
    const asks = new sdk.GetServiceQuotaCommand({ ServiceCode: "organizations", QuotaCode: "L-E619E033" });
    return (await client.send(asks, { abortSignal: AbortSignal.timeout(5_000) })).Quota?.Value;
  } catch {
    return undefined;
  }
}

type Options = RunOptions & { next: string };

/** Made, waited for, and recorded; one that is there stays as it is. Answers its id. */
export async function vendAccount(cloud: Cloud, member: Member, o: Options): Promise<string> {
  const others = (await recordedMembers(cloud)).filter(({ name }) => name !== member.name);
  const members = [...others, member].sort((a, b) => (a.name < b.name ? -1 : 1));
  await deploy(cloud, members, o);
  return (await recordedMembers(cloud)).find(({ name }) => name === member.name)?.accountId ?? "";
}

/**
 * Closes it: AWS suspends it for 90 days, and then removes it with all that is in it. The two turns may each be the last
 * one before a crash: the next one goes on.
 */
export async function endAccount(cloud: Cloud, name: string, o: Options): Promise<void> {
  const members = await recordedMembers(cloud);
  if (!members.some((one) => one.name === name)) return;
  await deploy(cloud, members, o, name);
  const left = members.filter((one) => one.name !== name);
  await deploy(cloud, left, o);
  if (left.length === 0) await dropStack(cloud, o);
}

/**
 * The state of the accounts that AWS itself knows by their tags to be of this cloud. Which role each was made with it does
 * not say: `roles` does, by account id, where somebody knows. Changes nothing.
 */
export async function rebuildAccounts(
  cloud: Cloud,
  roles: ReadonlyMap<string, string>,
  o: RunOptions,
): Promise<Rebuilt> {
  const members = (await taggedMembers(cloud)).map((one) => ({
    ...one,
    roleName: roles.get(one.accountId ?? "") ?? one.roleName,
  }));
  return rebuild(cloud, accountsStack, programOf(cloud, members), o);
}

/** Without a state: the names of those that AWS knows all the same, as far as it may be asked. */
async function lostMembers(cloud: Cloud): Promise<string[]> {
  if (await findStack(cloud, accountsStack)) return [];
  const members = await taggedMembers(cloud).catch((error: unknown) => {
    if (error instanceof Fault && /^(organization-|denied)/.test(error.code)) return [];
    throw error;
  });
  return members.map(({ name }) => name);
}

/** Before a cloud goes: what it pays for stays. Throws `accounts-remain`, `state-lost`; takes away a stack that nothing is in. */
export async function endAccounts(cloud: Cloud, o: RunOptions): Promise<void> {
  const names = (await recordedMembers(cloud)).map(({ name }) => name);
  if ((await lostMembers(cloud)).length > 0) throw faults.stateLost(accountsStack);
  if (names.length > 0) throw accountFaults.remain(cloud.name, names);
  await dropStack(cloud, { ...o, next: "freehold destroy --all" });
}

/** What another engine would do with them. Changes nothing. */
export async function previewAccounts(cloud: Cloud, o: RunOptions): Promise<void> {
  const program = programOf(cloud, await recordedMembers(cloud));
  const { stack } = await openStack(cloud, accountsStack, program, true);
  await runStack({ ...o, name: accountsStack, preview: true, next: "freehold accounts ls" }, (options) =>
    stack.preview(options),
  );
}

async function dropStack(cloud: Cloud, o: Options): Promise<void> {
  const stack = await findStack(cloud, accountsStack);
  if (!stack) return;
  await runStack({ ...o, name: accountsStack, preview: false }, (options) => stack.destroy(options));
  await stack.workspace.removeStack(cloud.name);
}

async function deploy(cloud: Cloud, members: readonly Member[], o: Options, closing?: string): Promise<void> {
  const { stack } = await openStack(cloud, accountsStack, programOf(cloud, members, closing));
  await runStack({ ...o, name: accountsStack, preview: false }, (options) => stack.up(options));
}

function programOf(cloud: Cloud, members: readonly Member[], closing?: string): PulumiFn {
  const { name, target, region, accountId } = cloud;
  const input = { cloud: name, target, region, accountId, members, ...(closing ? { closing } : {}) };
  return () => accountsProgram(input);
}

export const roleIn = (region: string, accountId: string, roleName: string): string =>
  `arn:${partitionOf(region)}:iam::${accountId}:role/${roleName}`;

/** An hour's keys of a role: AWS gives no more to who came by a role. */
export interface RoleKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** ISO 8601. */
  expires: string;
}

/** `by`: the payer. Throws `denied`, credentials. */
export async function assumeRole(by: Reach & { name: string }, arn: string): Promise<RoleKeys> {
  return guarded(by, async () => {
    const { sdk, client } = await sts(by);
    const asks = new sdk.AssumeRoleCommand({ RoleArn: arn, RoleSessionName: `freehold-${by.name}` });
    const { Credentials: keys } = await client.send(asks);
    return {
      accessKeyId: keys?.AccessKeyId ?? "",
      secretAccessKey: keys?.SecretAccessKey ?? "",
      sessionToken: keys?.SessionToken ?? "",
      expires: keys?.Expiration?.toISOString() ?? "",
    };
  });
}

interface Waiting {
  emit: Emit;
  signal: AbortSignal;
}

const assumableWithinSeconds = 180;
const readyWithinSeconds = 600;

/** AWS knows the role of an account it made seconds before in some places, and in others not. Throws `account-role-refused`. */
export async function untilAssumable(by: Cloud, arn: string, waiting: Waiting): Promise<void> {
  await again(waiting, assumableWithinSeconds, `AWS to let the role of the new account be assumed`, async (last) => {
    try {
      await assumeRole(by, arn);
      return true;
    } catch (error) {
      const fault = asFault(error, by.endpoint);
      if (fault.code !== "denied") throw fault;
      if (last) throw accountFaults.roleRefused(arn, assumableWithinSeconds, fault.detail ?? "", error);
      return false;
    }
  });
}

/** Services of an account that is minutes old may not know it yet. Throws `account-not-ready`. */
export async function untilReady(member: Reach & { accountId: string }, waiting: Waiting): Promise<void> {
  await again(waiting, readyWithinSeconds, "AWS to get the new account's services ready", async (last) => {
    const [first] = await unready(member);
    if (first !== undefined && last) throw accountFaults.notReady(member.accountId, readyWithinSeconds, first);
    return first === undefined;
  });
}

/** Twice a second at first, every five seconds at last; told once, when the first time was not enough. Ctrl-C ends it at once. */
async function again(
  { emit, signal }: Waiting,
  seconds: number,
  what: string,
  attempt: (last: boolean) => Promise<boolean>,
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    if (await attempt(performance.now() > until)) return;
    if (tries === 0) emit({ type: "note", level: "info", message: `Waiting for ${what}.` });
    await delay(Math.min(5_000, 500 * 1.2 ** tries), undefined, { signal });
  }
}
