/**
 * Where state lies, read and written by both engines in turn: folders plain and packed, buckets, a KMS key's secrets.
 * Each finds what the other wrote, and neither goes on while the other holds the stack.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { embeddedEngine } from "../../stacks/engine/index.ts";
import { openBackend } from "../../stacks/engine/state/index.ts";
import { bucketPlaces, folderPlace, type Place } from "../stacks/engine/state/support.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";
import { offline } from "./support/offline.ts";

const path = process.env["FREEHOLD_TEST_PULUMI"];

type Env = Record<string, string>;
interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What every program registers first; without it a state would be empty. */
function rootOf(stack: string) {
  const request = new resourcePb.RegisterResourceRequest();
  request.setType("pulumi:pulumi:Stack");
  request.setName(`shop-${stack}`);
  request.setObject(structPb.Struct.fromJavaScript({}));
  return request;
}

async function project() {
  const dir = await mkdtemp(join(tmpdir(), "freehold-storage-"));
  await writeFile(join(dir, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  const common = { PULUMI_HOME: join(dir, "home"), PULUMI_CONFIG_PASSPHRASE: "p", ...offline };
  return {
    dir,
    async ours(env: Env, ...args: string[]): Promise<string> {
      const engine = embeddedEngine({
        providers: () => undefined,
        program: async ({ monitor }) => void (await monitor.registerResource(rootOf(args.at(-1)!))),
      });
      return (await engine.run(args, dir, { ...common, ...env })).stdout;
    },
    theirs: (env: Env, ...args: string[]) =>
      new Promise<Ran>((resolve) => {
        const child = spawn(path!, [...args, "--non-interactive"], {
          cwd: dir,
          env: { ...process.env, ...common, ...env },
        });
        const ran: Ran = { code: null, stdout: "", stderr: "" };
        child.stdout.on("data", (chunk) => (ran.stdout += chunk));
        child.stderr.on("data", (chunk) => (ran.stderr += chunk));
        child.on("close", (code) => resolve({ ...ran, code }));
      }),
  };
}

/** A stack's life from one engine to the other and back. */
async function turns(place: Place, extra: Env): Promise<void> {
  const { dir, ours, theirs } = await project();
  try {
    const env = { ...place.env, ...extra, PULUMI_BACKEND_URL: place.url };
    const ok = async (...args: string[]): Promise<string> => {
      const ran = await theirs(env, ...args);
      expect(ran, ran.stderr).toMatchObject({ code: 0 });
      return ran.stdout;
    };
    await ours(env, "stack", "init", "dev");
    await ours(env, "up", "--yes", "--skip-preview", "--stack", "dev");
    expect(JSON.parse(await ok("stack", "ls", "--json"))).toMatchObject([{ name: "dev", current: true }]);
    expect(JSON.parse(await ok("stack", "history", "--json", "--stack", "dev"))).toMatchObject([{ kind: "update" }]);
    await ok("refresh", "--yes", "--skip-preview", "--stack", "dev");
    await ok("stack", "tag", "set", "owner", "me", "--stack", "dev");
    expect(await ours(env, "stack", "tag", "get", "owner", "--stack", "dev")).toBe("me\n");
    const history = JSON.parse(await ours(env, "stack", "history", "--json", "--stack", "dev"));
    expect(history.map(({ kind }: { kind: string }) => kind)).toEqual(["refresh", "update"]);

    await ok("stack", "init", "prod");
    await ours(env, "up", "--yes", "--skip-preview", "--stack", "prod");
    await ok("stack", "rename", "live", "--stack", "prod");
    await ours(env, "stack", "rename", "kept", "--stack", "live");
    expect(JSON.parse(await ok("stack", "export", "--stack", "kept"))).toMatchObject({ version: 3 });

    const backend = openBackend(place.url, { clock: systemClock, env: place.env });
    const held = await backend.openUpdate(
      { organization: "organization", project: "shop", stack: "dev" },
      "update",
      undefined,
    );
    const refused = await theirs(env, "refresh", "--yes", "--skip-preview", "--stack", "dev");
    expect(refused.stderr).toContain("the stack is currently locked by 1 lock(s)");
    expect(refused.stderr).toContain(`(pid ${process.pid})`);
    await held.abandon();
    await ok("stack", "rm", "--yes", "dev");
    expect(JSON.parse(await ours(env, "stack", "ls", "--json"))).toMatchObject([{ name: "kept" }]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

describe.skipIf(!path)("state of both engines", { timeout: 180_000 }, () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  it.each([
    ["plain", {}],
    ["packed with gzip", { PULUMI_DIY_BACKEND_GZIP: "true" }],
    ["packed with zstd", { PULUMI_DIY_BACKEND_ZSTD: "true" }],
  ])("in a folder, %s", async (_, extra) => {
    const place = await folderPlace();
    ends.push(place.remove);
    await turns(place, extra as Env);
  });

  it("in a bucket of the local cloud", async () => {
    const store = await bucketPlaces(startTestCloud);
    ends.push(store.close);
    await turns(await store.place(), {});
  });
});

describe.skipIf(!path || missing(motoServer(), "moto_server"))(
  "an AWS that neither wrote",
  { timeout: 180_000 },
  () => {
    let moto: Awaited<ReturnType<typeof startMoto>>;
    let store: Awaited<ReturnType<typeof bucketPlaces>>;
    beforeAll(async () => {
      store = await bucketPlaces(async () => (moto = await startMoto()));
    });
    afterAll(() => store?.close());

    it("in a bucket", async () => turns(await store.place(), {}));

    it("secrets under a KMS key, wrapped by either", async () => {
      const { dir, ours, theirs } = await project();
      const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
      const kms = new KMSClient({ endpoint: moto.endpoint, region: moto.region, credentials });
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const provider = `awskms://${KeyMetadata!.KeyId}?region=${moto.region}&endpoint=${moto.endpoint}&awssdk=v2&context_a=b`;
      const env = { ...moto.env, PULUMI_BACKEND_URL: (await store.place()).url };
      await ours(env, "stack", "init", "first", "--secrets-provider", provider);
      await ours(env, "config", "set", "s", "--secret", "--stack", "first", "--", "hush");
      expect((await theirs(env, "config", "get", "s", "--stack", "first")).stdout).toBe("hush\n");
      await theirs(env, "stack", "init", "second", "--secrets-provider", provider);
      await theirs(env, "config", "set", "s", "hush too", "--secret", "--stack", "second");
      expect(await ours(env, "config", "get", "s", "--stack", "second")).toBe("hush too\n");
      await ours(env, "up", "--yes", "--skip-preview", "--stack", "second");
      expect((await theirs(env, "stack", "export", "--stack", "second")).stdout).toContain('"type": "cloud"');
      kms.destroy();
      await rm(dir, { recursive: true, force: true });
    });
  },
);
