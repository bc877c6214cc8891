/**
 * A stack's state opens with a key that takes a third of a second to derive, on another thread. Begun here, before the
 * Automation API is loaded, it is there when it is needed. Makes nothing, and fails silently: opening the stack tells.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { beginKey, beginNewKey } from "../engine/state/secrets.ts";
import { beginState, passphraseOf } from "./stack-state.ts";

/**
 * Reads two small files at once: what is loaded next leaves no turn to a promise for some tenths of a second. Of a state in
 * the account the passphrase is asked for meanwhile.
 */
export function beginStackKey(cloud: Cloud, stack: string): void {
  beginState(cloud);
  if (cloud.passphraseFile === undefined) return;
  try {
    const settings = readFileSync(join(cloud.dir, "stacks", stack, `Pulumi.${cloud.name}.yaml`), "utf8");
    const salt = /^encryptionsalt: *(\S+)$/m.exec(settings)?.[1];
    if (salt) beginKey(readFileSync(cloud.passphraseFile, "utf8").trim(), salt);
  } catch {
    // A stack that is not there yet has no settings; anything else is told by whoever opens it.
  }
}

/** Of a stack that is going to be made where its state is in the account. */
export async function beginNewStackKey(cloud: Cloud): Promise<void> {
  const { stateBucket } = cloud;
  if (stateBucket !== undefined) beginNewKey(await passphraseOf({ ...cloud, stateBucket }));
}
