/** `key rm` in plain text. */
import type { KeyRemovedDocument } from "../commands/key-rm.ts";

export const plain = ({ app, removed }: KeyRemovedDocument): string =>
  `The key ${removed.name} (${removed.id}) of ${app} is removed; within half a minute it opens nothing.`;
