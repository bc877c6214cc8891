/**
 * aws:route53/zone:Zone, a public hosted zone. Several zones may have one name, so a name proves nothing: what an
 * interrupted create left is known by the reference it was made with.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Change, ResourceRecordSet } from "@aws-sdk/client-route-53";
import { hasCode, problems } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { refused, refusedAll, steering, text } from "../schema.ts";
import { identityTags, type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { bool, type Call, compact, type ResourceType, str } from "../type.ts";
import { bareId, insync, orMissing, plainName, route53, zonesNamed } from "./calls.ts";

export const zone: ResourceType = {
  token: "aws:route53/zone:Zone",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    comment: text({ default: "Managed by Pulumi" }),
    delegationSetId: text({ replaces: true }),
    forceDestroy: steering(),
    vpcs: refused("Private zones need the official engine."),
    ...refusedAll("enableAcceleratedRecovery"),
  },
  outputs: ["arn", "nameServers", "primaryNameServer", "zoneId"],
  taggable: true,
  autoname: { property: "name", maxLength: 255 },
  settle: async ({ inputs, olds }, changed) =>
    changed.filter((name) => name !== "name" || plainName(str(inputs, name)) !== plainName(str(olds, name))),
  create,
  exists: ["HostedZoneAlreadyExists"],
  locate,
  // Tags come in a second call.
  claimable: async () => true,
  aspects: [
    { of: ["tagsAll"], afterCreate: true, sync: syncTags },
    { of: ["comment"], sync: syncComment },
    { of: ["forceDestroy"], sync: async () => undefined },
  ],
  observe,
  remove,
};

/** How references of this program's zone begin; the rest is new each time, as AWS wants it. */
function referencePrefix(call: Call): string {
  const whose = [plainName(str(call.inputs, "name")), identityTags((call.inputs["tagsAll"] ?? {}) as Tags)];
  return `freehold-${createHash("sha256").update(JSON.stringify(whose)).digest("hex").slice(0, 16)}-`;
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  call.label = str(inputs, "name")!;
  const client = await route53(call);
  const made = await client.createHostedZone({
    Name: call.label,
    CallerReference: `${referencePrefix(call)}${randomUUID()}`,
    HostedZoneConfig: { Comment: str(inputs, "comment") },
    DelegationSetId: str(inputs, "delegationSetId"),
  });
  call.id = bareId(made.HostedZone?.Id);
  await insync(call, made.ChangeInfo, `zone ${call.label}`);
  return call.id;
}

/** The one zone that a create of these inputs made; undefined when there are several. */
async function locate(call: Call): Promise<string | undefined> {
  const prefix = referencePrefix(call);
  const zones = await zonesNamed(call.session, call.context, str(call.inputs, "name") ?? "");
  const ours = zones.filter(({ CallerReference }) => CallerReference?.startsWith(prefix));
  return ours.length === 1 ? bareId(ours[0]!.Id) : undefined;
}

async function liveTags(call: Call): Promise<Tags> {
  const client = await route53(call);
  const answer = await client.listTagsForResource({ ResourceType: "hostedzone", ResourceId: call.id });
  return tagMap(answer.ResourceTagSet?.Tags);
}

async function syncTags(call: Call): Promise<void> {
  const { set, remove: keys } = tagChanges(await liveTags(call), call.inputs["tagsAll"] as Tags);
  const AddTags = Object.keys(set).length > 0 ? tagList(set) : undefined;
  const RemoveTagKeys = keys.length > 0 ? keys : undefined;
  if (!AddTags && !RemoveTagKeys) return;
  const client = await route53(call);
  await client.changeTagsForResource({ ResourceType: "hostedzone", ResourceId: call.id, AddTags, RemoveTagKeys });
}

async function syncComment(call: Call): Promise<void> {
  const client = await route53(call);
  await client.updateHostedZoneComment({ Id: call.id, Comment: str(call.inputs, "comment") ?? "" });
}

async function observe(call: Call) {
  call.id = bareId(call.id);
  const client = await route53(call);
  const live = await orMissing(client.getHostedZone({ Id: call.id }));
  if (!live?.HostedZone) return undefined;
  const name = plainName(live.HostedZone.Name);
  const said = str(call.inputs, "name");
  const nameServers = live.DelegationSet?.NameServers ?? [];
  return {
    inputs: compact({
      name: plainName(said) === name ? said : name,
      comment: live.HostedZone.Config?.Comment ?? "",
      delegationSetId: bareId(live.DelegationSet?.Id) || undefined,
      tagsAll: await liveTags(call),
    }),
    outputs: {
      name,
      arn: `arn:${partitionOf(call.session.region).id}:route53:::hostedzone/${call.id}`,
      nameServers: [...nameServers].sort(),
      primaryNameServer: nameServers[0] ?? "",
      zoneId: call.id,
    },
  };
}

/** A zone with records of others is kept: they would be lost with it, and nobody could tell whose they were. */
async function remove(call: Call): Promise<void> {
  const client = await route53(call);
  if (bool(call.inputs, "forceDestroy")) await empty(call);
  try {
    await orMissing(client.deleteHostedZone({ Id: call.id }));
  } catch (error) {
    if (hasCode(error, "HostedZoneNotEmpty")) throw problems.zoneNotEmpty(str(call.outputs, "name") ?? call.label);
    throw error;
  }
}

/** A zone's own NS and SOA go with it and cannot be deleted. */
const isOwn = (record: ResourceRecordSet, apex: string): boolean =>
  plainName(record.Name) === apex && (record.Type === "NS" || record.Type === "SOA");

async function empty(call: Call): Promise<void> {
  const client = await route53(call);
  const live = await orMissing(client.getHostedZone({ Id: call.id }));
  if (!live) return;
  const apex = plainName(live.HostedZone?.Name);
  let at: { StartRecordName?: string; StartRecordType?: ResourceRecordSet["Type"]; StartRecordIdentifier?: string } =
    {};
  for (let more = true; more; ) {
    const page = await client.listResourceRecordSets({ HostedZoneId: call.id, ...at });
    const records = (page.ResourceRecordSets ?? []).filter((record) => !isOwn(record, apex));
    const Changes = records.map((record): Change => ({ Action: "DELETE", ResourceRecordSet: record }));
    if (Changes.length > 0) await client.changeResourceRecordSets({ HostedZoneId: call.id, ChangeBatch: { Changes } });
    more = page.IsTruncated === true;
    at = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    };
  }
}
