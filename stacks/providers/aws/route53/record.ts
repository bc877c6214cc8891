/**
 * aws:route53/record:Record, with simple routing. A record that somebody else made is never touched unless the program
 * says allowOverwrite; it is looked for before anything is sent.
 */
import type { Change, ResourceRecordSet, RRType } from "@aws-sdk/client-route-53";
import type { CheckFailure } from "../../../engine/provider.ts";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode, problems } from "../errors.ts";
import { flag, isEmpty, list, number, object, refusedAll, set, text } from "../schema.ts";
import { bool, type Call, compact, num, type ResourceType, str, strs, subs } from "../type.ts";
import { bareId, insync, orMissing, plainName, route53 } from "./calls.ts";

const kinds = "SOA A TXT NS CNAME MX NAPTR PTR SRV SPF AAAA CAA DS TLSA SSHFP SVCB HTTPS".split(" ");

export const record: ResourceType = {
  token: "aws:route53/record:Record",
  schemaVersion: 2,
  global: true,
  properties: {
    zoneId: text({ required: true, replaces: true }),
    name: text({ required: true, replaces: true }),
    type: text({ required: true, replaces: true, oneOf: kinds }),
    ttl: number(),
    records: set(text()),
    aliases: list(
      object({
        name: text({ required: true }),
        zoneId: text({ required: true }),
        evaluateTargetHealth: flag({ required: true }),
      }),
    ),
    allowOverwrite: flag({ writeOnly: true, steering: true }),
    ...refusedAll(
      "cidrRoutingPolicy failoverRoutingPolicies geolocationRoutingPolicies geoproximityRoutingPolicy healthCheckId " +
        "latencyRoutingPolicies multivalueAnswerRoutingPolicy setIdentifier weightedRoutingPolicies",
    ),
  },
  outputs: ["fqdn"],
  // Without the type: a name that is a CNAME can be nothing else, so the old one goes first.
  identity: ({ zoneId, name }) =>
    typeof zoneId === "string" && typeof name === "string" ? `${bareId(zoneId)}_${plainName(name)}` : undefined,
  locate: async (call) => idOf(call.inputs),
  validate,
  settle: async ({ inputs, olds }, changed) =>
    changed.filter((name) => !spellings[name] || spellings[name](inputs) !== spellings[name](olds)),
  create,
  exists: ["InvalidChangeBatch"],
  aspects: [
    { of: ["ttl", "records", "aliases"], sync: (call) => change(call, "UPSERT") },
    { of: ["allowOverwrite"], sync: async () => undefined },
  ],
  observe,
  remove,
};

/** One form of what may be said in several ways. */
const spellings: { readonly [name: string]: (inputs: PropertyMap) => string } = {
  zoneId: (inputs) => bareId(str(inputs, "zoneId")),
  name: (inputs) => plainName(str(inputs, "name")),
  aliases: (inputs) =>
    JSON.stringify(
      subs(inputs, "aliases").map((alias) => [
        plainName(str(alias, "name")),
        bool(alias, "evaluateTargetHealth"),
        alias["zoneId"],
      ]),
    ),
};

function validate(inputs: PropertyMap): CheckFailure[] {
  const [hasRecords, hasAlias] = [!isEmpty(inputs["records"]), !isEmpty(inputs["aliases"])];
  if (hasRecords === hasAlias) return [{ property: "records", reason: "Say either 'records' or 'aliases'" }];
  if (hasAlias && inputs["ttl"] !== undefined)
    return [{ property: "ttl", reason: "An alias has the time of its target" }];
  if (hasRecords && inputs["ttl"] === undefined)
    return [{ property: "ttl", reason: "'records' need a 'ttl' in seconds" }];
  if (subs(inputs, "aliases").length > 1) return [{ property: "aliases", reason: "A record has one alias" }];
  return [];
}

/** As pulumi-aws writes it: `ZONE_name_TYPE`. */
const idOf = (inputs: PropertyMap): string =>
  [bareId(str(inputs, "zoneId")), plainName(str(inputs, "name")), str(inputs, "type")].join("_");

interface Place {
  zoneId: string;
  /** As it was said, without the last dot: relative to the zone or not. */
  name: string;
  type: string;
}

/** From the inputs, or on import from the id; names may have underscores of their own. */
function placeOf(call: Call): Place {
  const { inputs } = call;
  const zoneId = str(inputs, "zoneId");
  if (zoneId) return { zoneId: bareId(zoneId), name: plainName(str(inputs, "name")), type: str(inputs, "type")! };
  const [zone = "", ...rest] = call.id.split("_");
  const at = rest.findLastIndex((part) => kinds.includes(part));
  if (at < 1) throw problems.badImport(record.token, call.id, "ZONEID_NAME_TYPE");
  if (at < rest.length - 1)
    throw problems.badImport(
      record.token,
      call.id,
      "ZONEID_NAME_TYPE: records with a set identifier need the official engine",
    );
  return { zoneId: zone, name: plainName(rest.slice(0, at).join("_")), type: rest[at]! };
}

/** The whole name in its zone, without the last dot. */
function fullName(name: string, zoneName: string): string {
  if (name === "") return zoneName;
  return name === zoneName || name.endsWith(`.${zoneName}`) ? name : `${name}.${zoneName}`;
}

