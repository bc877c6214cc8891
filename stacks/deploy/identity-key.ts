/**
 * The key by which an app's gate signs who asks: made with the app, kept as a SecureString of the cloud's parameter store,
 * in no state and no file, and gone with the app. Two deployments at once end with one key: the store takes the first.
 */
import { randomBytes } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { identityKeyParameter } from "../names.ts";
import { guarded, ssm } from "./clients.ts";

/** 256 bits, base64url; this text is the key. */
const newKey = (): string => randomBytes(32).toString("base64url");

export async function hasIdentityKey(cloud: Cloud, app: string): Promise<boolean> {
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const asked = new sdk.GetParameterCommand({ Name: identityKeyParameter(cloud.name, app), WithDecryption: false });
    return client.send(asked).then(
      () => true,
      (error: unknown) => {
        if (error instanceof sdk.ParameterNotFound) return false;
        throw error;
      },
    );
  });
}

/** Unless there is one by now. */
export async function makeIdentityKey(cloud: Cloud, app: string): Promise<void> {
  const Name = identityKeyParameter(cloud.name, app);
  await guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const put = new sdk.PutParameterCommand({
      Name,
      Description: "Signs who asks, for this app alone",
      Type: "SecureString",
      Value: newKey(),
      Overwrite: false,
      Tags: [
        { Key: "freehold:cloud", Value: cloud.name },
        { Key: "freehold:app", Value: app },
      ],
    });
    await client.send(put).catch((error: unknown) => {
      if (!(error instanceof sdk.ParameterAlreadyExists)) throw error;
    });
  });
}

export async function ensureIdentityKey(cloud: Cloud, app: string): Promise<void> {
  if (!(await hasIdentityKey(cloud, app))) await makeIdentityKey(cloud, app);
}

export async function removeIdentityKey(cloud: Cloud, app: string): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    await client.send(new sdk.DeleteParametersCommand({ Names: [identityKeyParameter(cloud.name, app)] }));
  });
}
