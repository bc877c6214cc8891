/** `guest ls`: who else may come in, where, in what role, until when. */
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { enterWith, iso } from "../who.ts";
import { findApp } from "./app.ts";

export interface ListedGuest {
  id: string;
  app: string;
  name: string;
  role: string;
  /** ISO 8601, as the others. */
  created: string;
  expires: string;
  /** When the invitation was taken up; missing while it was not. */
  accepted?: string;
}

export interface GuestListDocument {
  cloud: string;
  guests: ListedGuest[];
}

export async function run(input: Input): Promise<Outcome> {
  const named = input.args.length > 0 ? await findApp(input) : undefined;
  const config = named?.config ?? (await findCloud(input.paths, text(input.flags, "cloud")));
  const { cloud, access } = await enterWith(input, config);
  const guests = (await access.listGuests(cloud, named?.app.name)).map(({ created, expires, accepted, ...one }) => ({
    ...one,
    created: iso(created),
    expires: iso(expires),
    ...(accepted === undefined ? {} : { accepted: iso(accepted) }),
  }));
  return { document: { cloud: cloud.name, guests } satisfies GuestListDocument };
}
