/** A local cloud of a test's own: in this process, in a temporary folder, on a free port. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalCloudOptions, type Observer, startLocalCloud } from "../../stacks/local/index.ts";
import type { Clock } from "../../stacks/local/service.ts";
import { wrongIn } from "./answers.ts";

type Options = Partial<LocalCloudOptions> & {
  clock?: Clock;
  observe?: Observer;
  checked?: true;
};

export async function startTestCloud(options: Options = {}) {
  const dir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "freehold-cloud-")));
  const wrong = new Set<string>();
  const running = await startLocalCloud({
    // What a service answers has its model's shape: each checked test of the cloud is a test of that, too.
    ...(options.checked && {
      observe: (call, outcome) => {
        for (const one of outcome instanceof Error ? [] : wrongIn(call, outcome)) wrong.add(one);
      },
    }),
    name: "test",
    port: 0,
    accountId: "123456789012",
    region: "eu-west-1",
    ...options,
    dataDir: dir,
  });
  const { accountId, region } = running.cloud.options;
  const { endpoint, port, credentials, cloud } = running;
  return {
    endpoint,
    port,
    credentials,
    region,
    accountId,
    cloud,
    dir,
    /** For an SDK client's constructor. */
    config: { endpoint, region, credentials, maxAttempts: 1 },
    /** For child processes. */
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: "true",
    },
    /** Keeps the folder when it was given. */
    async close(): Promise<void> {
      await running.close();
      if (wrong.size > 0) throw new Error(`answers of another shape than AWS's:\n${[...wrong].sort().join("\n")}`);
      if (!options.dataDir) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;
