/**
 * Rows as DynamoDB writes them, and back: texts, numbers, truth and lists of these, which is all that rows of the table
 * `access` are made of. What is undefined is left out; a number is kept as JavaScript has it.
 */
export type Cell = string | number | boolean | Cell[];
export type AttributeCell = { S: string } | { N: string } | { BOOL: boolean } | { L: AttributeCell[] };
export type Item = Record<string, AttributeCell>;

function cellOf(value: Cell): AttributeCell {
  if (Array.isArray(value)) return { L: value.map(cellOf) };
  if (typeof value === "string") return { S: value };
  return typeof value === "number" ? { N: String(value) } : { BOOL: value };
}

function fieldOf(cell: Partial<Record<string, unknown>>): Cell | undefined {
  if (typeof cell["S"] === "string") return cell["S"];
  if (typeof cell["N"] === "string") return Number(cell["N"]);
  if (typeof cell["BOOL"] === "boolean") return cell["BOOL"];
  if (Array.isArray(cell["L"])) return cell["L"].flatMap((one) => fieldOf(one) ?? []);
  return undefined;
}

/** `id` and the row's own fields. */
export function toItem(id: string, row: object): Item {
  const fields = Object.entries(row).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, cellOf(value as Cell)] as const],
  );
  return { id: { S: id }, ...Object.fromEntries(fields) };
}

/** Fields of other kinds than a row's are left out. The caller knows which row it asked for. */
export function fromItem<Row>(item: Readonly<Record<string, object>>): Row & { id: string } {
  const fields = Object.entries(item).flatMap(([name, cell]) => {
    const value = fieldOf(cell as Record<string, unknown>);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(fields) as Row & { id: string };
}
