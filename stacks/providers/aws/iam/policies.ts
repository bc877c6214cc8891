/** aws:iam/rolePolicy:RolePolicy, aws:iam/rolePolicyAttachment:RolePolicyAttachment and aws:iam/policy:Policy. */
import type { PropertyMap } from "../../../engine/value.ts";
import { hasCode, problems } from "../errors.ts";
import { policy as document, number, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";
import { retried } from "../waiting.ts";
import { alone, decoded, iam, onceKnown, orMissing } from "./calls.ts";

export const rolePolicy: ResourceType = {
  token: "aws:iam/rolePolicy:RolePolicy",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    namePrefix: text({ replaces: true }),
    role: text({ required: true, replaces: true }),
    policy: document({ required: true }),
  },
  outputs: [],
  autoname: { property: "name", prefix: "namePrefix", maxLength: 128 },
  identity: (inputs) => {
    const [role, name] = [str(inputs, "role"), str(inputs, "name")];
    return role && name ? `${role}:${name}` : undefined;
  },
  create: async (call) => {
    await putRolePolicy(call);
    return `${str(call.inputs, "role")}:${str(call.inputs, "name")}`;
  },
  aspects: [{ of: ["policy"], sync: putRolePolicy }],
  observe: async (call) => {
    const { RoleName, PolicyName } = inlineOf(call);
    const live = await orMissing((await iam(call)).getRolePolicy({ RoleName, PolicyName }));
    if (!live) return undefined;
    return { inputs: { role: RoleName, name: PolicyName, policy: decoded(live.PolicyDocument) }, outputs: {} };
  },
  remove: async (call) => {
    await orMissing((await iam(call)).deleteRolePolicy(inlineOf(call)));
  },
};

function inlineOf(call: Call): { RoleName: string; PolicyName: string } {
  const at = call.id.indexOf(":");
  if (at < 1) throw problems.badImport("a role policy", call.id, "ROLE:NAME");
  return { RoleName: call.id.slice(0, at), PolicyName: call.id.slice(at + 1) };
}

async function putRolePolicy(call: Call): Promise<void> {
  const { inputs } = call;
  const RoleName = str(inputs, "role")!;
  const client = await iam(call);
  const request = { RoleName, PolicyName: str(inputs, "name"), PolicyDocument: str(inputs, "policy") };
  await onceKnown(call, `role ${RoleName}`, () => client.putRolePolicy(request));
}

export const rolePolicyAttachment: ResourceType = {
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  global: true,
  properties: {
    role: text({ required: true, replaces: true }),
    policyArn: text({ required: true, replaces: true }),
  },
  outputs: [],
  identity: (inputs) => {
    const [role, arn] = [str(inputs, "role"), str(inputs, "policyArn")];
    return role && arn ? `${role}/${arn}` : undefined;
  },
  create: async (call) => {
    const [RoleName, PolicyArn] = [str(call.inputs, "role")!, str(call.inputs, "policyArn")!];
    const client = await iam(call);
    await onceKnown(call, `role ${RoleName}`, () => client.attachRolePolicy({ RoleName, PolicyArn }));
    return `${RoleName}/${PolicyArn}`;
  },
  aspects: [],
  observe: async (call) => {
    const { RoleName, PolicyArn } = attachmentOf(call);
    const client = await iam(call);
    let Marker: string | undefined;
    do {
      const page = await orMissing(client.listAttachedRolePolicies({ RoleName, Marker }));
      if (page?.AttachedPolicies?.some((entry) => entry.PolicyArn === PolicyArn))
        return { inputs: { role: RoleName, policyArn: PolicyArn }, outputs: {} };
      Marker = page?.IsTruncated ? page.Marker : undefined;
    } while (Marker);
    return undefined;
  },
  remove: async (call) => {
    await orMissing((await iam(call)).detachRolePolicy(attachmentOf(call)));
  },
};

/** The official provider's ids end in a time; its inputs name the pair. */
function attachmentOf(call: Call): { RoleName: string; PolicyArn: string } {
  const [role, arn] = [str(call.inputs, "role"), str(call.inputs, "policyArn")];
  if (role && arn) return { RoleName: role, PolicyArn: arn };
  const at = call.id.indexOf("/");
  if (at < 1) throw problems.badImport("a role policy attachment", call.id, "ROLE/POLICY-ARN");
  return { RoleName: call.id.slice(0, at), PolicyArn: call.id.slice(at + 1) };
}

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
