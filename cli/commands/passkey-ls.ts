/** `passkey ls`: all there are, whose they are, and which of them belong to an address that sign-in no longer has. */
import type { Input, Outcome } from "../command.ts";
import { enterAccess, iso, signinSite } from "../who.ts";

export interface ListedPasskey {
  id: string;
  name: string;
  /** `owner`, or a guest's name. */
  person: string;
  /** ISO 8601, as `used`. */
  created: string;
  used?: string;
  host: string;
  /** It is for an older address of sign-in: the one of now takes it no more. */
  older: boolean;
}

export interface PasskeyListDocument {
  cloud: string;
  host: string;
  passkeys: ListedPasskey[];
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, access } = await enterAccess(input);
  const host = new URL((await signinSite(cloud)).signinUrl).hostname;
  const passkeys = (await access.listPasskeys(cloud)).map(({ sub: _, created, used, ...one }) => ({
    ...one,
    created: iso(created),
    ...(used === undefined ? {} : { used: iso(used) }),
    older: one.host !== host,
  }));
  return { document: { cloud: cloud.name, host, passkeys } satisfies PasskeyListDocument };
}
