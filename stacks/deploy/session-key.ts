/**
 * The key that signs sessions: made once a cloud, kept as a SecureString of its parameter store, in no state and no
 * file. Two setups at once end with one key, since the store takes the first only.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { sessionKeyParameter } from "../names.ts";
import { guarded, ssm } from "./clients.ts";

/** The public half (SPKI, DER, base64); null when there is no key. */
export async function findSessionKey(cloud: Cloud): Promise<string | null> {
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const command = new sdk.GetParameterCommand({ Name: sessionKeyParameter(cloud.name), WithDecryption: true });
    try {
      const { Parameter } = await client.send(command);
      return publicHalf(Parameter?.Value ?? "");
    } catch (error) {
      if (error instanceof sdk.ParameterNotFound) return null;
      throw error;
    }
  });
}

export async function ensureSessionKey(cloud: Cloud): Promise<string> {
  const found = await findSessionKey(cloud);
  if (found) return found;
  const { privateKey } = generateKeyPairSync("ed25519");
  const Value = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    try {
      await client.send(
        new sdk.PutParameterCommand({
          Name: sessionKeyParameter(cloud.name),
          Description: "Signs the sessions of this cloud's apps",
          Type: "SecureString",
          Value,
          Overwrite: false,
          Tags: [{ Key: "freehold:cloud", Value: cloud.name }],
        }),
      );
      return publicHalf(Value);
    } catch (error) {
      if (!(error instanceof sdk.ParameterAlreadyExists)) throw error;
      return (await findSessionKey(cloud)) ?? publicHalf(Value);
    }
  });
}

export async function removeSessionKey(cloud: Cloud): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    await client.send(new sdk.DeleteParametersCommand({ Names: [sessionKeyParameter(cloud.name)] }));
  });
}

function publicHalf(privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ format: "der", type: "spki" }).toString("base64");
}
