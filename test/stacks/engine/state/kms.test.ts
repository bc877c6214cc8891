/**
 * Secrets under a KMS key, against AWSs that nobody here wrote: moto, and LocalStack when FREEHOLD_TEST_LOCALSTACK names
 * one. The files are the official engine's: what it needs to open them stands in settings and state.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAliasCommand, CreateKeyCommand, DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { openStoredSecrets } from "../../../../stacks/engine/state/index.ts";
import { localStack, localStackName, reachLocalStack } from "../../../support/localstack.ts";
import { startMoto } from "../../../support/moto.ts";
import { missing, motoServer } from "../../../support/tools.ts";

describe.skipIf(missing(motoServer(), "moto_server"))("moto", () => rows(startMoto));
describe.skipIf(missing(localStack, localStackName))("LocalStack", () => rows(reachLocalStack));

function rows(start: () => Promise<{ endpoint: string; env: Record<string, string>; close(): Promise<void> }>): void {
  let aws: Awaited<ReturnType<typeof start>>;
  let client: KMSClient;
  let id: string;
  let arn: string;
  let dir: string;
  beforeAll(async () => {
    aws = await start();
    client = new KMSClient({
      endpoint: aws.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: aws.env["AWS_ACCESS_KEY_ID"]!, secretAccessKey: aws.env["AWS_SECRET_ACCESS_KEY"]! },
    });
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    id = KeyMetadata!.KeyId!;
    arn = KeyMetadata!.Arn!;
    const AliasName = `alias/state-${process.pid}`;
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: id }));
    dir = await mkdtemp(join(tmpdir(), "freehold-kms-"));
    await writeFile(join(dir, "Pulumi.yaml"), "name: proj\nruntime: nodejs\n");
  });
  afterAll(async () => {
    client?.destroy();
    await aws?.close();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  /** One command of the engine; its standard output. */
  async function run(...args: string[]): Promise<string> {
    const engine = embeddedEngine({ providers: () => undefined, program: async () => undefined });
    const env = { ...aws.env, PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_HOME: join(dir, "home") };
    return (await engine.run(args, dir, env)).stdout;
  }
  const address = (key: string, more = ""): string =>
    `awskms://${key}?region=eu-west-1&endpoint=${encodeURIComponent(aws.endpoint)}&awssdk=v2${more}`;
  const settings = (stack: string) => readFile(join(dir, `Pulumi.${stack}.yaml`), "utf8");
  const encryptedKey = async (stack: string) => /^encryptedkey: (\S+)$/m.exec(await settings(stack))![1]!;

  test.each([
    ["an id", () => address(id)],
    ["an alias", () => address(`alias/state-${process.pid}`)],
    ["an ARN", () => address(`/${arn}`)],
    ["an encryption context", () => address(id, "&context_app=notes&context_stage=dev")],
  ])("a stack under %s", async (name, url) => {
    const stack = name.replaceAll(" ", "-");
    await run("stack", "init", stack, "--secrets-provider", url());
    expect(await settings(stack)).toContain(`secretsprovider: ${url()}`);
    expect(await settings(stack)).not.toContain("encryptionsalt");
    await run("config", "set", "token", "--secret", "--stack", stack, "--", "hush");
    expect(await settings(stack)).not.toContain("hush");
    expect(await run("config", "get", "token", "--stack", stack)).toBe("hush\n");
    const before = await settings(stack);
    await run("up", "--yes", "--skip-preview", "--stack", stack);
    expect(await settings(stack)).toBe(before);
    const { checkpoint } = JSON.parse(await readFile(join(dir, `.pulumi/stacks/proj/${stack}.json`), "utf8"));
    expect(checkpoint.latest.secrets_providers).toEqual({
      type: "cloud",
      state: { url: url(), encryptedkey: await encryptedKey(stack) },
    });
    // A second computer has the state alone: the settings are written again from it.
    await rm(join(dir, `Pulumi.${stack}.yaml`));
    await run("config", "set", "other", "--secret", "--stack", stack, "--", "x");
    expect(await encryptedKey(stack)).toBe(checkpoint.latest.secrets_providers.state.encryptedkey);
    expect(before).toContain(await encryptedKey(stack));
  });

  // The official engine has KMS unwrap 32 bytes, and those are the AES key: nothing else lies between.
  test("the wrapped key is the data key itself", async () => {
    const stack = "wrapped";
    await run("stack", "init", stack, "--secrets-provider", address(id));
    const CiphertextBlob = Buffer.from(await encryptedKey(stack), "base64");
    expect((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext).toHaveLength(32);
  });

  test("a key that is not there, or another context, is told and changes nothing", async () => {
    await expect(run("stack", "init", "lost", "--secrets-provider", address("alias/nowhere"))).rejects.toThrow(
      "the KMS key 'alias/nowhere' could not",
    );
    await expect(settings("lost")).rejects.toThrow("ENOENT");
    await expect(run("stack", "init", "odd", "--secrets-provider", address(id, "&teleport=1"))).rejects.toThrow(
      "does not know the parameter 'teleport'",
    );
    await expect(run("stack", "init", "odd", "--secrets-provider", "azurekeyvault://x")).rejects.toThrow(
      "this engine knows 'passphrase' and 'awskms://'",
    );
  });
}

// What another engine's provider keeps passes through, and is refused by name where it would have to be opened.
test("another secrets provider passes through unharmed", async () => {
  const stored = { type: "service", state: { url: "https://example.com", owner: "me", stack: "dev" } };
  const manager = (await openStoredSecrets(stored, {}))!;
  expect({ type: manager.type, state: manager.state }).toEqual(stored);
  expect(() => manager.decrypt("AAAB")).toThrow("this stack's secrets are kept by 'service'");
  expect(() => manager.encrypt("x")).toThrow("this stack's secrets are kept by 'service'");
});
