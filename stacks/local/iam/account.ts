/** The account as a whole: its alias, how much it has of what, and everything about its users, groups, roles, policies. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { attachedTo } from "./attachments.ts";
import { type EntityRow, entitiesBelow, kinds } from "./entities.ts";
import { errors } from "./errors.ts";
import { groupsOf } from "./groups.ts";
import { inlineOf } from "./inline-policies.ts";
import { listInput } from "./inputs.ts";
import type { LastUsed } from "./last-used.ts";
import { policyXml } from "./managed-policies.ts";
import { versionsOf, versionXml } from "./policy-versions.ts";
import { roleXml } from "./roles.ts";
import { type PolicyRow, paged, type RoleRow, type UserRow } from "./tables.ts";
import { userXml } from "./users.ts";

export function accountOperations(cloud: LocalCloud, lastUsed: LastUsed): Record<string, QueryOperation> {
  const { store } = cloud;
  return {
    async CreateAccountAlias(input) {
      const alias = input.AccountAlias as string;
      if (!/^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/.test(alias))
        throw errors.invalid(
          `1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]`,
        );
      await store.write((db) => {
        // There is one; another takes its place.
        db.exec("DELETE FROM iam_account_aliases");
        db.prepare("INSERT INTO iam_account_aliases (alias) VALUES (?)").run(alias);
      });
      return undefined;
    },
    async DeleteAccountAlias(input) {
      await store.write((db) => {
        const done = db.prepare("DELETE FROM iam_account_aliases WHERE alias = ?").run(input.AccountAlias);
        if (Number(done.changes) === 0) throw errors.noSuch("account alias", input.AccountAlias);
      });
      return undefined;
    },
    ListAccountAliases: () => ({ AccountAliases: aliases(store.db), IsTruncated: false }),
    GetAccountSummary: () => ({ SummaryMap: new Map<string, XmlValue>(summary(store.db)) }),
    GetAccountAuthorizationDetails(input) {
      const wanted = listInput(input.Filter);
      const all = detailsOf(cloud, lastUsed).filter(({ filter }) => wanted.length === 0 || wanted.includes(filter));
      const { page, ...marks } = paged(all, ({ key }) => key, input);
      const listed = (filter: string): XmlValue => page.flatMap((one) => (one.filter === filter ? [one.xml()] : []));
      return {
        UserDetailList: listed("User"),
        GroupDetailList: listed("Group"),
        RoleDetailList: listed("Role"),
        Policies: listed("LocalManagedPolicy"),
        ...marks,
      };
    },
  };
}

const aliases = (db: DatabaseSync): string[] =>
  (db.prepare("SELECT alias FROM iam_account_aliases").all() as { alias: string }[]).map(({ alias }) => alias);

/** Counts, and the quotas that are kept here. What the local cloud does not have is not in it. */
function summary(db: DatabaseSync): [string, number][] {
  const count = (table: string): number =>
    (db.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;
  return [
    ["Users", count("iam_users")],
    ["Groups", count("iam_groups")],
    ["Roles", count("iam_roles")],
    ["Policies", count("iam_policies")],
    ["PolicyVersionsInUse", count("iam_policy_versions")],
    ["Providers", count("iam_oidc_providers")],
    ["InstanceProfiles", 0],
    ["ServerCertificates", 0],
    ["MFADevices", 0],
    ["MFADevicesInUse", 0],
    ["AccountMFAEnabled", 0],
    ["AccountAccessKeysPresent", 1],
    ["AccountPasswordPresent", 0],
    ["AccountSigningCertificatesPresent", 0],
    ["AccessKeysPerUserQuota", 2],
    ["GroupsPerUserQuota", 10],
    ["AttachedPoliciesPerUserQuota", 10],
    ["AttachedPoliciesPerGroupQuota", 10],
    ["AttachedPoliciesPerRoleQuota", 10],
    ["UserPolicySizeQuota", kinds.user.inlineBytes],
    ["GroupPolicySizeQuota", kinds.group.inlineBytes],
    ["RolePolicySizeQuota", kinds.role.inlineBytes],
    ["PolicySizeQuota", 6_144],
    ["AssumeRolePolicySizeQuota", 2_048],
    ["VersionsPerPolicyQuota", 5],
  ];
}

interface Detail {
  filter: "User" | "Group" | "Role" | "LocalManagedPolicy";
  /** Of the paging. */
  key: string;
  xml(): XmlValue;
}

function detailsOf(cloud: LocalCloud, lastUsed: LastUsed): Detail[] {
  const { db } = cloud.store;
  const policies = db.prepare("SELECT * FROM iam_policies ORDER BY arn").all() as unknown as PolicyRow[];
  return [
    ...entitiesBelow<UserRow>(db, "user").map(
      (row): Detail => ({
        filter: "User",
        key: `1 ${row.name}`,
        xml: () => ({
          ...userXml(row),
          ...policiesXml(db, row, "UserPolicyList"),
          GroupList: groupsOf(db, row.id).map(({ name }) => name),
        }),
      }),
    ),
    ...entitiesBelow<EntityRow>(db, "group").map(
      (row): Detail => ({
        filter: "Group",
        key: `2 ${row.name}`,
        xml: () => ({
          Path: row.path,
          GroupName: row.name,
          GroupId: row.id,
          Arn: row.arn,
          CreateDate: new Date(row.created),
          ...policiesXml(db, row, "GroupPolicyList"),
        }),
      }),
    ),
    ...entitiesBelow<RoleRow>(db, "role").map(
      (row): Detail => ({
        filter: "Role",
        key: `3 ${row.name}`,
        xml: () => ({
          ...roleXml(row, lastUsed.of(row.arn)),
          // A detail has neither.
          Description: undefined,
          MaxSessionDuration: undefined,
          InstanceProfileList: [],
          ...policiesXml(db, row, "RolePolicyList"),
        }),
      }),
    ),
    ...policies.map(
      (row): Detail => ({
        filter: "LocalManagedPolicy",
        key: `4 ${row.arn}`,
        xml: () => ({
          ...policyXml(cloud, row),
          PolicyVersionList: versionsOf(db, row.arn).map((version) => versionXml(version, row.defaultVersion, true)),
        }),
      }),
    ),
  ];
}

function policiesXml(db: DatabaseSync, { id }: EntityRow, inline: string): { [name: string]: XmlValue } {
  return {
    [inline]: inlineOf(db, id).map(({ name, document }) => ({
      PolicyName: name,
      PolicyDocument: encodeURIComponent(document),
    })),
    AttachedManagedPolicies: attachedTo(db, id).map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
  };
}
