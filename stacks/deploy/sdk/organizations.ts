/** Organizations, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  CreateOrganizationCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
