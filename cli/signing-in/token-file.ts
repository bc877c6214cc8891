/** A role for a token of an identity provider's that lies in a file: what it is, and whether the file can be read. */
import { readFile } from "node:fs/promises";
import type { Way } from "../../stacks/deploy.ts";

/** The token itself is nobody's to see; whether it can be read is what goes wrong. */
export async function tokenInFile(role = "", file = ""): Promise<Pick<Way, "says" | "problem">> {
  const says = `The role ${role}, for a token in a file.`;
  const unreadable = await readFile(file).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  if (unreadable === undefined) return { says };
  return { says, problem: { says: `Its token cannot be read: ${file} (${unreadable}).`, next: `ls -l ${file}` } };
}
