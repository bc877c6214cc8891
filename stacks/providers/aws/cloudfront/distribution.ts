/**
 * aws:cloudfront/distribution:Distribution in front of functions and sites (distribution-config.ts is what it may say).
 * Each change takes minutes until it is everywhere, and one that answers is switched off before it can be deleted.
 */
import { randomUUID } from "node:crypto";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode, problems, wasRepeated } from "../errors.ts";
import { flag, steering } from "../schema.ts";
import { identityTags, isOurs, type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { bool, type Call, type ResourceType, str, strs } from "../type.ts";
import { cloudfront, onWhatIsThere, orMissing } from "./calls.ts";
import { configOf, configProperties, saidConfig } from "./distribution-config.ts";

/** The one zone that aliases of every distribution point into. */
const hostedZoneId = "Z2FDTNDATAQYW2";

export const distribution: ResourceType = {
  token: "aws:cloudfront/distribution:Distribution",
  schemaVersion: 1,
  global: true,
  properties: {
    ...configProperties,
    retainOnDelete: steering(),
    waitForDeployment: flag({ default: true, writeOnly: true, steering: true }),
  },
  outputs: [
    ...["arn", "callerReference", "domainName", "etag", "hostedZoneId", "inProgressValidationBatches"],
    ...["lastModifiedTime", "loggingV1Enabled", "status", "trustedKeyGroups", "trustedSigners"],
  ],
  volatile: ["etag", "inProgressValidationBatches", "lastModifiedTime", "status"],
  taggable: true,
  create,
  locate,
  aspects: [
    { of: Object.keys(configProperties), sync: syncConfig },
    { of: ["tagsAll"], sync: syncTags },
    { of: ["retainOnDelete", "waitForDeployment"], sync: async () => undefined },
  ],
  observe,
  remove,
};

/** There is one of that reference, or for these names. */
const refusals = ["DistributionAlreadyExists", "CNAMEAlreadyExists"];

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  call.label = `distribution of ${strs(inputs, "aliases")?.[0] ?? call.label}`;
  const Tags = { Items: tagList(inputs["tagsAll"] as Tags | undefined) };
  // Sent again with the same reference, no second one is made.
  const DistributionConfig = { CallerReference: `freehold-${randomUUID()}`, ...configOf(inputs) };
  const client = await cloudfront(call);
  try {
    const made = await client.createDistributionWithTags({ DistributionConfigWithTags: { DistributionConfig, Tags } });
    call.id = made.Distribution!.Id!;
  } catch (error) {
    // An answer that was lost, and then AWS refuses for what the first attempt made.
    const own = wasRepeated(error) && hasCode(error, ...refusals) ? await locate(call) : undefined;
    if (!own && hasCode(error, "CNAMEAlreadyExists"))
      throw problems.notOurs(`a distribution for ${(strs(inputs, "aliases") ?? []).join(", ")}`);
    if (!own) throw error;
    call.id = own;
  }
  await deployed(call);
  return call.id;
}

async function deployed(call: Call, always = false): Promise<void> {
  if (!always && bool(call.inputs, "waitForDeployment") === false) return;
  const client = await cloudfront(call);
  await until(
    call.context,
    { what: `CloudFront to bring ${call.label} to all its places`, seconds: 5_400 },
    async () => {
      const live = await client.getDistribution({ Id: call.id });
      return live.Distribution?.Status === "Deployed" ? true : undefined;
    },
  );
}

