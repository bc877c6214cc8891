/** aws:iam/role:Role, with its inline and managed policies where the program gives them here. */
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode } from "../errors.ts";
import { number, object, policy, set, steering, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, num, type ResourceType, str, strs, subs } from "../type.ts";
import { alone, decoded, iam, onceKnown, orMissing } from "./calls.ts";

export const role: ResourceType = {
  token: "aws:iam/role:Role",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    namePrefix: text({ replaces: true }),
    path: text({ default: "/", replaces: true }),
    assumeRolePolicy: policy({ required: true }),
    description: text(),
    maxSessionDuration: number({ default: 3600 }),
    permissionsBoundary: text(),
    forceDetachPolicies: steering(),
    managedPolicyArns: set(text(), { computed: true }),
    inlinePolicies: set(object({ name: text({ required: true }), policy: policy({ required: true }) }), {
      computed: true,
    }),
  },
  outputs: ["arn", "createDate", "uniqueId"],
  taggable: true,
  autoname: { property: "name", prefix: "namePrefix", maxLength: 64 },
  identity: (inputs) => str(inputs, "name"),
  exists: ["EntityAlreadyExists"],
  create,
  aspects: [
    { of: ["assumeRolePolicy"], sync: syncTrust },
    { of: ["description", "maxSessionDuration"], sync: syncSettings },
    { of: ["permissionsBoundary"], sync: syncBoundary },
    { of: ["managedPolicyArns"], afterCreate: true, sync: syncManaged },
    { of: ["inlinePolicies"], afterCreate: true, sync: syncInline },
    { of: ["tagsAll"], sync: syncTags },
    { of: ["forceDetachPolicies"], sync: async () => undefined },
  ],
  observe,
  remove,
};

/** A trust policy may name a principal that was created a moment ago. */
async function trusting<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `what ${call.label} trusts and its boundary to be known to IAM`, seconds: 60 };
  const again = (error: unknown): boolean =>
    (hasCode(error, "MalformedPolicyDocument") && /Invalid principal/i.test((error as Error).message)) ||
    (hasCode(error, "NoSuchEntity") && /not attachable/i.test((error as Error).message));
  return await retried(call.context, wait, again, attempt);
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const RoleName = str(inputs, "name")!;
  call.label = RoleName;
  const client = await iam(call);
  const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
  await trusting(call, () =>
    client.createRole({
      RoleName,
      Path: str(inputs, "path"),
      AssumeRolePolicyDocument: str(inputs, "assumeRolePolicy"),
      Description: str(inputs, "description"),
      MaxSessionDuration: num(inputs, "maxSessionDuration"),
      PermissionsBoundary: str(inputs, "permissionsBoundary"),
      Tags: tags.length > 0 ? tags : undefined,
    }),
  );
  return RoleName;
}

async function syncTrust(call: Call): Promise<void> {
  const client = await iam(call);
  const PolicyDocument = str(call.inputs, "assumeRolePolicy");
  await trusting(call, () => client.updateAssumeRolePolicy({ RoleName: call.id, PolicyDocument }));
}

async function syncSettings(call: Call): Promise<void> {
  const client = await iam(call);
  const Description = str(call.inputs, "description") ?? "";
  const MaxSessionDuration = num(call.inputs, "maxSessionDuration") ?? 3600;
  await alone(call, () => client.updateRole({ RoleName: call.id, Description, MaxSessionDuration }));
}

async function syncBoundary(call: Call): Promise<void> {
  const client = await iam(call);
  const PermissionsBoundary = str(call.inputs, "permissionsBoundary");
  if (PermissionsBoundary)
    await trusting(call, () => client.putRolePermissionsBoundary({ RoleName: call.id, PermissionsBoundary }));
  else await orMissing(client.deleteRolePermissionsBoundary({ RoleName: call.id }));
}

async function attached(call: Call): Promise<string[]> {
  const client = await iam(call);
  const arns: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.listAttachedRolePolicies({ RoleName: call.id, Marker });
    arns.push(...(page.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn!));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return arns;
}

