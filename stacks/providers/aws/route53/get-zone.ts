/** aws:route53/getZone:getZone: the one hosted zone that a program describes by name or id. */
import type { HostedZone } from "@aws-sdk/client-route-53";
import type { Context, InvokeResult } from "../../../engine/provider.ts";
import type { PropertyMap } from "../../../engine/value.ts";
import { partitionOf } from "../partition.ts";
import { checkProperties, flag, map, type Properties, refused, text } from "../schema.ts";
import type { Session } from "../session.ts";
import { type Tags, tagMap } from "../tags.ts";
import { bool, compact, str } from "../type.ts";
import { bareId, orMissing, plainName, zonesNamed } from "./calls.ts";

const args: Properties = {
  name: text(),
  zoneId: text(),
  privateZone: flag(),
  tags: map(text()),
  vpcId: refused("Private zones need the official engine."),
  enableAcceleratedRecovery: refused(),
};

/** Exactly one, or a failure that says how many there are. */
export async function getZone(said: PropertyMap, session: Session, context: Context): Promise<InvokeResult> {
  const { inputs, failures } = checkProperties(args, said);
  if (failures.length > 0) return { result: {}, failures };
  const [name, zoneId] = [str(inputs, "name"), bareId(str(inputs, "zoneId"))];
  if ((name === undefined) === (zoneId === "")) return failed("name", "getZone wants either 'name' or 'zoneId'");
  const ids = zoneId ? [zoneId] : (await publicOrPrivate(session, context, inputs)).map(({ Id }) => bareId(Id));
  const found: PropertyMap[] = [];
  for (const id of ids) {
    const zone = await described(session, context, id);
    if (zone && hasTags(zone, inputs["tags"] as Tags | undefined)) found.push(zone);
  }
  const what = zoneId || `${bool(inputs, "privateZone") ? "private" : "public"} zone ${name}`;
  if (found.length === 0) return failed("name", `Route 53 has no ${what} that fits in this account`);
  if (found.length > 1)
    return failed("name", `Route 53 has ${found.length} zones that fit ${what}; say zoneId: ${ids.join(", ")}`);
  return { result: found[0]!, failures: [] };
}

const failed = (property: string, reason: string): InvokeResult => ({ result: {}, failures: [{ property, reason }] });

async function publicOrPrivate(session: Session, context: Context, inputs: PropertyMap): Promise<HostedZone[]> {
  const zones = await zonesNamed(session, context, str(inputs, "name")!);
  return zones.filter(({ Config }) => (Config?.PrivateZone ?? false) === (bool(inputs, "privateZone") ?? false));
}

function hasTags(zone: PropertyMap, wanted: Tags | undefined): boolean {
  const tags = zone["tags"] as Tags;
  return Object.entries(wanted ?? {}).every(([key, value]) => tags[key] === value);
}

async function described(session: Session, context: Context, id: string): Promise<PropertyMap | undefined> {
  const client = await session.client("route53", context, id);
  const live = await orMissing(client.getHostedZone({ Id: id }));
  if (!live?.HostedZone) return undefined;
  const { Name, CallerReference, Config, ResourceRecordSetCount, LinkedService } = live.HostedZone;
  const { ResourceTagSet } = await client.listTagsForResource({ ResourceType: "hostedzone", ResourceId: id });
  const nameServers = live.DelegationSet?.NameServers ?? [];
  return {
    ...compact({ linkedServicePrincipal: LinkedService?.ServicePrincipal }),
    ...compact({ linkedServiceDescription: LinkedService?.Description }),
    id,
    zoneId: id,
    arn: `arn:${partitionOf(session.region).id}:route53:::hostedzone/${id}`,
    name: plainName(Name),
    callerReference: CallerReference ?? "",
    comment: Config?.Comment ?? "",
    privateZone: Config?.PrivateZone ?? false,
    resourceRecordSetCount: ResourceRecordSetCount ?? 0,
    nameServers: [...nameServers].sort(),
    primaryNameServer: nameServers[0] ?? "",
    tags: tagMap(ResourceTagSet?.Tags),
  };
}
