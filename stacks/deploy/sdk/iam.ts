/** IAM, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  GetRoleCommand,
  IAMClient,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
