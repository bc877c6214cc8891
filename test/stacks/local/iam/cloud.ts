/** What IAM's tests start from: one local cloud for the file, every answer of it held against its model, and a client. */
import { IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

/** There once the file's tests begin. */
export let cloud: TestCloud;
export let iam: IAMClient;

export function oneCloud(): void {
  beforeAll(async () => {
    cloud = await startTestCloud({ checked: true });
    iam = new IAMClient(cloud.config);
  });
  afterAll(async () => {
    iam.destroy();
    await cloud.close();
  });
}

let next = 0;

/** A name that nothing in the file's cloud has. */
export const fresh = (prefix: string): string => `${prefix}-${++next}`;
