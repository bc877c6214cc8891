/** aws:iam/groupMembership:GroupMembership: all the users of a group. Whoever else is found in it is shown, and goes. */
import { set, text } from "../schema.ts";
import { type Call, type ResourceType, str, strs } from "../type.ts";
import { iam, onceKnown, orMissing } from "./calls.ts";

export const groupMembership: ResourceType = {
  token: "aws:iam/groupMembership:GroupMembership",
  global: true,
  properties: {
    // IAM has no name for it: it is the id, and on import the group's.
    name: text({ required: true, replaces: true }),
    group: text({ required: true, replaces: true }),
    users: set(text(), { required: true }),
  },
  outputs: [],
  create: async (call) => {
    await addUsers(call);
    return str(call.inputs, "name")!;
  },
  aspects: [{ of: ["users"], sync: syncUsers }],
  observe: async (call) => {
    const group = str(call.inputs, "group") ?? call.id;
    const users = await usersOf(call, group);
    return users.length === 0 ? undefined : { inputs: { name: call.id, group, users }, outputs: {} };
  },
  remove: (call) => removeUsers(call, strs(call.inputs, "users") ?? []),
};

/** Also none when there is no such group. */
async function usersOf(call: Call, GroupName: string): Promise<string[]> {
  const client = await iam(call);
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await orMissing(client.getGroup({ GroupName, Marker }));
    names.push(...(page?.Users ?? []).map(({ UserName }) => UserName!));
    Marker = page?.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return names;
}

async function addUsers(call: Call): Promise<void> {
  const client = await iam(call);
  const GroupName = str(call.inputs, "group");
  for (const UserName of strs(call.inputs, "users") ?? [])
    await onceKnown(call, `user ${UserName}`, () => client.addUserToGroup({ GroupName, UserName }));
}

async function removeUsers(call: Call, names: readonly string[]): Promise<void> {
  const client = await iam(call);
  const GroupName = str(call.inputs, "group");
  for (const UserName of names) await orMissing(client.removeUserFromGroup({ GroupName, UserName }));
}

async function syncUsers(call: Call): Promise<void> {
  await addUsers(call);
  const wanted = strs(call.inputs, "users") ?? [];
  await removeUsers(
    call,
    (strs(call.olds, "users") ?? []).filter((name) => !wanted.includes(name)),
  );
}
