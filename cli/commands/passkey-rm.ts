/** `passkey rm`: one passkey and the sessions it opened. The owner's last one is asked about: then a link is the way back. */
import type { Input, Outcome } from "../command.ts";
import { enterAccess, oneOf } from "../who.ts";
import { confirm } from "./operation.ts";

export interface PasskeyRemovedDocument {
  removed: { id: string; name: string; person: string };
  /** How many ended with it. */
  sessions: number;
  /** Passkeys that this person still has. */
  left: number;
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, access } = await enterAccess(input);
  const all = await access.listPasskeys(cloud);
  const passkey = oneOf(all, input.args[0]!, "passkey", "freehold passkey ls");
  const left = all.filter(({ sub }) => sub === passkey.sub).length - 1;
  if (passkey.sub === "owner" && left === 0)
    await confirm(
      input,
      `${passkey.name} is your last passkey. Without one, only a link of freehold open or freehold passkey add lets you in. Remove it?`,
      "--yes",
    );
  const sessions = await access.removePasskey(cloud, passkey);
  const { id, name, person } = passkey;
  return { document: { removed: { id, name, person }, sessions, left } satisfies PasskeyRemovedDocument };
}