/** What Route 53 has, and what it is called in whole; undefined without the zone. */
async function find(call: Call): Promise<{ fqdn: string; live: ResourceRecordSet | undefined } | undefined> {
  const { zoneId, name, type } = placeOf(call);
  const client = await route53(call);
  const zone = await orMissing(client.getHostedZone({ Id: zoneId }));
  if (!zone) return undefined;
  const fqdn = fullName(name, plainName(zone.HostedZone?.Name));
  const from = { StartRecordName: fqdn, StartRecordType: type as RRType };
  const page = await orMissing(client.listResourceRecordSets({ HostedZoneId: zoneId, ...from, MaxItems: 1 }));
  const live = page?.ResourceRecordSets?.find((one) => one.Type === type && plainName(one.Name) === fqdn);
  return { fqdn, live };
}

/** Texts stand in quotes there, and without the outer ones in programs. */
const isText = (type: string | undefined): boolean => type === "TXT" || type === "SPF";
const unquoted = (value: string): string => (/^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value);

function wanted(call: Call, fqdn: string): ResourceRecordSet {
  const type = str(call.inputs, "type") as RRType;
  const [alias] = subs(call.inputs, "aliases");
  const values = strs(call.inputs, "records") ?? [];
  return {
    Name: fqdn,
    Type: type,
    ...(alias
      ? {
          AliasTarget: {
            DNSName: str(alias, "name"),
            HostedZoneId: str(alias, "zoneId"),
            EvaluateTargetHealth: bool(alias, "evaluateTargetHealth"),
          },
        }
      : {
          TTL: num(call.inputs, "ttl"),
          ResourceRecords: values.map((value) => ({ Value: isText(type) ? `"${value}"` : value })),
        }),
  };
}

async function create(call: Call): Promise<string> {
  const { zoneId, name, type } = placeOf(call);
  const found = await find(call);
  call.label = `record ${type} ${found?.fqdn ?? name} (${idOf(call.inputs)})`;
  if (bool(call.inputs, "allowOverwrite")) await change(call, "UPSERT");
  else if (found?.live) throw problems.recordExists(type, found.fqdn, zoneId, idOf(call.inputs));
  else await change(call, "CREATE");
  return idOf(call.inputs);
}

/** A zone that was made a moment ago may not be known yet. */
async function change(call: Call, action: "CREATE" | "UPSERT"): Promise<void> {
  const { zoneId, name } = placeOf(call);
  const client = await route53(call);
  const wait = { what: `zone ${zoneId} to be known to Route 53`, seconds: 60 };
  const again = (error: unknown): boolean => hasCode(error, "NoSuchHostedZone");
  const made = await retried(call.context, wait, again, async () => {
    const { HostedZone } = await client.getHostedZone({ Id: zoneId });
    const ResourceRecordSet = wanted(call, fullName(name, plainName(HostedZone?.Name)));
    return await client.changeResourceRecordSets({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: [{ Action: action, ResourceRecordSet }] },
    });
  });
  await insync(call, made.ChangeInfo, `record ${name}`);
}

function aliasesOf(live: ResourceRecordSet): PropertyMap[] {
  const alias = live.AliasTarget;
  if (!alias) return [];
  const evaluateTargetHealth = alias.EvaluateTargetHealth ?? false;
  return [{ name: plainName(alias.DNSName), zoneId: alias.HostedZoneId ?? "", evaluateTargetHealth }];
}

async function observe(call: Call) {
  const place = placeOf(call);
  const found = await find(call);
  if (!found?.live) return undefined;
  const { live, fqdn } = found;
  const aliases = aliasesOf(live);
  const spelled = spellings["aliases"]!({ aliases }) === spellings["aliases"]!(call.inputs);
  const records = (live.ResourceRecords ?? []).map(({ Value = "" }) => (isText(live.Type) ? unquoted(Value) : Value));
  return {
    inputs: compact({
      zoneId: str(call.inputs, "zoneId") ?? place.zoneId,
      name: str(call.inputs, "name") ?? place.name,
      type: live.Type,
      ttl: live.TTL,
      records: records.length > 0 ? records : undefined,
      aliases: aliases.length === 0 ? undefined : spelled ? call.inputs["aliases"] : aliases,
    }),
    // As pulumi-aws keeps them, whatever the program's spelling is.
    outputs: { name: place.name, zoneId: place.zoneId, fqdn, ...(aliases.length > 0 ? { aliases } : {}) },
  };
}

/** Exactly what is there: Route 53 deletes nothing that was changed in between. */
async function remove(call: Call): Promise<void> {
  const found = await find(call);
  if (!found?.live) return;
  const client = await route53(call);
  const { zoneId, name } = placeOf(call);
  const Changes: Change[] = [{ Action: "DELETE", ResourceRecordSet: found.live }];
  try {
    const made = await client.changeResourceRecordSets({ HostedZoneId: zoneId, ChangeBatch: { Changes } });
    await insync(call, made.ChangeInfo, `that ${name} is gone`);
  } catch (error) {
    const gone =
      hasCode(error, "NoSuchHostedZone") || (hasCode(error, "InvalidChangeBatch") && !(await find(call))?.live);
    if (!gone) throw error;
  }
}
