/** `sessions rotate`: the sign-in function makes a new key and signs with it; who is signed in stays so. */
import type { Input, Outcome } from "../command.ts";
import { enterAccess } from "../who.ts";

export interface SessionsRotatedDocument {
  cloud: string;
  rotated: true;
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, access } = await enterAccess(input);
  await access.rotateKeys(cloud);
  return { document: { cloud: cloud.name, rotated: true } satisfies SessionsRotatedDocument };
}
