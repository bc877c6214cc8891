/** What the commands share: reading their own arguments, writing JSON and tables. */
import type { CommandLine } from "../cli.ts";
import { CommandFailure, Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";

export type Command = (session: Session, line: CommandLine) => Promise<void>;

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Columns of their widest cell, three spaces between, no spaces at a line's end. */
export function tableText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}

export function positional(line: CommandLine, at: number): string {
  const value = line.positional[at];
  if (value === undefined)
    throw new CommandFailure("usage", `accepts ${at + 1} arg(s), received ${line.positional.length}`);
  return value;
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Diagnosis(`${what} is not valid JSON`);
  }
}

/** A positive whole number, or undefined when the flag is not there. */
export function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new CommandFailure("usage", `invalid argument "${text}" for "${name}" flag: must be a positive whole number`);
}
