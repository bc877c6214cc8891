/**
 * Secrets under a key that AWS KMS keeps: a data key of 32 bytes, wrapped by KMS, opens the stack's secrets. The wrapped
 * one lies in the settings file and in state, as the official engine writes them. The SDK is loaded when it is needed.
 */
import { randomBytes } from "node:crypto";
import type { KMSClient } from "@aws-sdk/client-kms";
import { withOthers } from "../../sign-in/others.ts";
import { clientConfig, type Environment, keyOptions, parseAwsAddress } from "./aws-address.ts";
import { errors } from "./errors.ts";
import { managerWithKey, type SecretsManager } from "./secrets.ts";
import { asksAgain } from "./spoilt-answers.ts";

interface Key {
  id: string;
  context: { [name: string]: string } | undefined;
  client: KMSClient;
  sdk: typeof import("@aws-sdk/client-kms");
}

/** `awskms://ID`, `awskms://alias/NAME` or `awskms:///ARN`, with `region`, `endpoint`, `profile` and `context_NAME`. */
export const isKmsAddress = (provider: string): boolean => provider.startsWith("awskms://");

async function openKey(url: string, env: Environment): Promise<Key> {
  const address = parseAwsAddress(url, keyOptions, ["context_"], env);
  const sdk = await import("@aws-sdk/client-kms");
  const config = clientConfig(address, "KMS", env);
  const context = Object.entries(address.own).map(([name, value]) => [name.slice("context_".length), value]);
  return {
    id: decodeURIComponent(address.name),
    context: context.length > 0 ? Object.fromEntries(context) : undefined,
    client: withOthers(asksAgain(new sdk.KMSClient(config)), config.credentials),
    sdk,
  };
}

/** `url` stays as it was given: it is what the official engine opens the key with. */
export async function kmsManager(url: string, encryptedKey: string, env: Environment): Promise<SecretsManager> {
  const { id, context, client, sdk } = await openKey(url, env);
  try {
    const { Plaintext } = await client.send(
      new sdk.DecryptCommand({ CiphertextBlob: Buffer.from(encryptedKey, "base64"), EncryptionContext: context }),
    );
    return managerWithKey("cloud", { url, encryptedkey: encryptedKey }, Buffer.from(Plaintext!), errors.dataKey);
  } catch (cause) {
    throw errors.kms(id, (cause as Error).message || (cause as Error).name);
  } finally {
    client.destroy();
  }
}

/** A new data key, wrapped: base64, as it stands in files. */
export async function newEncryptedKey(url: string, env: Environment): Promise<string> {
  const { id, context, client, sdk } = await openKey(url, env);
  try {
    const { CiphertextBlob } = await client.send(
      new sdk.EncryptCommand({ KeyId: id, Plaintext: randomBytes(32), EncryptionContext: context }),
    );
    return Buffer.from(CiphertextBlob!).toString("base64");
  } catch (cause) {
    throw errors.kms(id, (cause as Error).message || (cause as Error).name);
  } finally {
    client.destroy();
  }
}
