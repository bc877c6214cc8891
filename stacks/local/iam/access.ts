/**
 * What each operation of IAM needs: IAM action, ARN, condition keys. A denial names some resources as IAM does, by kind
 * and name (`role NAME`), others by ARN.
 */
import { anywhere, listOf, requestTags, resourceTags, tagKeys, textOf } from "../access/rows.ts";
import type { QueryInput } from "../protocols/aws-query.ts";
import type { AccessRow, AccessTable, Call, LocalCloud, Need } from "../service.ts";
import { arnOf, type EntityKind, entityKinds, findEntity, kinds } from "./entities.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;
type KeysOf = (input: QueryInput) => Keys;
type Row = AccessRow<QueryInput>;

const none: KeysOf = () => ({});
const added: KeysOf = ({ Tags }) => requestTags(Tags);
const removed: KeysOf = ({ TagKeys }) => tagKeys(TagKeys);
const attached: KeysOf = ({ PolicyArn }) => ({ "iam:PolicyARN": textOf(PolicyArn) });
const bounded: KeysOf = ({ PermissionsBoundary, Tags }) => ({
  ...requestTags(Tags),
  "iam:PermissionsBoundary": textOf(PermissionsBoundary) || undefined,
});
const ownTags = (tags: unknown): Keys => resourceTags(tags, ["aws:ResourceTag", "iam:ResourceTag"]);

