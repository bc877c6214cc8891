/** aws:iam/user:User, aws:iam/group:Group, aws:iam/userGroupMembership:UserGroupMembership, aws:iam/accessKey:AccessKey. */
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode, problems } from "../errors.ts";
import { refused, set, steering, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str, strs } from "../type.ts";
import { iam, onceKnown, orMissing } from "./calls.ts";

export const user: ResourceType = {
  token: "aws:iam/user:User",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    path: text({ default: "/", replaces: true }),
    permissionsBoundary: text(),
    forceDestroy: steering(),
  },
  outputs: ["arn", "uniqueId"],
  taggable: true,
  autoname: { property: "name", maxLength: 64 },
  identity: (inputs) => str(inputs, "name"),
  exists: ["EntityAlreadyExists"],
  locate: async (call) => str(call.inputs, "name"),
  create: createUser,
  aspects: [
    { of: ["permissionsBoundary"], sync: syncBoundary },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe: async (call) => {
    const live = (await orMissing((await iam(call)).getUser({ UserName: call.id })))?.User;
    if (!live) return undefined;
    return {
      inputs: compact({
        name: live.UserName,
        path: live.Path,
        permissionsBoundary: live.PermissionsBoundary?.PermissionsBoundaryArn,
        tagsAll: tagMap(live.Tags),
      }),
      outputs: compact({ arn: live.Arn, uniqueId: live.UserId }),
    };
  },
  remove: async (call) => {
    const client = await iam(call);
    const UserName = call.id;
    if (call.inputs["forceDestroy"] === true) {
      const keys = (await orMissing(client.listAccessKeys({ UserName })))?.AccessKeyMetadata ?? [];
      for (const { AccessKeyId } of keys) await orMissing(client.deleteAccessKey({ UserName, AccessKeyId }));
      for (const GroupName of await groupsOf(call, UserName))
        await orMissing(client.removeUserFromGroup({ UserName, GroupName }));
    }
    await goneOnceFree(call, () => client.deleteUser({ UserName }));
  },
};

async function createUser(call: Call): Promise<string> {
  const { inputs } = call;
  const UserName = str(inputs, "name")!;
  call.label = UserName;
  const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
  const client = await iam(call);
  const [Path, PermissionsBoundary] = [str(inputs, "path"), str(inputs, "permissionsBoundary")];
  const request = { UserName, Path, PermissionsBoundary, Tags: tags.length > 0 ? tags : undefined };
  const create = () => client.createUser(request);
  await (PermissionsBoundary ? onceKnown(call, PermissionsBoundary, create) : create());
  return UserName;
}

/** What was taken away a moment ago may still count. */
async function goneOnceFree(call: Call, remove: () => Promise<unknown>): Promise<void> {
  const wait = { what: `what belongs to ${call.id} to be gone`, seconds: 30 };
  const again = (error: unknown): boolean => hasCode(error, "DeleteConflict", "ConcurrentModification");
  await retried(call.context, wait, again, () => orMissing(remove()));
}

async function syncBoundary(call: Call): Promise<void> {
  const client = await iam(call);
  const PermissionsBoundary = str(call.inputs, "permissionsBoundary");
  const UserName = call.id;
  if (PermissionsBoundary)
    await onceKnown(call, PermissionsBoundary, () =>
      client.putUserPermissionsBoundary({ UserName, PermissionsBoundary }),
    );
  else await orMissing(client.deleteUserPermissionsBoundary({ UserName }));
}

async function syncTags(call: Call): Promise<void> {
  const client = await iam(call);
  const live = await client.listUserTags({ UserName: call.id, MaxItems: 100 });
  const { set: added, remove: TagKeys } = tagChanges(tagMap(live.Tags), call.inputs["tagsAll"] as Tags);
  if (TagKeys.length > 0) await client.untagUser({ UserName: call.id, TagKeys });
  if (Object.keys(added).length > 0) await client.tagUser({ UserName: call.id, Tags: tagList(added) });
}

export const group: ResourceType = {
  token: "aws:iam/group:Group",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    path: text({ default: "/", replaces: true }),
  },
  outputs: ["arn", "uniqueId"],
  autoname: { property: "name", maxLength: 128 },
  identity: (inputs) => str(inputs, "name"),
  create: async (call) => {
    call.label = str(call.inputs, "name")!;
    await (await iam(call)).createGroup({ GroupName: call.label, Path: str(call.inputs, "path") });
    return call.label;
  },
  aspects: [],
  observe: async (call) => {
    const live = (await orMissing((await iam(call)).getGroup({ GroupName: call.id })))?.Group;
    if (!live) return undefined;
    return {
      inputs: compact({ name: live.GroupName, path: live.Path }),
      outputs: compact({ arn: live.Arn, uniqueId: live.GroupId }),
    };
  },
  remove: async (call) => {
    const client = await iam(call);
    await goneOnceFree(call, () => client.deleteGroup({ GroupName: call.id }));
  },
};

