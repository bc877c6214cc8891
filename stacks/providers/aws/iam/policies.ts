/** Policies of roles, users and groups: inline ones, and attachments of managed ones. */
import type { IAM, ListAttachedRolePoliciesCommandOutput } from "@aws-sdk/client-iam";
import { problems } from "../errors.ts";
import { policy as document, text } from "../schema.ts";
import { type Call, type ResourceType, str } from "../type.ts";
import { decoded, iam, onceKnown, orMissing } from "./calls.ts";

/** The entity that a policy is put on or attached to, and IAM's calls for it. */
interface Holder {
  kind: "role" | "user" | "group";
  put(client: IAM, owner: string, name: string, document: string): Promise<unknown>;
  get(client: IAM, owner: string, name: string): Promise<{ PolicyDocument: string | undefined }>;
  take(client: IAM, owner: string, name: string): Promise<unknown>;
  attach(client: IAM, owner: string, arn: string): Promise<unknown>;
  detach(client: IAM, owner: string, arn: string): Promise<unknown>;
  attached(client: IAM, owner: string, marker: string | undefined): Promise<Attached>;
}

type Attached = Pick<ListAttachedRolePoliciesCommandOutput, "AttachedPolicies" | "IsTruncated" | "Marker">;

const roles: Holder = {
  kind: "role",
  put: (client, RoleName, PolicyName, PolicyDocument) => client.putRolePolicy({ RoleName, PolicyName, PolicyDocument }),
  get: (client, RoleName, PolicyName) => client.getRolePolicy({ RoleName, PolicyName }),
  take: (client, RoleName, PolicyName) => client.deleteRolePolicy({ RoleName, PolicyName }),
  attach: (client, RoleName, PolicyArn) => client.attachRolePolicy({ RoleName, PolicyArn }),
  detach: (client, RoleName, PolicyArn) => client.detachRolePolicy({ RoleName, PolicyArn }),
  attached: (client, RoleName, Marker) => client.listAttachedRolePolicies({ RoleName, Marker }),
};

const users: Holder = {
  kind: "user",
  put: (client, UserName, PolicyName, PolicyDocument) => client.putUserPolicy({ UserName, PolicyName, PolicyDocument }),
  get: (client, UserName, PolicyName) => client.getUserPolicy({ UserName, PolicyName }),
  take: (client, UserName, PolicyName) => client.deleteUserPolicy({ UserName, PolicyName }),
  attach: (client, UserName, PolicyArn) => client.attachUserPolicy({ UserName, PolicyArn }),
  detach: (client, UserName, PolicyArn) => client.detachUserPolicy({ UserName, PolicyArn }),
  attached: (client, UserName, Marker) => client.listAttachedUserPolicies({ UserName, Marker }),
};

const groups: Holder = {
  kind: "group",
  put: (client, GroupName, PolicyName, PolicyDocument) =>
    client.putGroupPolicy({ GroupName, PolicyName, PolicyDocument }),
  get: (client, GroupName, PolicyName) => client.getGroupPolicy({ GroupName, PolicyName }),
  take: (client, GroupName, PolicyName) => client.deleteGroupPolicy({ GroupName, PolicyName }),
  attach: (client, GroupName, PolicyArn) => client.attachGroupPolicy({ GroupName, PolicyArn }),
  detach: (client, GroupName, PolicyArn) => client.detachGroupPolicy({ GroupName, PolicyArn }),
  attached: (client, GroupName, Marker) => client.listAttachedGroupPolicies({ GroupName, Marker }),
};

export const rolePolicy = inlinePolicy("aws:iam/rolePolicy:RolePolicy", roles);
export const userPolicy = inlinePolicy("aws:iam/userPolicy:UserPolicy", users);
export const groupPolicy = inlinePolicy("aws:iam/groupPolicy:GroupPolicy", groups);
export const rolePolicyAttachment = attachment("aws:iam/rolePolicyAttachment:RolePolicyAttachment", roles);
export const userPolicyAttachment = attachment("aws:iam/userPolicyAttachment:UserPolicyAttachment", users);
export const groupPolicyAttachment = attachment("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", groups);

