/** A place for states that go with their folder: of previews of what is not there yet. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { settingsFileOf } from "./stack-state.ts";

/** Opens nothing that is kept anywhere. */
const passphrase = "of a preview, which keeps nothing";
/** Of that passphrase: a key takes a third of a second to derive, and with a salt that is known only a secret needs it. */
const salt = "v1:hbMoi8f9P7c=:v1:GjrTgF7vcp4KQx81:G4TnmPpEFftNze1gKfJaeHWLjBRqIw==";

/** The cloud as it is, but for where its state is: this stack's is in a folder that goes with `close`. */
export async function throwaway(
  { stateBucket: _, ...place }: Omit<Cloud, "dir">,
  stack: string,
): Promise<{ cloud: Cloud; close(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "freehold-preview-"));
  const close = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const cloud: Cloud = { ...place, dir, passphraseFile: join(dir, "passphrase") };
    const settings = settingsFileOf(cloud, stack);
    await mkdir(dirname(settings), { recursive: true, mode: 0o700 });
    await Promise.all([
      writeFile(cloud.passphraseFile!, passphrase, { mode: 0o600 }),
      writeFile(settings, `encryptionsalt: ${salt}\n`, { mode: 0o600 }),
    ]);
    return { cloud, close };
  } catch (error) {
    await close();
    throw error;
  }
}
