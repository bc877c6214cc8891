/** `key new` in plain text: the key alone on stdout, this once; what it is for on stderr. */
import type { NewKeyDocument } from "../commands/key-new.ts";
import { reachWords } from "./key-ls.ts";

export const plain = ({ key }: NewKeyDocument): string => key;

export const aside = (made: NewKeyDocument): string =>
  [
    `The key ${made.name} (${made.id}) of ${made.app}: ${reachWords(made)}, until ${made.expires}.`,
    "It is shown this once, and kept nowhere. Programs send it with each request:",
    `  Authorization: Bearer KEY    to ${made.url}`,
  ].join("\n");