function inlinePolicy(token: string, holder: Holder): ResourceType {
  const { kind } = holder;
  const put = async (call: Call): Promise<void> => {
    const owner = str(call.inputs, kind)!;
    const client = await iam(call);
    const [name, said] = [str(call.inputs, "name")!, str(call.inputs, "policy")!];
    await onceKnown(call, `${kind} ${owner}`, () => holder.put(client, owner, name, said));
  };
  const partsOf = (call: Call): [owner: string, name: string] => {
    const at = call.id.indexOf(":");
    if (at < 1) throw problems.badImport(`a ${kind} policy`, call.id, `${kind.toUpperCase()}:NAME`);
    return [call.id.slice(0, at), call.id.slice(at + 1)];
  };
  return {
    token,
    global: true,
    properties: {
      name: text({ replaces: true, computed: true }),
      namePrefix: text({ replaces: true }),
      [kind]: text({ required: true, replaces: true }),
      policy: document({ required: true }),
    },
    outputs: [],
    autoname: { property: "name", prefix: "namePrefix", maxLength: 128 },
    identity: (inputs) => {
      const [owner, name] = [str(inputs, kind), str(inputs, "name")];
      return owner && name ? `${owner}:${name}` : undefined;
    },
    create: async (call) => {
      await put(call);
      return `${str(call.inputs, kind)}:${str(call.inputs, "name")}`;
    },
    aspects: [{ of: ["policy"], sync: put }],
    observe: async (call) => {
      const [owner, name] = partsOf(call);
      const live = await orMissing(holder.get(await iam(call), owner, name));
      if (!live) return undefined;
      return { inputs: { [kind]: owner, name, policy: decoded(live.PolicyDocument) }, outputs: {} };
    },
    remove: async (call) => {
      await orMissing(holder.take(await iam(call), ...partsOf(call)));
    },
  };
}

function attachment(token: string, holder: Holder): ResourceType {
  const { kind } = holder;
  /** The official provider's ids end in a time; its inputs name the pair. */
  const pairOf = (call: Call): [owner: string, arn: string] => {
    const [owner, arn] = [str(call.inputs, kind), str(call.inputs, "policyArn")];
    if (owner && arn) return [owner, arn];
    const at = call.id.indexOf("/");
    if (at < 1) throw problems.badImport(`a ${kind} policy attachment`, call.id, `${kind.toUpperCase()}/POLICY-ARN`);
    return [call.id.slice(0, at), call.id.slice(at + 1)];
  };
  return {
    token,
    global: true,
    properties: {
      [kind]: text({ required: true, replaces: true }),
      policyArn: text({ required: true, replaces: true }),
    },
    outputs: [],
    identity: (inputs) => {
      const [owner, arn] = [str(inputs, kind), str(inputs, "policyArn")];
      return owner && arn ? `${owner}/${arn}` : undefined;
    },
    create: async (call) => {
      const [owner, arn] = pairOf(call);
      const client = await iam(call);
      await onceKnown(call, `${kind} ${owner}`, () => holder.attach(client, owner, arn));
      return `${owner}/${arn}`;
    },
    aspects: [],
    observe: async (call) => {
      const [owner, arn] = pairOf(call);
      const client = await iam(call);
      let marker: string | undefined;
      do {
        const page = await orMissing(holder.attached(client, owner, marker));
        if (page?.AttachedPolicies?.some((entry) => entry.PolicyArn === arn))
          return { inputs: { [kind]: owner, policyArn: arn }, outputs: {} };
        marker = page?.IsTruncated ? page.Marker : undefined;
      } while (marker);
      return undefined;
    },
    remove: async (call) => {
      await orMissing(holder.detach(await iam(call), ...pairOf(call)));
    },
  };
}
