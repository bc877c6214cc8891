/** aws:cloudwatch/logGroup:LogGroup */
import { hasCode } from "../errors.ts";
import { number, refused, steering, text } from "../schema.ts";
import { type Tags, tagChanges, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str } from "../type.ts";

export const logGroup: ResourceType = {
  token: "aws:cloudwatch/logGroup:LogGroup",
  properties: {
    name: text({ replaces: true, computed: true }),
    namePrefix: text({ replaces: true }),
    retentionInDays: number({ default: 0 }),
    kmsKeyId: text(),
    logGroupClass: text({ replaces: true, computed: true, oneOf: ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"] }),
    skipDestroy: steering(),
    deletionProtectionEnabled: refused(),
  },
  outputs: ["arn"],
  taggable: true,
  autoname: { property: "name", prefix: "namePrefix", maxLength: 512 },
  identity: (inputs) => str(inputs, "name"),
  exists: ["ResourceAlreadyExistsException"],
  create,
  aspects: [
    { of: ["retentionInDays"], afterCreate: true, sync: syncRetention },
    { of: ["kmsKeyId"], sync: syncKey },
    { of: ["tagsAll"], sync: syncTags },
    { of: ["skipDestroy"], sync: async () => undefined },
  ],
  observe,
  remove,
};

const client = (call: Call) => call.session.client("logs", call.context, call.label, call.region);

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const logGroupName = str(inputs, "name")!;
  call.label = logGroupName;
  const logs = await client(call);
  const tags = inputs["tagsAll"] as Tags | undefined;
  const logGroupClass = str(inputs, "logGroupClass") as "STANDARD" | undefined;
  await logs.createLogGroup({ logGroupName, kmsKeyId: str(inputs, "kmsKeyId"), logGroupClass, tags });
  return logGroupName;
}

async function syncRetention(call: Call): Promise<void> {
  const logs = await client(call);
  const retentionInDays = num(call.inputs, "retentionInDays");
  if (retentionInDays) await logs.putRetentionPolicy({ logGroupName: call.id, retentionInDays });
  else await logs.deleteRetentionPolicy({ logGroupName: call.id });
}

async function syncKey(call: Call): Promise<void> {
  const logs = await client(call);
  const kmsKeyId = str(call.inputs, "kmsKeyId");
  if (kmsKeyId) await logs.associateKmsKey({ logGroupName: call.id, kmsKeyId });
  else await logs.disassociateKmsKey({ logGroupName: call.id });
}

async function group(call: Call) {
  const logs = await client(call);
  let nextToken: string | undefined;
  do {
    const page = await logs.describeLogGroups({ logGroupNamePrefix: call.id, nextToken });
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === call.id);
    if (found) return found;
    nextToken = page.nextToken;
  } while (nextToken);
  return undefined;
}

/** pulumi-aws's `arn` is the group's own, without the `:*` of its streams. */
const plainArn = (arn: string | undefined): string => (arn ?? "").replace(/:\*$/, "");

async function liveTags(call: Call, resourceArn: string): Promise<Tags> {
  const logs = await client(call);
  return tagMap((await logs.listTagsForResource({ resourceArn })).tags);
}

async function syncTags(call: Call): Promise<void> {
  const found = await group(call);
  if (!found) return;
  const resourceArn = plainArn(found.arn);
  const { set, remove: tagKeys } = tagChanges(await liveTags(call, resourceArn), call.inputs["tagsAll"] as Tags);
  const logs = await client(call);
  if (tagKeys.length > 0) await logs.untagResource({ resourceArn, tagKeys });
  if (Object.keys(set).length > 0) await logs.tagResource({ resourceArn, tags: set });
}

async function observe(call: Call) {
  const found = await group(call);
  if (!found) return undefined;
  const arn = plainArn(found.arn);
  return {
    inputs: compact({
      name: call.id,
      retentionInDays: found.retentionInDays ?? 0,
      kmsKeyId: found.kmsKeyId,
      logGroupClass: found.logGroupClass,
      tagsAll: await liveTags(call, arn),
    }),
    outputs: { arn },
  };
}

async function remove(call: Call): Promise<void> {
  if (bool(call.inputs, "skipDestroy")) return;
  try {
    await (await client(call)).deleteLogGroup({ logGroupName: call.id });
  } catch (error) {
    if (!hasCode(error, "ResourceNotFoundException")) throw error;
  }
}
