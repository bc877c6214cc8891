/** Text in the few tones there are. A tone only repeats what the words say; without colours it is left out. */
import { Text } from "ink";
import type { ReactNode } from "react";
import { useShell } from "../shell.ts";

export type Tone = "strong" | "dim" | "good" | "bad" | "warn";

const styles: Record<Tone, { bold?: true; dimColor?: true; color?: string }> = {
  strong: { bold: true },
  dim: { dimColor: true },
  good: { color: "green" },
  bad: { color: "red" },
  // Of the 16 colours the one that is read on light and on dark.
  warn: { color: "yellow" },
};

export function Say({
  tone,
  wrap = "truncate-end",
  children,
}: {
  tone?: Tone;
  wrap?: "wrap" | "truncate-end";
  children: ReactNode;
}) {
  const { color } = useShell();
  return (
    <Text wrap={wrap} {...(color && tone ? styles[tone] : {})}>
      {children}
    </Text>
  );
}

/** An http address, to be clicked where the terminal can (OSC 8). It stands there in words all the same. */
export function link(address: string, color: boolean): string {
  if (!color || !/^https?:\/\/[!-~]+$/.test(address)) return address;
  return `\u001b]8;;${address}\u001b\\${address}\u001b]8;;\u001b\\`;
}