/** What a create that was cut off left: ours by its tags, and for the same names. */
async function locate(call: Call): Promise<string | undefined> {
  const tagsAll = (call.inputs["tagsAll"] ?? {}) as Tags;
  if (identityTags(tagsAll).length === 0) return undefined;
  const client = await cloudfront(call);
  const wanted = String([...(strs(call.inputs, "aliases") ?? [])].sort());
  const found: string[] = [];
  let Marker: string | undefined;
  do {
    const { DistributionList: page } = await client.listDistributions({ Marker });
    for (const one of page?.Items ?? []) {
      if (String([...(one.Aliases?.Items ?? [])].sort()) !== wanted) continue;
      if ((one.Comment ?? "") !== (str(call.inputs, "comment") ?? "")) continue;
      if (isOurs(await tagsOf(call, one.ARN!), tagsAll)) found.push(one.Id!);
    }
    Marker = page?.IsTruncated ? page.NextMarker : undefined;
  } while (Marker);
  return found.length === 1 ? found[0] : undefined;
}

/** What the program does not say stays as somebody set it. */
async function syncConfig(call: Call): Promise<void> {
  const client = await cloudfront(call);
  await onWhatIsThere(call, async () => {
    const { ETag, DistributionConfig: live } = await client.getDistributionConfig({ Id: call.id });
    const DistributionConfig = { ...live!, ...configOf(call.inputs) };
    await client.updateDistribution({ Id: call.id, IfMatch: ETag, DistributionConfig });
  });
  await deployed(call);
}

async function tagsOf(call: Call, Resource: string): Promise<Tags> {
  const client = await cloudfront(call);
  return tagMap((await client.listTagsForResource({ Resource })).Tags?.Items);
}

async function syncTags(call: Call): Promise<void> {
  const client = await cloudfront(call);
  const Resource = (await client.getDistribution({ Id: call.id })).Distribution!.ARN!;
  const { set, remove: Items } = tagChanges(await tagsOf(call, Resource), call.inputs["tagsAll"] as Tags);
  if (Items.length > 0) await client.untagResource({ Resource, TagKeys: { Items } });
  if (Object.keys(set).length > 0) await client.tagResource({ Resource, Tags: { Items: tagList(set) } });
}

async function observe(call: Call) {
  const answer = await orMissing((await cloudfront(call)).getDistribution({ Id: call.id }));
  const live = answer?.Distribution;
  if (!answer || !live?.DistributionConfig) return undefined;
  const arn = live.ARN ?? "";
  return {
    inputs: { ...saidConfig(live.DistributionConfig), tagsAll: await tagsOf(call, arn) },
    outputs: {
      arn,
      callerReference: live.DistributionConfig.CallerReference ?? "",
      domainName: live.DomainName ?? "",
      etag: answer.ETag ?? "",
      hostedZoneId,
      inProgressValidationBatches: live.InProgressInvalidationBatches ?? 0,
      lastModifiedTime: live.LastModifiedTime?.toISOString().replace(/\.\d+Z$/, "Z") ?? "",
      loggingV1Enabled: live.DistributionConfig.Logging?.Enabled ?? false,
      status: live.Status ?? "",
      trustedKeyGroups: [{ enabled: false, items: [] }],
      trustedSigners: [{ enabled: false, items: [] }],
    },
  };
}

/** Switched off, waited for, then deleted; with retainOnDelete only switched off. */
async function remove(call: Call): Promise<void> {
  const client = await cloudfront(call);
  const there = await onWhatIsThere(call, async () => {
    const live = await orMissing(client.getDistributionConfig({ Id: call.id }));
    if (live?.DistributionConfig?.Enabled) {
      const DistributionConfig = { ...live.DistributionConfig, Enabled: false };
      await client.updateDistribution({ Id: call.id, IfMatch: live.ETag, DistributionConfig });
    }
    return live !== undefined;
  });
  if (!there || bool(call.inputs, "retainOnDelete")) return;
  await deployed(call, true);
  const wait = { what: `CloudFront to let go of ${call.label}`, seconds: 600 };
  const again = (error: unknown): boolean => hasCode(error, "DistributionNotDisabled", "PreconditionFailed");
  await retried(call.context, wait, again, async () => {
    const live = await orMissing(client.getDistributionConfig({ Id: call.id }));
    if (live) await orMissing(client.deleteDistribution({ Id: call.id, IfMatch: live.ETag }));
  });
}
