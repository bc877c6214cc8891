/** aws:iam/policy:Policy: a managed policy; its document is the version in force. */
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode } from "../errors.ts";
import { policy as document, number, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";
import { alone, decoded, iam, orMissing } from "./calls.ts";

export const policy: ResourceType = {
  token: "aws:iam/policy:Policy",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    namePrefix: text({ replaces: true }),
    path: text({ default: "/", replaces: true }),
    description: text({ replaces: true }),
    policy: document({ required: true }),
    delayAfterPolicyCreationInMs: number({ writeOnly: true, steering: true }),
  },
  outputs: ["arn", "attachmentCount", "policyId"],
  taggable: true,
  autoname: { property: "name", prefix: "namePrefix", maxLength: 128 },
  identity: (inputs) => str(inputs, "name"),
  exists: ["EntityAlreadyExists"],
  locate: async (call) => {
    const { accountId, arn } = await call.session.caller(call.context);
    const partition = arn.split(":")[1] || "aws";
    return `arn:${partition}:iam::${accountId}:policy${str(call.inputs, "path") ?? "/"}${str(call.inputs, "name")}`;
  },
  create: async (call) => {
    const { inputs } = call;
    call.label = str(inputs, "name")!;
    const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
    const answer = await (await iam(call)).createPolicy({
      PolicyName: call.label,
      Path: str(inputs, "path"),
      Description: str(inputs, "description"),
      PolicyDocument: str(inputs, "policy"),
      Tags: tags.length > 0 ? tags : undefined,
    });
    return answer.Policy!.Arn!;
  },
  aspects: [
    { of: ["policy"], sync: newVersion },
    { of: ["tagsAll"], sync: syncPolicyTags },
    { of: ["delayAfterPolicyCreationInMs"], sync: async () => undefined },
  ],
  observe: async (call) => {
    const client = await iam(call);
    const live = (await orMissing(client.getPolicy({ PolicyArn: call.id })))?.Policy;
    if (!live) return undefined;
    const version = { PolicyArn: call.id, VersionId: live.DefaultVersionId };
    const shown = await orMissing(client.getPolicyVersion(version));
    return {
      inputs: compact({
        name: live.PolicyName,
        path: live.Path,
        description: live.Description || undefined,
        policy: decoded(shown?.PolicyVersion?.Document),
        tagsAll: tagMap(live.Tags),
      }),
      outputs: compact({ arn: live.Arn, attachmentCount: live.AttachmentCount, policyId: live.PolicyId }),
    };
  },
  remove: async (call) => {
    const client = await iam(call);
    for (const VersionId of await oldVersions(call))
      await orMissing(client.deletePolicyVersion({ PolicyArn: call.id, VersionId }));
    // An attachment detached a moment ago may still count.
    const wait = { what: `policy ${call.id} to be attached nowhere`, seconds: 30 };
    const again = (error: unknown): boolean => hasCode(error, "DeleteConflict");
    await retried(call.context, wait, again, () => orMissing(client.deletePolicy({ PolicyArn: call.id })));
  },
};

/** Versions that are not in force, newest first. */
async function oldVersions(call: Call): Promise<string[]> {
  const listed = await orMissing((await iam(call)).listPolicyVersions({ PolicyArn: call.id }));
  const old = (listed?.Versions ?? []).filter(({ IsDefaultVersion }) => !IsDefaultVersion);
  return old.map(({ VersionId }) => VersionId!).sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
}

/** IAM keeps five versions: the oldest makes room. */
async function newVersion(call: Call): Promise<void> {
  const client = await iam(call);
  for (const VersionId of (await oldVersions(call)).slice(3))
    await orMissing(client.deletePolicyVersion({ PolicyArn: call.id, VersionId }));
  const PolicyDocument = str(call.inputs, "policy");
  await alone(call, () => client.createPolicyVersion({ PolicyArn: call.id, PolicyDocument, SetAsDefault: true }));
}

async function syncPolicyTags(call: Call): Promise<void> {
  const client = await iam(call);
  const live = await client.listPolicyTags({ PolicyArn: call.id, MaxItems: 100 });
  const { set, remove: TagKeys } = tagChanges(tagMap(live.Tags), call.inputs["tagsAll"] as Tags);
  if (TagKeys.length > 0) await client.untagPolicy({ PolicyArn: call.id, TagKeys });
  if (Object.keys(set).length > 0) await client.tagPolicy({ PolicyArn: call.id, Tags: tagList(set) });
}
