/**
 * A stack's state opens with a key that takes a third of a second to derive, on another thread. Begun here, before the
 * Automation API is loaded, it is there when it is needed. Makes nothing, and fails silently: opening the stack tells.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { beginKey, readPassphrase } from "../engine/state/secrets.ts";

export async function beginStackKey(
  cloud: Pick<Cloud, "dir" | "name" | "passphraseFile">,
  stack: string,
): Promise<void> {
  try {
    const settings = await readFile(join(cloud.dir, "stacks", stack, `Pulumi.${cloud.name}.yaml`), "utf8");
    const salt = /^encryptionsalt: *(\S+)$/m.exec(settings)?.[1];
    const passphrase = await readPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: cloud.passphraseFile });
    if (salt && passphrase !== undefined) beginKey(passphrase, salt);
  } catch {
    // A stack that is not there yet has no settings; anything else is told by whoever opens it.
  }
}