async function inlineNames(call: Call): Promise<string[]> {
  const client = await iam(call);
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.listRolePolicies({ RoleName: call.id, Marker });
    names.push(...(page.PolicyNames ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return names;
}

async function syncManaged(call: Call): Promise<void> {
  const wanted = strs(call.inputs, "managedPolicyArns") ?? [];
  const live = await attached(call);
  const client = await iam(call);
  for (const PolicyArn of wanted.filter((arn) => !live.includes(arn)))
    await onceKnown(call, PolicyArn, () => client.attachRolePolicy({ RoleName: call.id, PolicyArn }));
  for (const PolicyArn of live.filter((arn) => !wanted.includes(arn)))
    await orMissing(client.detachRolePolicy({ RoleName: call.id, PolicyArn }));
}

async function syncInline(call: Call): Promise<void> {
  const wanted = subs(call.inputs, "inlinePolicies");
  const client = await iam(call);
  for (const entry of wanted) {
    const request = { RoleName: call.id, PolicyName: str(entry, "name"), PolicyDocument: str(entry, "policy") };
    await onceKnown(call, call.id, () => client.putRolePolicy(request));
  }
  const names = wanted.map((entry) => str(entry, "name"));
  for (const PolicyName of (await inlineNames(call)).filter((name) => !names.includes(name)))
    await orMissing(client.deleteRolePolicy({ RoleName: call.id, PolicyName }));
}

async function syncTags(call: Call): Promise<void> {
  const client = await iam(call);
  const live = await client.listRoleTags({ RoleName: call.id, MaxItems: 100 });
  const { set: added, remove: TagKeys } = tagChanges(tagMap(live.Tags), call.inputs["tagsAll"] as Tags);
  if (TagKeys.length > 0) await client.untagRole({ RoleName: call.id, TagKeys });
  if (Object.keys(added).length > 0) await client.tagRole({ RoleName: call.id, Tags: tagList(added) });
}

async function observe(call: Call) {
  const client = await iam(call);
  const live = (await orMissing(client.getRole({ RoleName: call.id })))?.Role;
  if (!live) return undefined;
  // Policies attached by resources of their own are not this resource's, so only those asked for here are read.
  const managed = call.inputs["managedPolicyArns"] !== undefined ? await attached(call) : undefined;
  const inline = call.inputs["inlinePolicies"] !== undefined ? await inlinePolicies(call) : undefined;
  return {
    inputs: compact({
      name: live.RoleName,
      path: live.Path,
      assumeRolePolicy: decoded(live.AssumeRolePolicyDocument),
      description: live.Description || undefined,
      maxSessionDuration: live.MaxSessionDuration ?? num(call.inputs, "maxSessionDuration"),
      permissionsBoundary: live.PermissionsBoundary?.PermissionsBoundaryArn,
      managedPolicyArns: managed,
      inlinePolicies: inline,
      tagsAll: tagMap(live.Tags),
    }),
    outputs: compact({
      arn: live.Arn,
      createDate: live.CreateDate?.toISOString().replace(".000Z", "Z"),
      uniqueId: live.RoleId,
    }),
  };
}

async function inlinePolicies(call: Call): Promise<PropertyMap[]> {
  const client = await iam(call);
  const entries: PropertyMap[] = [];
  for (const name of await inlineNames(call)) {
    const live = await orMissing(client.getRolePolicy({ RoleName: call.id, PolicyName: name }));
    if (live) entries.push({ name, policy: decoded(live.PolicyDocument) });
  }
  return entries;
}

async function remove(call: Call): Promise<void> {
  const client = await iam(call);
  const { inputs } = call;
  const force = inputs["forceDetachPolicies"] === true;
  if (force || inputs["managedPolicyArns"] !== undefined)
    for (const PolicyArn of (await orMissing(attached(call))) ?? [])
      await orMissing(client.detachRolePolicy({ RoleName: call.id, PolicyArn }));
  if (force || inputs["inlinePolicies"] !== undefined)
    for (const PolicyName of (await orMissing(inlineNames(call))) ?? [])
      await orMissing(client.deleteRolePolicy({ RoleName: call.id, PolicyName }));
  // A policy deleted a moment ago may still count.
  const wait = { what: `the policies of role ${call.id} to be gone`, seconds: 30 };
  const again = (error: unknown): boolean => hasCode(error, "DeleteConflict", "ConcurrentModification");
  await retried(call.context, wait, again, async () => {
    try {
      await orMissing(client.deleteRole({ RoleName: call.id }));
    } catch (error) {
      if (again(error)) wait.what = await whatIsLeft(call);
      throw error;
    }
  });
}

/** By name: one that somebody else gave it is gone only when that person takes it away. */
async function whatIsLeft(call: Call): Promise<string> {
  const arns = (await orMissing(attached(call))) ?? [];
  const names = [...((await orMissing(inlineNames(call))) ?? []), ...arns.map((arn) => arn.split("/").at(-1)!)];
  return `the policies of role ${call.id} to be gone${names.length > 0 ? `: ${names.join(", ")}` : ""}`;
}
