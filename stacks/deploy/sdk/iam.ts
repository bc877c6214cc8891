/** IAM, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  GetRoleCommand,
  IAMClient,
  ListGroupsCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
