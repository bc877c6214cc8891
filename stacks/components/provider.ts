/** The stack's AWS: region and account are in its state, credentials and endpoints only in the environment. */
import { Provider } from "@pulumi/aws/provider.js";
import type { Where } from "./context.ts";

export function awsProvider({ region, accountId }: Where): Provider {
  // The account is compared before anything is changed, and S3 calls carry it as the owner they expect.
  return new Provider("aws", { region: region as never, allowedAccountIds: [accountId] });
}
