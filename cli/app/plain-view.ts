/** A query's document as its plain view says it: a screen shows the very lines that a pipe gets, broken to its width. */
import { commands } from "../command-table.ts";
import { createPaint } from "../ui/paint.ts";
import { wrap } from "../ui/width.ts";

export async function plainView(command: string): Promise<(document: unknown, columns: number) => string[]> {
  const view = await commands.find(({ name }) => name === command)?.view?.();
  return (document, columns) =>
    broken((view?.plain(document as never, createPaint(false), columns) ?? "").split("\n"), columns);
}

/** Each at most `columns` wide; what goes on stands as far in as it began. */
export function broken(lines: readonly string[], columns: number): string[] {
  return lines.flatMap((line) => {
    const indent = /^ */.exec(line)![0];
    const deep = Math.min(indent.length, Math.floor(columns / 3));
    const [first = "", ...rest] = wrap(line.slice(indent.length), columns - deep - 1);
    return [" ".repeat(deep) + first, ...rest.map((part) => " ".repeat(deep) + part)];
  });
}
