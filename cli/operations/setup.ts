/** Creates or adopts a cloud and brings up its foundation. A second run changes nothing; another cloud's name is refused. */

import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { SaidBudget } from "../../stacks/deploy.ts";
import { awsEnvironment, roleEnvironment } from "../access.ts";
import { type CloudConfig, checkCloudName, localTimeZone, newLocalCloud, readClouds, saveCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { startNew } from "../local-process.ts";
import { atHome, pullInstalled } from "./home.ts";
import { installHome } from "./install-home.ts";
import { raiseConcurrency } from "./raise-concurrency.ts";
import { newWay, type Prepared, prepareAws } from "./setup-aws.ts";
import { deployFoundation, type End, emitStart, enterCloud, homeIsDue, lockAll, type Work } from "./work.ts";

export const defaultRegion = "eu-central-1";

export async function setup(work: Work): Promise<End> {
  const { request } = work;
  // Only what is in AWS is signed in to.
  const signsIn = request.profile !== undefined || request.signIn !== undefined;
  const target = request.target ?? (signsIn ? "aws" : "local");
  const name = checkCloudName(request.cloud ?? (target === "aws" ? "aws" : "home"));
  emitStart(work, name, []);
  const there = await known(work, name);
  // Everything that can be asked and looked at comes before anything is held or changed.
  const prepared = !there && target === "aws" ? await prepareAws(work, name) : undefined;
  // A cloud set up by an earlier Freehold: its state moves into its account before anything else.
  if ((there?.target ?? target) === "local" && signsIn)
    throw faults.badFlag("setup", "--profile", "is for a cloud in AWS");
  if (there) await atHome(work, await signedInAnew(work, there));
  if ((there?.target ?? target) === "local" && request.raiseConcurrency)
    throw faults.badFlag("setup", "--raise-concurrency", "is for a cloud in AWS");
  const { budget } = request;
  if ((there?.target ?? target) === "local" && budget)
    throw faults.badFlag("setup", "--budget", "is for a cloud in AWS; a local one costs nothing");
  if (there && budget) await checkBudget(work, await enterCloud(work, there), budget);
  return bringUp(work, name, target, prepared);
}

/** From the first change on. `prepared`: of a cloud in AWS that this computer does not know yet. */
export async function bringUp(
  work: Work,
  name: string,
  target: "local" | "aws",
  prepared: Prepared | undefined,
): Promise<End> {
  const { budget, refresh, raiseConcurrency: more } = work.request;
  const release = await lockAll(work, name, [foundationStack]);
  try {
    const cloud = await enterCloud(work, await findOrMake(work, name, target, prepared));
    await pullInstalled(work, cloud);
    // An account that has the cloud already has the page, or an owner who removed it.
    const homeDue = homeIsDue(work, name) && !prepared?.found;
    await deployFoundation(work, cloud, { ...(budget ? { budget } : {}), ...(refresh ? { refresh } : {}) });
    const home = homeDue ? await installHome(work, cloud) : undefined;
    // Last: whatever AWS answers, the cloud stands.
    if (more) await raiseConcurrency(work, cloud);
    return { exitCode: 0, cloud: name, apps: home ? [home] : [] };
  } finally {
    release();
  }
}

/** Of a cloud that is there: nothing is begun without the rights, or with nobody to mail. */
async function checkBudget({ deploy, request }: Work, cloud: Cloud, said: SaidBudget): Promise<void> {
  const look = await deploy.preflight();
  const { arn } = await deploy.callerIdentity(cloud);
  look.refuseMissing(await look.simulatedRights(cloud, arn, look.budgetRights(cloud)), arn, request.command);
  await look.refuseBudget(cloud, request.command);
  await look.plannedBudget(cloud, said, false);
}

async function known({ paths }: Work, name: string): Promise<CloudConfig | undefined> {
  return (await readClouds(paths)).clouds.find((cloud) => cloud.name === name);
}

/** Another way of signing in takes the recorded one's place once it is known to lead to the same account. */
async function signedInAnew(work: Work, there: CloudConfig): Promise<CloudConfig> {
  const way = await newWay(work, there.name);
  if (!way) return there;
  const { profile: _, signIn: __, role: ___, ...rest } = there;
  const changed = { ...rest, ...way };
  await enterCloud(work, changed);
  await saveCloud(work.paths, changed);
  return changed;
}

async function findOrMake(
  work: Work,
  name: string,
  target: "local" | "aws",
  prepared: Prepared | undefined,
): Promise<CloudConfig> {
  const { region } = work.request;
  const there = await known(work, name);
  if (there) {
    // Said or not: plain `setup --name work` goes on with what work is.
    if (work.request.target && there.target !== target) throw faults.cloudDiffers(name, `the target ${there.target}`);
    if (region && there.region !== region) throw faults.cloudDiffers(name, `the region ${there.region}`);
    // Whatever was taken from the walls of its state since is put back.
    if (there.target === "aws") await work.deploy.ensureHome(await enterCloud(work, there), there.timeZone);
    return there;
  }
  if (!prepared) {
    const made = await newLocalCloud(work.paths, name, region ?? defaultRegion);
    const message = `Times of day are of ${made.timeZone}, this computer's time zone.`;
    work.emit({ type: "note", level: "info", message });
    return startNew(work.paths, made);
  }
  const made = await awsCloud(work, name, prepared);
  await saveCloud(work.paths, made);
  // Whoever can be asked has been.
  const message = `The embedded engine carries this out. In AWS the official Pulumi is recommended; whenever you like: freehold engine use official --cloud ${name}`;
  if (!work.request.ask && work.request.engine === undefined) work.emit({ type: "note", level: "info", message });
  return made;
}

/** Made, or found: the account may have this cloud already, from another computer. */
async function awsCloud({ deploy, paths }: Work, name: string, prepared: Prepared): Promise<CloudConfig> {
  const { signedIn, found: _, ...place } = prepared;
  const { role } = signedIn;
  const environment = role ? roleEnvironment(paths, name, role) : awsEnvironment(signedIn);
  const { bucket, facts } = await deploy.ensureHome({ ...place, name, environment }, localTimeZone());
  return { name, target: "aws", ...place, timeZone: facts.timeZone, stateBucket: bucket, ...signedIn };
}
