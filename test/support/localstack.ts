/**
 * LocalStack as a second AWS for tests: FREEHOLD_TEST_LOCALSTACK names one that runs already, such as
 * `http://127.0.0.1:4566` (fixtures/start-localstack.py starts one without Docker). What tests make there they name by
 * themselves, so that one may serve many files at once; each has an account of its own in it.
 */
import { randomInt } from "node:crypto";

export const localStack = process.env["FREEHOLD_TEST_LOCALSTACK"];
export const localStackName = "LocalStack (FREEHOLD_TEST_LOCALSTACK)";

export async function reachLocalStack() {
  if (!localStack) throw new Error("FREEHOLD_TEST_LOCALSTACK is not set");
  // An access key of twelve digits is an account there.
  const accountId = String(randomInt(10 ** 11, 2 * 10 ** 11));
  return {
    endpoint: localStack,
    region: "eu-west-1",
    accountId,
    env: {
      AWS_ENDPOINT_URL: localStack,
      AWS_ACCESS_KEY_ID: accountId,
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "eu-west-1",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    /** It goes on for others. */
    close: async (): Promise<void> => undefined,
  };
}
