/**
 * `accounts new`: an account that the payer's organization has from now on, and a cloud in it. First everything that can be
 * looked at; then the account, which AWS makes in minutes; then the usual setup, by a role in it. Killed anywhere, the same
 * command finds what is there and goes on.
 */
import type { Cloud } from "../../stacks/cloud.ts";
import { roleEnvironment, type SignedInBy, signInAgain } from "../access.ts";
import { type CloudConfig, findCloud, readClouds } from "../clouds.ts";
import { accountChecks } from "../doctor/account.ts";
import { faults } from "../errors.ts";
import type { Paths } from "../paths.ts";
import { readApps } from "../registry.ts";
import { atHome } from "./home.ts";
import type { AccountRequest } from "./request.ts";
import { bringUp } from "./setup.ts";
import type { Prepared } from "./setup-aws.ts";
import { type End, emitStart, enterCloud, lastFoundation, lockAll, type Work } from "./work.ts";

/** Of the payer's cloud; also what its locks are of. */
export const accountsLock = "accounts";

/** The cloud whose account pays. Throws `cloud-not-aws`. */
export async function payerOf(paths: Paths, name: string | undefined): Promise<CloudConfig> {
  const config = await findCloud(paths, name);
  if (config.target !== "aws") throw faults.notInAws(config.name);
  return config;
}

export async function newAccount(work: Work): Promise<End> {
  const { request, paths } = work;
  const payer = await atHome(work, await payerOf(paths, request.cloud));
  emitStart(work, payer.name, []);
  const release = await lockAll(work, payer.name, [accountsLock]);
  try {
    const cloud = await enterCloud(work, payer);
    const wanted = request.account!;
    const accountId = await vended(work, cloud, wanted);
    const end = await setUpMember(work, cloud, wanted, accountId);
    return { ...end, apps: await withLink(work, end) };
  } finally {
    release();
  }
}

/** A cloud of this name that is another account's is nobody's to take over, and one stays where it is. Throws `cloud-differs`. */
export async function refuseOther(
  paths: Paths,
  { name, region }: Pick<AccountRequest, "name" | "region">,
  accountId: string | undefined,
): Promise<void> {
  const there = (await readClouds(paths)).clouds.find((one) => one.name === name);
  if (there && there.accountId !== accountId) throw faults.cloudDiffers(name, `the account ${there.accountId}`);
  if (there && region && there.region !== region) throw faults.cloudDiffers(name, `the region ${there.region}`);
}

async function vended({ deploy, paths, emit, signal }: Work, cloud: Cloud, wanted: AccountRequest): Promise<string> {
  const accounts = await deploy.accounts();
  const { name, email, roleName, createOrganization, region = cloud.region } = wanted;
  if (createOrganization && (await accounts.managedOrganization(cloud)) === undefined)
    await accounts.createOrganization(cloud);
  const next = `freehold accounts new ${name} --email ${email} --cloud ${cloud.name}`;
  if ((await accounts.managedOrganization(cloud)) === undefined)
    throw accounts.accountFaults.noOrganization(cloud.accountId, `${next} --create-organization`);
  const there = await accounts.checkNew(cloud, { name, email, roleName, region });
  await refuseOther(paths, wanted, there?.accountId);
  if (there?.accountId) return there.accountId;
  const member = there ?? { name, email, roleName };
  return accounts.vendAccount(cloud, member, { emit, signal, next });
}

async function setUpMember(work: Work, payer: Cloud, wanted: AccountRequest, accountId: string): Promise<End> {
  const { paths, deploy, request } = work;
  const { name } = wanted;
  const own: Work = { ...work, request: { ...request, cloud: name } };
  const known = (await readClouds(paths)).clouds.some((one) => one.name === name);
  if (known) return bringUp(own, name, "aws", undefined);
  const accounts = await deploy.accounts();
  const recorded = (await accounts.recordedMembers(payer)).find((one) => one.name === name);
  const arn = accounts.roleIn(payer.region, accountId, recorded?.roleName ?? wanted.roleName);
  const prepared = await prepareMember(work, payer, name, { arn, accountId, region: wanted.region });
  return bringUp(own, name, "aws", prepared);
}

/** What setup finds out about an account of one's own, of one that a role leads to. */
async function prepareMember(
  work: Work,
  payer: Cloud,
  name: string,
  { arn, accountId, region: said }: { arn: string; accountId: string; region: string | undefined },
): Promise<Prepared> {
  const { deploy, paths } = work;
  const accounts = await deploy.accounts();
  const signedIn: SignedInBy = { role: { arn, cloud: payer.name } };
  const endpoint = payer.endpoint ? { endpoint: payer.endpoint } : {};
  const environment = roleEnvironment(paths, name, signedIn.role!);
  const place = { name, accountId, environment, ...endpoint, region: payer.region };
  await accounts.untilAssumable(payer, arn, work);
  const caller = await deploy.callerIdentity(place).catch(async (error: unknown) => {
    throw await signInAgain(paths, error, signedIn);
  });
  if (caller.accountId !== accountId) throw faults.wrongAccount(name, accountId, caller.accountId);
  await accounts.untilReady(place, work);
  // From another computer it may be there already, somewhere else.
  const region = said ?? (await deploy.homeRegions(place))[0] ?? payer.region;
  const look = await deploy.preflight();
  look.refuseFound(await accountChecks(look, { ...place, region }), region);
  const found = await look.homeThere({ ...place, region });
  return { signedIn, accountId, region, found, ...endpoint };
}

/** One link for the account's owner, who enrols a passkey by it: whoever has it first is the owner. */
async function withLink(work: Work, { cloud: name, apps }: End): Promise<End["apps"]> {
  const { paths, deploy, emit } = work;
  const cloud = await enterCloud(work, await findCloud(paths, name));
  const foundation = lastFoundation(work, cloud) ?? (await deploy.derivedFoundation(cloud));
  const home = readApps(paths, name).find((app) => app.name === "home");
  const link = await deploy.mintLink(cloud, foundation, { purpose: "enrol", ...(home ? { app: home.name } : {}) });
  const message = `${name} is a cloud of its own, in account ${cloud.accountId}. The link is for its owner: it is good once, and leads to a passkey. Another one: freehold passkey add --cloud ${name}`;
  emit({ type: "note", level: "info", message });
  const others = apps.filter((app) => app.name !== "home");
  const first = apps.find((app) => app.name === "home") ?? { name: home ? "home" : "signin" };
  return [...others, { ...first, link }];
}
