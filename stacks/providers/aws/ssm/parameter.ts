/** aws:ssm/parameter:Parameter. The value never appears in a message; a write-only value is sent and forgotten. */
import type { ParameterType, PutParameterCommandInput } from "@aws-sdk/client-ssm";
import type { PropertyMap } from "../../../engine/value.ts";
import { hasCode } from "../errors.ts";
import { number, steering, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";

const values = ["value", "insecureValue", "valueWo"] as const;
const content = [...values, "valueWoVersion", "type", "description", "keyId", "tier", "allowedPattern", "overwrite"];

export const parameter: ResourceType = {
  token: "aws:ssm/parameter:Parameter",
  properties: {
    name: text({ replaces: true, computed: true }),
    type: text({ required: true, oneOf: ["String", "StringList", "SecureString"] }),
    value: text({ computed: true }),
    insecureValue: text(),
    valueWo: text({ writeOnly: true }),
    valueWoVersion: number({ writeOnly: true }),
    description: text(),
    keyId: text({ computed: true }),
    tier: text({ computed: true, oneOf: ["Standard", "Advanced", "Intelligent-Tiering"] }),
    allowedPattern: text(),
    dataType: text({ replaces: true, computed: true, oneOf: ["text", "aws:ec2:image", "aws:ssm:integration"] }),
    overwrite: steering(),
    arn: text({ computed: true, writeOnly: true }),
  },
  outputs: ["hasValueWo", "version"],
  volatile: ["version"],
  secretOutputs: ["value", "valueWo"],
  taggable: true,
  autoname: { property: "name", maxLength: 2048 },
  identity: (inputs) => str(inputs, "name"),
  validate: (inputs) => {
    const said = values.filter((name) => inputs[name] !== undefined);
    if (said.length === 1) return [];
    const reason = `Exactly one of ${values.join(", ")} is needed, got ${said.length}`;
    return [{ property: said[1] ?? "value", reason }];
  },
  exists: ["ParameterAlreadyExists"],
  create,
  aspects: [
    { of: content, sync: syncContent },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove,
};

const client = (call: Call) => call.session.client("ssm", call.context, call.label, call.region);

function request(call: Call): PutParameterCommandInput {
  const { inputs } = call;
  return {
    Name: str(inputs, "name")!,
    Type: str(inputs, "type") as ParameterType,
    Value: str(inputs, "value") ?? str(inputs, "insecureValue") ?? str(inputs, "valueWo"),
    Description: str(inputs, "description"),
    KeyId: str(inputs, "keyId"),
    Tier: str(inputs, "tier") as PutParameterCommandInput["Tier"],
    AllowedPattern: str(inputs, "allowedPattern"),
    DataType: str(inputs, "dataType"),
  };
}

async function create(call: Call): Promise<string> {
  const put = request(call);
  call.label = put.Name!;
  const ssm = await client(call);
  const tags = tagList(call.inputs["tagsAll"] as PropertyMap | undefined);
  // AWS takes no tags together with overwriting.
  if (call.inputs["overwrite"] === true) {
    await ssm.putParameter({ ...put, Overwrite: true });
    call.id = put.Name!;
    if (tags.length > 0) await ssm.addTagsToResource({ ResourceType: "Parameter", ResourceId: put.Name!, Tags: tags });
  } else await ssm.putParameter({ ...put, Overwrite: false, Tags: tags.length > 0 ? tags : undefined });
  return put.Name!;
}

async function syncContent(call: Call, changed: readonly string[]): Promise<void> {
  if (changed.every((name) => name === "overwrite" || !content.includes(name))) return;
  await (await client(call)).putParameter({ ...request(call), Overwrite: true });
}

async function liveTags(call: Call): Promise<Tags> {
  const ssm = await client(call);
  const { TagList } = await ssm.listTagsForResource({ ResourceType: "Parameter", ResourceId: call.id });
  return tagMap(TagList);
}

async function syncTags(call: Call): Promise<void> {
  const { set, remove: TagKeys } = tagChanges(await liveTags(call), call.inputs["tagsAll"] as PropertyMap);
  const ssm = await client(call);
  const of = { ResourceType: "Parameter", ResourceId: call.id } as const;
  if (TagKeys.length > 0) await ssm.removeTagsFromResource({ ...of, TagKeys });
  if (Object.keys(set).length > 0) await ssm.addTagsToResource({ ...of, Tags: tagList(set) });
}

async function observe(call: Call) {
  const ssm = await client(call);
  const found = await ssm.getParameter({ Name: call.id, WithDecryption: true }).catch((error: unknown) => {
    if (hasCode(error, "ParameterNotFound")) return undefined;
    throw error;
  });
  const live = found?.Parameter;
  if (!live) return undefined;
  const filters = [{ Key: "Name", Option: "Equals", Values: [call.id] }];
  const about = (await ssm.describeParameters({ ParameterFilters: filters })).Parameters?.[0];
  const writeOnly = call.inputs["valueWo"] !== undefined || call.outputs["hasValueWo"] === true;
  const insecure = call.inputs["insecureValue"] !== undefined;
  return {
    inputs: compact({
      name: call.id,
      type: live.Type,
      value: writeOnly || insecure ? undefined : live.Value,
      insecureValue: insecure ? live.Value : undefined,
      description: about?.Description,
      keyId: live.Type === "SecureString" ? about?.KeyId : undefined,
      tier: about?.Tier,
      allowedPattern: about?.AllowedPattern,
      dataType: live.DataType,
      tagsAll: await liveTags(call),
    }),
    outputs: compact({ arn: live.ARN, version: live.Version, hasValueWo: writeOnly }),
  };
}

async function remove(call: Call): Promise<void> {
  try {
    await (await client(call)).deleteParameter({ Name: call.id });
  } catch (error) {
    if (!hasCode(error, "ParameterNotFound")) throw error;
  }
}
