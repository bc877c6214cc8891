/** `sessions revoke`: ends sessions at all apps; gates that knew one forget it within a minute. */
import type { SignedIn } from "../../stacks/deploy.ts";
import { accessFaults } from "../access-errors.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { type Entered, enterAccess, oneOf } from "../who.ts";

export interface SessionsRevokedDocument {
  revoked: { id: string; person: string; by: string }[];
}

const list = "freehold sessions ls";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const guest = text(flags, "guest");
  const ways = [args.length > 0, flags["all"] === true, guest !== undefined].filter(Boolean).length;
  if (ways !== 1) throw accessFaults.revokeWhat();
  const entered = await enterAccess(input);
  const all = await entered.access.listSessions(entered.cloud);
  const chosen = await choose(entered, all, args, guest);
  await entered.access.endSessions(
    entered.cloud,
    chosen.map(({ id }) => id),
  );
  const revoked = chosen.map(({ id, person, by }) => ({ id, person, by }));
  return { document: { revoked } satisfies SessionsRevokedDocument };
}

/** Every id is known before the first session ends. */
async function choose(
  { cloud, access }: Entered,
  all: readonly SignedIn[],
  ids: readonly string[],
  guest: string | undefined,
): Promise<SignedIn[]> {
  if (guest !== undefined) {
    const { id } = oneOf(await access.listGuests(cloud), guest, "guest", "freehold guest ls");
    return all.filter(({ sub }) => sub === `guest/${id}`);
  }
  if (ids.length === 0) return [...all];
  const named = all.map((one) => ({ ...one, name: one.id }));
  return [...new Set(ids)].map((id) => oneOf(named, id, "session", list));
}