/** Of the groups named here; others that the user is in are somebody else's. Its id: `USER/GROUP/…`. */
export const userGroupMembership: ResourceType = {
  token: "aws:iam/userGroupMembership:UserGroupMembership",
  global: true,
  properties: {
    user: text({ required: true, replaces: true }),
    groups: set(text(), { required: true }),
  },
  outputs: [],
  create: async (call) => {
    await join(call);
    return [str(call.inputs, "user"), ...(strs(call.inputs, "groups") ?? [])].join("/");
  },
  aspects: [{ of: ["groups"], sync: syncGroups }],
  observe: async (call) => {
    const { user, groups } = membershipOf(call);
    const live = await groupsOf(call, user);
    const own = groups.filter((name) => live.includes(name));
    return own.length === 0 ? undefined : { inputs: { user, groups: own }, outputs: {} };
  },
  remove: async (call) => {
    const { user: UserName, groups } = membershipOf(call);
    const client = await iam(call);
    for (const GroupName of groups) await orMissing(client.removeUserFromGroup({ UserName, GroupName }));
  },
};

function membershipOf(call: Call): { user: string; groups: string[] } {
  const [user, groups] = [str(call.inputs, "user"), strs(call.inputs, "groups")];
  if (user && groups) return { user, groups };
  const [name = "", ...named] = call.id.split("/");
  if (named.length === 0) throw problems.badImport("a user's membership", call.id, "USER/GROUP/GROUP");
  return { user: name, groups: named };
}

async function groupsOf(call: Call, UserName: string): Promise<string[]> {
  const client = await iam(call);
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await orMissing(client.listGroupsForUser({ UserName, Marker }));
    names.push(...(page?.Groups ?? []).map(({ GroupName }) => GroupName!));
    Marker = page?.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return names;
}

async function join(call: Call): Promise<void> {
  const UserName = str(call.inputs, "user")!;
  const client = await iam(call);
  for (const GroupName of strs(call.inputs, "groups") ?? [])
    await onceKnown(call, `group ${GroupName}`, () => client.addUserToGroup({ UserName, GroupName }));
}

async function syncGroups(call: Call): Promise<void> {
  await join(call);
  const wanted = strs(call.inputs, "groups") ?? [];
  const UserName = str(call.inputs, "user")!;
  const client = await iam(call);
  for (const GroupName of (strs(call.olds, "groups") ?? []).filter((name) => !wanted.includes(name)))
    await orMissing(client.removeUserFromGroup({ UserName, GroupName }));
}

/** Its secret is told once, when it is made, and is a secret of the state. */
export const accessKey: ResourceType = {
  token: "aws:iam/accessKey:AccessKey",
  global: true,
  properties: {
    user: text({ required: true, replaces: true }),
    status: text({ default: "Active" }),
    pgpKey: refused("the state's own encryption"),
  },
  outputs: ["createDate", "secret"],
  secretOutputs: ["secret"],
  create: async (call) => {
    const UserName = str(call.inputs, "user")!;
    const client = await iam(call);
    const { AccessKey } = await onceKnown(call, `user ${UserName}`, () => client.createAccessKey({ UserName }));
    call.id = AccessKey!.AccessKeyId!;
    call.outputs["secret"] = AccessKey!.SecretAccessKey!;
    return call.id;
  },
  aspects: [{ of: ["status"], afterCreate: true, sync: syncStatus }],
  observe: async (call) => {
    const client = await iam(call);
    // On import its id is all that is known: IAM tells whose it is.
    const UserName =
      str(call.inputs, "user") ?? (await orMissing(client.getAccessKeyLastUsed({ AccessKeyId: call.id })))?.UserName;
    const keys = UserName ? (await orMissing(client.listAccessKeys({ UserName })))?.AccessKeyMetadata : undefined;
    const live = keys?.find(({ AccessKeyId }) => AccessKeyId === call.id);
    if (!live) return undefined;
    return {
      inputs: compact({ user: UserName, status: live.Status }),
      outputs: compact({
        createDate: live.CreateDate?.toISOString().replace(".000Z", "Z"),
        secret: str(call.outputs, "secret"),
      }),
    };
  },
  remove: async (call) => {
    const client = await iam(call);
    await orMissing(client.deleteAccessKey({ UserName: str(call.inputs, "user"), AccessKeyId: call.id }));
  },
};

async function syncStatus(call: Call): Promise<void> {
  const Status = str(call.inputs, "status") === "Inactive" ? "Inactive" : "Active";
  const client = await iam(call);
  const UserName = str(call.inputs, "user");
  await onceKnown(call, call.id, () => client.updateAccessKey({ UserName, AccessKeyId: call.id, Status }));
}
