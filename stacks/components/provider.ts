/** The stack's AWS: region and account are in its state, credentials and, for our provider, endpoints only in the environment. */
import { Provider } from "@pulumi/aws/provider.js";
import { Config } from "@pulumi/pulumi";
import type { Where } from "./context.ts";

export function awsProvider({ region, accountId }: Where): Provider {
  // The account is compared before anything is changed, and S3 calls carry it as the owner they expect.
  // Said for Pulumi's own plugin where AWS is not AWS's own: stacks/deploy/engine.ts.
  const config = new Config("aws");
  const endpoints = config.getObject<Record<string, string>[]>("endpoints");
  const flags = ["s3UsePathStyle", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"];
  const said = flags.flatMap((flag) => {
    const value = config.getBoolean(flag);
    return value === undefined ? [] : [[flag, value] as const];
  });
  return new Provider("aws", {
    region: region as never,
    allowedAccountIds: [accountId],
    ...(endpoints ? { endpoints } : {}),
    ...Object.fromEntries(said),
  });
}
