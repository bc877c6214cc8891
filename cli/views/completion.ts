/** `completion` in plain text: the script as it is; words one a line, for zsh with what they are. */
import type { CompletionDocument } from "../commands/completion.ts";

export function plain({ shell, script, words = [] }: CompletionDocument): string {
  if (script !== undefined) return script.trimEnd();
  return words.map(({ word, help }) => (shell === "zsh" && help ? `${word}:${help}` : word)).join("\n");
}