export function iamAccess(cloud: LocalCloud): AccessTable<QueryInput> {
  const rows = rowsFor(cloud);
  const { user, group, role, policy, provider, listing, made, named } = rows;
  return {
    ...Object.assign({}, ...entityKinds.map((kind) => commonRows(kind, rows))),
    UpdateRoleDescription: role("UpdateRoleDescription"),
    UpdateAssumeRolePolicy: role("UpdateAssumeRolePolicy"),
    ListInstanceProfilesForRole: role("ListInstanceProfilesForRole"),
    CreateServiceLinkedRole: ({ AWSServiceName }) => [
      {
        action: "iam:CreateServiceLinkedRole",
        resource: named("role", `aws-service-role/${textOf(AWSServiceName)}/*`),
        keys: () => ({ "iam:AWSServiceName": textOf(AWSServiceName) }),
      },
    ],
    DeleteServiceLinkedRole: role("DeleteServiceLinkedRole"),
    GetServiceLinkedRoleDeletionStatus: ({ DeletionTaskId }) => [
      {
        action: "iam:GetServiceLinkedRoleDeletionStatus",
        resource: named(
          "role",
          textOf(DeletionTaskId)
            .replace(/^task\//, "")
            .replace(/\/[^/]*$/, ""),
        ),
      },
    ],
    AddUserToGroup: group("AddUserToGroup"),
    RemoveUserFromGroup: group("RemoveUserFromGroup"),
    ListGroupsForUser: user("ListGroupsForUser"),
    CreateAccessKey: user("CreateAccessKey"),
    ListAccessKeys: user("ListAccessKeys"),
    UpdateAccessKey: user("UpdateAccessKey"),
    DeleteAccessKey: user("DeleteAccessKey"),
    GetAccessKeyLastUsed: rows.keyOwner("GetAccessKeyLastUsed"),
    CreatePolicy: made("CreatePolicy", "policy", "PolicyName", added),
    GetPolicy: policy("GetPolicy"),
    DeletePolicy: policy("DeletePolicy"),
    ListPolicies: (input) => [
      { action: "iam:ListPolicies", resource: "*", shown: `policy path ${textOf(input.PathPrefix) || "/"}` },
    ],
    ListEntitiesForPolicy: policy("ListEntitiesForPolicy"),
    TagPolicy: policy("TagPolicy", added),
    UntagPolicy: policy("UntagPolicy", removed),
    ListPolicyTags: policy("ListPolicyTags"),
    CreatePolicyVersion: policy("CreatePolicyVersion"),
    GetPolicyVersion: policy("GetPolicyVersion"),
    ListPolicyVersions: policy("ListPolicyVersions"),
    SetDefaultPolicyVersion: policy("SetDefaultPolicyVersion"),
    DeletePolicyVersion: policy("DeletePolicyVersion"),
    CreateOpenIDConnectProvider: ({ Url, Tags }) => [
      {
        action: "iam:CreateOpenIDConnectProvider",
        resource: named("oidc-provider", textOf(Url).replace(/^https?:\/\//, "")),
        keys: () => requestTags(Tags),
      },
    ],
    GetOpenIDConnectProvider: provider("GetOpenIDConnectProvider"),
    ListOpenIDConnectProviders: listing("ListOpenIDConnectProviders", "oidc-provider"),
    DeleteOpenIDConnectProvider: provider("DeleteOpenIDConnectProvider"),
    UpdateOpenIDConnectProviderThumbprint: provider("UpdateOpenIDConnectProviderThumbprint"),
    AddClientIDToOpenIDConnectProvider: provider("AddClientIDToOpenIDConnectProvider"),
    RemoveClientIDFromOpenIDConnectProvider: provider("RemoveClientIDFromOpenIDConnectProvider"),
    TagOpenIDConnectProvider: provider("TagOpenIDConnectProvider", added),
    UntagOpenIDConnectProvider: provider("UntagOpenIDConnectProvider", removed),
    ListOpenIDConnectProviderTags: provider("ListOpenIDConnectProviderTags"),
    CreateAccountAlias: anywhere("iam:CreateAccountAlias"),
    DeleteAccountAlias: anywhere("iam:DeleteAccountAlias"),
    ListAccountAliases: anywhere("iam:ListAccountAliases"),
    GetAccountSummary: anywhere("iam:GetAccountSummary"),
    GetAccountAuthorizationDetails: anywhere("iam:GetAccountAuthorizationDetails"),
    SimulateCustomPolicy: anywhere("iam:SimulateCustomPolicy"),
    SimulatePrincipalPolicy: rows.source("SimulatePrincipalPolicy"),
    GetContextKeysForCustomPolicy: anywhere("iam:GetContextKeysForCustomPolicy"),
    GetContextKeysForPrincipalPolicy: rows.source("GetContextKeysForPrincipalPolicy"),
  };
}

type Rows = ReturnType<typeof rowsFor>;

/** What users, groups and roles have in common, each under its own word. */
function commonRows(kind: EntityKind, rows: Rows): AccessTable<QueryInput> {
  const { word } = kinds[kind];
  const one = rows[kind];
  return {
    [`Create${word}`]: rows.made(`Create${word}`, kind, `${word}Name`, bounded),
    [`Get${word}`]: one(`Get${word}`),
    [`Update${word}`]: one(`Update${word}`),
    [`Delete${word}`]: one(`Delete${word}`),
    [`List${word}s`]: rows.listing(`List${word}s`, kind),
    [`Put${word}Policy`]: one(`Put${word}Policy`),
    [`Get${word}Policy`]: one(`Get${word}Policy`),
    [`Delete${word}Policy`]: one(`Delete${word}Policy`),
    [`List${word}Policies`]: one(`List${word}Policies`),
    [`Attach${word}Policy`]: one(`Attach${word}Policy`, attached),
    [`Detach${word}Policy`]: one(`Detach${word}Policy`, attached),
    [`ListAttached${word}Policies`]: one(`ListAttached${word}Policies`),
    ...(kind === "group"
      ? {}
      : {
          [`Put${word}PermissionsBoundary`]: one(`Put${word}PermissionsBoundary`, bounded),
          [`Delete${word}PermissionsBoundary`]: one(`Delete${word}PermissionsBoundary`),
          [`Tag${word}`]: one(`Tag${word}`, added),
          [`Untag${word}`]: one(`Untag${word}`, removed),
          [`List${word}Tags`]: one(`List${word}Tags`),
        }),
  };
}

function rowsFor({ options, store: { db } }: LocalCloud) {
  const { accountId } = options;
  const named = (kind: string, path: string): string => `arn:aws:iam::${accountId}:${kind}/${path}`;
  /** Where an entity is not there its path is not known: then it is `/`. */
  const need = (kind: EntityKind, name: string, action: string, keys: () => Keys): Need => {
    const found = findEntity<any>(db, kind, name);
    return {
      action: `iam:${action}`,
      resource: found?.arn ?? arnOf(accountId, kind, "/", name),
      shown: `${kind} ${name}`,
      keys: () => ({
        ...(found?.tags ? ownTags(JSON.parse(found.tags)) : {}),
        ...(kind === "group" ? {} : { "iam:PermissionsBoundary": found?.boundary ?? undefined }),
        ...keys(),
      }),
    };
  };
  const entity =
    (kind: EntityKind) =>
    (action: string, keys: KeysOf = none): Row =>
    (input, call) => [need(kind, nameOf(kind, input, call), action, () => keys(input))];
  const tagged = (table: string, arnMember: string, shown: string) =>
    function rows(action: string, keys: KeysOf = none): Row {
      return (input) => {
        const arn = textOf(input[arnMember]);
        const row = db.prepare(`SELECT tags FROM ${table} WHERE arn = ?`).get(arn);
        return [
          {
            action: `iam:${action}`,
            resource: arn,
            shown: `${shown}${arn}`,
            keys: () => ({ ...(row ? ownTags(JSON.parse(row["tags"] as string)) : {}), ...keys(input) }),
          },
        ];
      };
    };
  return {
    named,
    user: entity("user"),
    group: entity("group"),
    role: entity("role"),
    policy: tagged("iam_policies", "PolicyArn", "policy "),
    provider: tagged("iam_oidc_providers", "OpenIDConnectProviderArn", ""),
    listing:
      (action: string, kind: string): Row =>
      ({ PathPrefix }) => [
        { action: `iam:${action}`, resource: `arn:aws:iam::${accountId}:${kind}${textOf(PathPrefix) || "/"}` },
      ],
    /** Tags that come with a new entity need a permission of their own. */
    made:
      (action: string, kind: string, nameMember: string, keys: KeysOf): Row =>
      (input) => {
        const resource = `arn:aws:iam::${accountId}:${kind}${textOf(input["Path"]) || "/"}${textOf(input[nameMember])}`;
        const tags = listOf(input["Tags"]).length > 0;
        return [
          { action: `iam:${action}`, resource, keys: () => keys(input) },
          ...(tags ? [{ action: `iam:${action.replace("Create", "Tag")}`, resource, keys: () => added(input) }] : []),
        ];
      },
    keyOwner:
      (action: string): Row =>
      ({ AccessKeyId }) => {
        const row = db
          .prepare("SELECT u.name FROM iam_access_keys k JOIN iam_users u ON u.id = k.user WHERE k.id = ?")
          .get(textOf(AccessKeyId));
        return [need("user", textOf(row?.["name"]), action, () => ({}))];
      },
    /** The simulator reads the policies of whoever is named. */
    source:
      (action: string): Row =>
      ({ PolicySourceArn }) => [{ action: `iam:${action}`, resource: textOf(PolicySourceArn) }],
  };
}

/** A user who is not named is the caller. */
function nameOf(kind: EntityKind, input: QueryInput, { caller }: Call): string {
  const said = textOf(input[`${kinds[kind].word}Name`]);
  return said === "" && kind === "user" ? (caller?.arn.split("/").at(-1) ?? "") : said;
}
