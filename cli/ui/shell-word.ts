/** A word of a command that is shown to be typed: a name from outside may hold what a shell reads something into. */
import { canBeSeen } from "../../blueprints/seen.ts";

const plain = /^[\w./:@%+,=-]+$/;

/** As it is, or in quotes; `instead` where not all of it can be seen. */
export function shellWord(text: string, instead: string): string {
  if (plain.test(text) && !text.startsWith("-")) return text;
  if (!canBeSeen(text) || text.startsWith("-")) return instead;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
