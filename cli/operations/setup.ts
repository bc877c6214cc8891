/** Creates or adopts a cloud and brings up its foundation. A second run changes nothing; another cloud's name is refused. */
import { awsEnvironment } from "../access.ts";
import { type CloudConfig, checkCloudName, localTimeZone, newLocalCloud, readClouds, saveCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { startNew } from "../local-process.ts";
import { deployFoundation, type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export const defaultRegion = "eu-central-1";

export async function setup(work: Work): Promise<End> {
  const { request } = work;
  const target = request.target ?? "local";
  const name = checkCloudName(request.cloud ?? (target === "aws" ? "aws" : "home"));
  emitStart(work, name, []);
  const release = await lockAll(work, name, ["foundation"]);
  try {
    const cloud = await enterCloud(work, await findOrMake(work, name, target));
    await deployFoundation(work, cloud);
    return { exitCode: 0, cloud: name, apps: [] };
  } finally {
    release();
  }
}

async function findOrMake(work: Work, name: string, target: "local" | "aws"): Promise<CloudConfig> {
  const { region } = work.request;
  const { clouds } = await readClouds(work.paths);
  const there = clouds.find((cloud) => cloud.name === name);
  if (there) {
    // Said or not: plain `setup --name work` goes on with what work is.
    if (work.request.target && there.target !== target) throw faults.cloudDiffers(name, `the target ${there.target}`);
    if (region && there.region !== region) throw faults.cloudDiffers(name, `the region ${there.region}`);
    return there;
  }
  if (target === "local") return startNew(work.paths, await newLocalCloud(work.paths, name, region ?? defaultRegion));
  const made = await awsCloud(work, name);
  await saveCloud(work.paths, made);
  return made;
}

async function awsCloud({ request, deploy }: Work, name: string): Promise<CloudConfig> {
  const region = request.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (!region)
    throw faults.answer(
      "Which region the cloud is to be in.",
      `freehold setup --target aws --name ${name} --region REGION`,
    );
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const profile = process.env["AWS_PROFILE"];
  const environment = awsEnvironment(profile);
  const { accountId } = await deploy.callerIdentity({ region, environment, ...(endpoint ? { endpoint } : {}) });
  return {
    name,
    target: "aws",
    region,
    accountId,
    timeZone: localTimeZone(),
    ...(endpoint ? { endpoint } : {}),
    ...(profile ? { profile } : {}),
  };
}
