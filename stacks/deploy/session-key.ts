/**
 * The key that signs sessions: a SecureString of the cloud's parameter store that the sign-in function makes and changes,
 * in no state and no file. Here it is only taken away, when the cloud goes.
 */
import type { Cloud } from "../cloud.ts";
import { sessionKeyParameter } from "../names.ts";
import { guarded, ssm } from "./clients.ts";

export async function removeSessionKey(cloud: Cloud): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await ssm(cloud);
    await client.send(new sdk.DeleteParametersCommand({ Names: [sessionKeyParameter(cloud.name)] }));
  });
}
