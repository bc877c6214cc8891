/** A query's document as its plain view says it: a screen shows the very lines that a pipe gets, broken to its width. */
import { commands } from "../command-table.ts";
import { createPaint } from "../ui/paint.ts";
import { wrap } from "../ui/width.ts";

export async function plainView(command: string): Promise<(document: unknown, columns: number) => string[]> {
  const view = await commands.find(({ name }) => name === command)?.view?.();
  return (document, columns) =>
    broken((view?.plain(document as never, createPaint(false), columns) ?? "").split("\n"), columns);
}

/** Each at most `columns` wide; what goes on stands as far in as it began, behind its heading where it has one. */
export function broken(lines: readonly string[], columns: number): string[] {
  return lines.flatMap((line) => {
    const indent = /^ */.exec(line)![0].length;
    const text = /^ *(?:\S+(?: \S+)* {2,})?/.exec(line)![0].length;
    const start = text <= columns / 3 ? text : Math.min(indent, Math.floor(columns / 3));
    const head = start === text ? line.slice(0, text) : " ".repeat(start);
    const [first = "", ...rest] = wrap(line.slice(start === text ? text : indent), columns - start);
    return [head + first, ...rest.map((part) => " ".repeat(start) + part)];
  });
}
