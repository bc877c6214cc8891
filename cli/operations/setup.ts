/** Creates or adopts a cloud and brings up its foundation. A second run changes nothing; another cloud's name is refused. */
import { awsEnvironment } from "../access.ts";
import { type CloudConfig, checkCloudName, localTimeZone, newLocalCloud, readClouds, saveCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { startNew } from "../local-process.ts";
import { atHome, pullInstalled } from "./home.ts";
import { deployFoundation, type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export const defaultRegion = "eu-central-1";

export async function setup(work: Work): Promise<End> {
  const { request } = work;
  const target = request.target ?? "local";
  const name = checkCloudName(request.cloud ?? (target === "aws" ? "aws" : "home"));
  emitStart(work, name, []);
  await moveFirst(work, name);
  const release = await lockAll(work, name, ["foundation"]);
  try {
    const cloud = await enterCloud(work, await findOrMake(work, name, target));
    await pullInstalled(work, cloud);
    await deployFoundation(work, cloud);
    return { exitCode: 0, cloud: name, apps: [] };
  } finally {
    release();
  }
}

/** A cloud set up by an earlier Freehold: its state moves into its account before anything else. */
async function moveFirst(work: Work, name: string): Promise<void> {
  const there = (await readClouds(work.paths)).clouds.find((cloud) => cloud.name === name);
  if (there) await atHome(work, there);
}

async function findOrMake(work: Work, name: string, target: "local" | "aws"): Promise<CloudConfig> {
  const { region } = work.request;
  const { clouds } = await readClouds(work.paths);
  const there = clouds.find((cloud) => cloud.name === name);
  if (there) {
    // Said or not: plain `setup --name work` goes on with what work is.
    if (work.request.target && there.target !== target) throw faults.cloudDiffers(name, `the target ${there.target}`);
    if (region && there.region !== region) throw faults.cloudDiffers(name, `the region ${there.region}`);
    // Whatever was taken from the walls of its state since is put back.
    if (there.target === "aws") await work.deploy.ensureHome(await enterCloud(work, there), there.timeZone);
    return there;
  }
  if (target === "local") return startNew(work.paths, await newLocalCloud(work.paths, name, region ?? defaultRegion));
  const made = await awsCloud(work, name);
  await saveCloud(work.paths, made);
  return made;
}

/** Made, or found: the account may have this cloud already, from another computer. */
async function awsCloud({ request, deploy }: Work, name: string): Promise<CloudConfig> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const profile = process.env["AWS_PROFILE"];
  const reach = { environment: awsEnvironment(profile), ...(endpoint ? { endpoint } : {}) };
  const said = request.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  const { accountId } = await deploy.callerIdentity({ ...reach, region: said ?? anyRegion });
  const place = { ...reach, name, accountId };
  const region = said ?? (await onlyRegion(deploy, place));
  const { bucket, facts } = await deploy.ensureHome({ ...place, region }, localTimeZone());
  return {
    name,
    target: "aws",
    region,
    accountId,
    timeZone: facts.timeZone,
    stateBucket: bucket,
    ...(endpoint ? { endpoint } : {}),
    ...(profile ? { profile } : {}),
  };
}

type Place = Parameters<Work["deploy"]["homeRegions"]>[0];

/** Where AWS answers for all regions. */
const anyRegion = "us-east-1";

/** The region this account has the cloud in. Throws `answer-needed` when it has it in none, or in several. */
async function onlyRegion(deploy: Work["deploy"], place: Omit<Place, "region">): Promise<string> {
  const [region, ...others] = await deploy.homeRegions({ ...place, region: anyRegion });
  if (region !== undefined && others.length === 0) return region;
  const what =
    region === undefined ? "Which region the cloud is to be in." : `Which one: ${[region, ...others].join(", ")}.`;
  throw faults.answer(what, `freehold setup --target aws --name ${place.name} --region REGION`);
}
