/** Which regions an account has, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { AccountClient, GetRegionOptStatusCommand } from "@aws-sdk/client-account";
