/** The command that says in plain lines what a screen shows: whoever wants it in a pipe types it as it stands there. */
import { shellWord } from "../../ui/shell-word.ts";
import { cut } from "../../ui/width.ts";
import { Say } from "./say.tsx";

/** `flags`: of ours, which need no quotes. Of what was said, one that cannot be shown whole is NAME. */
export const twinOf = (words: readonly string[], flags: readonly string[] = []): string =>
  ["freehold", ...words.map((word) => shellWord(word, "NAME")), ...flags].join(" ");

interface Props {
  words: readonly string[];
  flags?: readonly string[];
  columns: number;
}

export function Twin({ words, flags, columns }: Props) {
  return <Say tone="dim">{cut(` $ ${twinOf(words, flags)}`, columns)}</Say>;
}

/** Of a word that names an item or a file whole: as somebody would type it, where that names it, too. */
export function typedKey(id: string): string[] {
  const entries = Object.entries(JSON.parse(id) as Record<string, unknown>);
  const plain = entries.every(([, value]) => typeof value === "string" || typeof value === "number");
  if (!plain || id.includes("\\")) return [id];
  return entries.map(([name, value]) => `${name}=${value}`);
}

export const typedFile = (id: string): string =>
  id.includes("\\") ? id : String((JSON.parse(id) as { key: unknown }).key);
