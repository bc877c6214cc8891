/** STS, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
