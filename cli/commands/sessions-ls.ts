/** `sessions ls`: who is signed in, by what, from where, since when. */
import type { Input, Outcome } from "../command.ts";
import { enterAccess, iso } from "../who.ts";

export interface ListedSession {
  id: string;
  /** `owner`, or a guest's name. */
  person: string;
  role: string;
  /** Of a guest: the one app. */
  app?: string;
  /** A passkey's name, or `link`. */
  by: string;
  /** The address it was opened from, and the browser as it called itself. */
  from: string;
  agent: string;
  /** ISO 8601: opened, and last renewed, at most an hour before its last use. */
  created: string;
  seen: string;
}

export interface SessionListDocument {
  cloud: string;
  sessions: ListedSession[];
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, access } = await enterAccess(input);
  const sessions = (await access.listSessions(cloud)).map(({ sub: _, created, seen, ...one }) => ({
    ...one,
    created: iso(created),
    seen: iso(seen),
  }));
  return { document: { cloud: cloud.name, sessions } satisfies SessionListDocument };
}
