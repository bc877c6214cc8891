/** The counter app of the fixtures, copied to where a test may change it. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Answers the copy's folder, `DIR/NAME`. */
export async function copyCounter(dir: string, name = "counter"): Promise<string> {
  const folder = join(dir, name);
  await cp(join(import.meta.dirname, "fixtures/counter"), folder, { recursive: true });
  return folder;
}

/** Throws when the text is not there: a change that changes nothing would prove nothing. */
export async function changeFile(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`nothing of ${file} was changed`);
  await writeFile(file, changed);
}
