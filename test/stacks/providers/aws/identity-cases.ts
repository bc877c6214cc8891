/** The life of IAM's types as data. */
import { allow, type Case, fresh, type Ground, type Life, ready, roleOf, tags, trust } from "./cases.ts";

/** A managed policy that may be a boundary, or be attached. */
const edgeOf = async (ground: Ground): Promise<string> =>
  (await ready(ground, "aws:iam/policy:Policy", { policy: allow("s3:GetObject") })).id;

export const identityCases: { [title: string]: Case } = {
  role: async (ground): Promise<Life> => ({
    type: "aws:iam/role:Role",
    create: { assumeRolePolicy: trust, tags },
    outputs: { arn: /:role\/life-/, uniqueId: /.+/, createDate: /^\d{4}-/ },
    steps: [
      { change: "description", inputs: { assumeRolePolicy: trust, description: "for notes", tags } },
      { change: "trust", inputs: { assumeRolePolicy: trust.replace("lambda.", "events."), description: "for notes" } },
      { change: "session", inputs: { assumeRolePolicy: trust, maxSessionDuration: 7200 } },
      { change: "boundary", inputs: { assumeRolePolicy: trust, permissionsBoundary: await edgeOf(ground) } },
      { change: "another boundary", inputs: { assumeRolePolicy: trust, permissionsBoundary: await edgeOf(ground) } },
      { change: "no boundary", inputs: { assumeRolePolicy: trust } },
      { change: "path", inputs: { assumeRolePolicy: trust, path: "/freehold/" }, replaces: ["path"] },
    ],
  }),
  "role policy": async (ground) => {
    const role = (await roleOf(ground)).id;
    return {
      type: "aws:iam/rolePolicy:RolePolicy",
      create: { role, policy: allow("dynamodb:GetItem", "dynamodb:PutItem") },
      outputs: { role },
      steps: [{ change: "policy", inputs: { role, policy: allow("s3:GetObject") } }],
    };
  },
  policy: async (): Promise<Life> => ({
    type: "aws:iam/policy:Policy",
    create: { policy: allow("s3:GetObject"), tags },
    outputs: { arn: /:policy\/life-/, policyId: /.+/ },
    steps: ["a", "b", "c", "d", "e", "f"].map((letter) => ({
      change: `policy ${letter}`,
      inputs: { policy: allow(`s3:${letter}`), tags: { ...tags, letter } },
    })),
  }),
  attachment: async (ground) => {
    const role = (await roleOf(ground)).id;
    const policy = await ready(ground, "aws:iam/policy:Policy", { policy: allow("s3:GetObject") });
    return {
      type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      create: { role, policyArn: policy.id },
      outputs: { role },
      steps: [{ change: "role", inputs: { role: "other", policyArn: policy.id }, replaces: ["role"] }],
    };
  },
  user: async (ground): Promise<Life> => ({
    type: "aws:iam/user:User",
    create: { tags },
    outputs: { arn: /:user\/life-/, uniqueId: /.+/ },
    steps: [
      { change: "tags", inputs: { tags: { ...tags, more: "1" } } },
      // moto keeps no boundary of a user.
      { change: "boundary", inputs: { tags, permissionsBoundary: await edgeOf(ground) }, notOn: ["moto"] },
      { change: "no boundary", inputs: { tags }, notOn: ["moto"] },
      { change: "path", inputs: { path: "/people/" }, replaces: ["path"] },
    ],
  }),
  group: async (): Promise<Life> => ({
    type: "aws:iam/group:Group",
    create: { path: "/teams/" },
    outputs: { arn: /:group\/teams\/life-/, uniqueId: /.+/ },
    steps: [{ change: "path", inputs: { path: "/others/" }, replaces: ["path"] }],
  }),
  membership: async (ground): Promise<Life> => {
    const user = (await ready(ground, "aws:iam/user:User", {})).id;
    const [one, two] = [await ready(ground, "aws:iam/group:Group", {}), await ready(ground, "aws:iam/group:Group", {})];
    return {
      type: "aws:iam/userGroupMembership:UserGroupMembership",
      create: { user, groups: [one.id] },
      outputs: { user },
      steps: [
        { change: "a group more", inputs: { user, groups: [one.id, two.id] } },
        { change: "a group less", inputs: { user, groups: [one.id] } },
      ],
    };
  },
  "group's members": async (ground): Promise<Life> => {
    const group = (await ready(ground, "aws:iam/group:Group", {})).id;
    const [one, two] = [
      (await ready(ground, "aws:iam/user:User", {})).id,
      (await ready(ground, "aws:iam/user:User", {})).id,
    ];
    const life = (...users: string[]) => ({ name: group, group, users });
    return {
      type: "aws:iam/groupMembership:GroupMembership",
      create: life(one),
      outputs: { group },
      steps: [
        { change: "a user more", inputs: life(one, two) },
        { change: "another user", inputs: life(two) },
        { change: "group", inputs: { ...life(two), group: "other" }, replaces: ["group"] },
      ],
    };
  },
  "identity provider": async (): Promise<Life> => {
    const url = `https://${fresh("life")}.example.org/issuer`;
    const [print, other] = ["1", "2"].map((digit) => digit.repeat(40)) as [string, string];
    const life = (clientIdLists: string[], thumbprint = print) => ({
      ...{ url, clientIdLists, thumbprintLists: [thumbprint], tags },
    });
    return {
      type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
      create: life(["web"]),
      outputs: { arn: /:oidc-provider\/life-/ },
      steps: [
        { change: "thumbprint", inputs: life(["web"], other) },
        { change: "tags", inputs: { ...life(["web"], other), tags: { ...tags, more: "1" } } },
        // moto answers these two with a page of its web server's.
        { change: "a client more", inputs: life(["web", "cli"], other), notOn: ["moto"] },
        { change: "another client", inputs: life(["cli"], other), notOn: ["moto"] },
        { change: "url", inputs: { ...life(["cli"], other), url: "https://other.example.org" }, replaces: ["url"] },
      ],
    };
  },
  "access key": async (ground): Promise<Life> => {
    const user = (await ready(ground, "aws:iam/user:User", {})).id;
    return {
      type: "aws:iam/accessKey:AccessKey",
      create: { user },
      outputs: { secret: /^.{30,}$/ },
      steps: [
        { change: "status", inputs: { user, status: "Inactive" } },
        { change: "user", inputs: { user: "other" }, replaces: ["user"] },
      ],
    };
  },
  ...Object.fromEntries(
    (["user", "group"] as const).flatMap((kind) => {
      const word = kind === "user" ? "User" : "Group";
      const owner = async (ground: Ground): Promise<string> => (await ready(ground, `aws:iam/${kind}:${word}`, {})).id;
      const inline: Case = async (ground) => {
        const holder = { [kind]: await owner(ground) };
        return {
          type: `aws:iam/${kind}Policy:${word}Policy`,
          create: { ...holder, policy: allow("dynamodb:GetItem") },
          outputs: holder,
          steps: [{ change: "policy", inputs: { ...holder, policy: allow("s3:GetObject") } }],
        };
      };
      const attached: Case = async (ground) => {
        const [holder, policyArn] = [{ [kind]: await owner(ground) }, await edgeOf(ground)];
        return {
          type: `aws:iam/${kind}PolicyAttachment:${word}PolicyAttachment`,
          create: { ...holder, policyArn },
          outputs: holder,
          steps: [{ change: kind, inputs: { [kind]: "other", policyArn }, replaces: [kind] }],
        };
      };
      return [
        [`${kind} policy`, inline],
        [`${kind} attachment`, attached],
      ];
    }),
  ),
};
