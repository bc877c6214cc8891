/**
 * Secret settings: straight into the cloud's parameter store as SecureStrings, never through a program, a state, an
 * event or a log. Functions read them by the names in their environment.
 */
import type { Cloud } from "../cloud.ts";
import { secretFolder, secretParameter } from "../names.ts";
import { guarded, ssm } from "./clients.ts";

export async function putSecret(cloud: Cloud, app: string, setting: string, value: string | null): Promise<void> {
  const Name = secretParameter(cloud.name, app, setting);
  await guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    if (value === null) await client.send(new sdk.DeleteParametersCommand({ Names: [Name] }));
    else await client.send(new sdk.PutParameterCommand({ Name, Value: value, Type: "SecureString", Overwrite: true }));
  });
}

export async function readSecret(cloud: Cloud, app: string, setting: string): Promise<string> {
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const Name = secretParameter(cloud.name, app, setting);
    const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name, WithDecryption: true }));
    return Parameter?.Value ?? "";
  });
}

/** Undefined when there is none. */
export async function findSecret(cloud: Cloud, app: string, setting: string): Promise<string | undefined> {
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const Name = secretParameter(cloud.name, app, setting);
    const asked = client.send(new sdk.GetParameterCommand({ Name, WithDecryption: true }));
    const found = await asked.catch((error: unknown) => {
      if (error instanceof sdk.ParameterNotFound) return undefined;
      throw error;
    });
    return found?.Parameter?.Value;
  });
}

export async function listSecrets(cloud: Cloud, app: string): Promise<string[]> {
  const folder = secretFolder(cloud.name, app);
  return guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.GetParametersByPathCommand({ Path: folder, Recursive: true, NextToken }));
      for (const { Name } of page.Parameters ?? []) if (Name) names.push(Name.slice(folder.length + 1));
      NextToken = page.NextToken;
    } while (NextToken);
    return names.sort();
  });
}
