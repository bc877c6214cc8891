/** A new key for sessions: made by the sign-in function, which alone may read it. The owner only says so. */
import { type Cloud, foundationStack } from "../../cloud.ts";
import type { OwnerRequest } from "../../functions/shared/signin.ts";
import { nameLimits, physicalName } from "../../names.ts";
import { guarded, lambda } from "../clients.ts";
import { faults } from "../faults.ts";

/** From then on sessions are signed with it. Throws `rotate-failed`: the old one goes on. */
export async function rotateKeys(cloud: Cloud): Promise<void> {
  const FunctionName = physicalName(cloud.name, foundationStack, "signin", nameLimits.function);
  const asked: OwnerRequest = { ask: "rotate" };
  await guarded(cloud, async () => {
    const { sdk, client } = await lambda(cloud);
    const Payload = new TextEncoder().encode(JSON.stringify(asked));
    const { FunctionError } = await client.send(new sdk.InvokeCommand({ FunctionName, Payload }));
    client.destroy();
    if (FunctionError) throw faults.rotateFailed();
  });
}
