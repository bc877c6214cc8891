/**
 * `guest invite`: a link for somebody else, to one app, in one of its roles, until a day. The same name again is the same
 * guest, with a new link. The owner is no role that can be given away.
 */
import { accessFaults } from "../access-errors.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { installedBlueprint } from "../installed.ts";
import { enterWith, expiresSeconds, iso, nameFrom, signinSite } from "../who.ts";
import { findApp } from "./app.ts";

export interface InvitedDocument {
  app: string;
  id: string;
  name: string;
  role: string;
  /** ISO 8601: until when the guest may come, and until when the link can be used, once. */
  expires: string;
  linkExpires: string;
  link: string;
  /** The same guest as before; links sent earlier are good for nothing now. */
  again: boolean;
}

const presetSeconds = 7 * 86_400;

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  if (!app.url || app.state === "kept") throw faults.notConnected(app.name);
  const role = text(input.flags, "role") ?? "guest";
  if (role.trim().toLowerCase() === "owner") throw accessFaults.ownerRole(app.name);
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  if (!blueprint) throw accessFaults.noFiles(app.name);
  const roles = Object.keys(blueprint.manifest.roles).filter((one) => one !== "owner");
  if (!roles.includes(role)) throw accessFaults.noRole(app.name, role, roles);
  const name = nameFrom(input, "guest invite", "a guest");
  const seconds = expiresSeconds(input, "guest invite", presetSeconds);
  const { cloud, access } = await enterWith(input, config);
  const again = (await access.listGuests(cloud, app.name)).find((one) => one.name === name);
  const { signinUrl } = await signinSite(cloud);
  const asked = { signinUrl, app: app.name, role, name, seconds, ...(again ? { again } : {}) };
  const { guest, link, linkExpires } = await access.inviteGuest(cloud, asked);
  const document: InvitedDocument = {
    ...{ app: app.name, id: guest.id, name, role, link, again: again !== undefined },
    expires: iso(guest.expires),
    linkExpires: iso(linkExpires),
  };
  return { document };
}
