/**
 * A state that was found again takes the place of a checkpoint that is gone or cannot be read. What is damaged stays
 * aside, and there is no moment without a state: the new one is written over the old.
 */
import type { Snapshot } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";
import { nanoseconds } from "./stack-files.ts";
import { type StackContext, textOf } from "./update.ts";

/** Only for who holds the lock. */
export async function restore(
  context: StackContext,
  snapshot: Snapshot,
  manager: SecretsManager | undefined,
): Promise<string> {
  const { storage, files, clock } = context;
  await manager?.ready();
  const text = textOf(context, snapshot, manager);
  const aside = `damaged.${nanoseconds(clock.now())}`;
  const there = await files.find();
  const damaged = there && (await storage.read(there.key));
  if (there) await storage.copy(there.key, `${files.keys.checkpoint}.${aside}`);
  const before = there && damaged ? { key: there.key, tag: damaged.tag } : undefined;
  // A journal of the state that is gone says nothing of this one.
  await (await storage.journals(files.keys.journal).read())?.setAside(aside);
  await files.write(text, before, clock.now());
  return text;
}
