/**
 * CSV as RFC 4180 has it, read row by row and written so that a spreadsheet takes no cell for a formula. Knows no table.
 */
import { faults } from "./faults.ts";

const longestRow = 8 * 1024 ** 2;

/** Rows as they come; `line` is where each begins. Throws `data-broken` on a quote that never ends, or is none. */
export async function* rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<{ cells: string[]; line: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = createReader(what);
  for await (const chunk of chunks) yield* reader.take(decodedBy(decoder, chunk, what));
  yield* reader.take(decodedBy(decoder, undefined, what));
  yield* reader.end();
}

function decodedBy(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined, what: string): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw faults.broken(what, "is not UTF-8", cause);
  }
}

type State = "begin" | "plain" | "quoted" | "closed";

function createReader(what: string) {
  let state: State = "begin";
  let [cell, cells, line, from, size] = ["", [] as string[], 1, 1, 0];
  const endCell = (): void => {
    cells.push(cell);
    [cell, state] = ["", "begin"];
  };
  function* endRow() {
    endCell();
    // A line with nothing on it is no row.
    if (cells.length > 1 || cells[0] !== "") yield { cells, line: from };
    [cells, from, size] = [[], line, 0];
  }
  return {
    *take(text: string) {
      for (const char of text) {
        if (++size > longestRow) throw faults.broken(what, `has a row at line ${from} that is too long to be one`);
        if (char === "\n") line++;
        if (state === "quoted") {
          if (char === '"') state = "closed";
          else cell += char;
        } else if (char === '"' && state === "closed") {
          cell += char;
          state = "quoted";
        } else if (char === '"' && state === "begin") state = "quoted";
        else if (char === ",") endCell();
        else if (char === "\n") yield* endRow();
        else if (char === "\r") continue;
        else if (state === "closed" || char === '"')
          throw faults.broken(what, `has a quote at line ${line} that is none`);
        else {
          cell += char;
          state = "plain";
        }
      }
    },
    *end() {
      if (state === "quoted") throw faults.broken(what, `has a quote in the row at line ${from} that never ends`);
      if (cells.length > 0 || state !== "begin") yield* endRow();
    },
  };
}

/** What spreadsheets take for a formula gets an apostrophe in front, which they show as text. */
export const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

export const cellOf = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
