/** Whether an account has distributions, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { CloudFrontClient, ListDistributionsCommand } from "@aws-sdk/client-cloudfront";
