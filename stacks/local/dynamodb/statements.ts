/** The statements behind items.ts, prepared once. Rows are (part, pk, sk, base); base is empty for a table's own items. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

const row = "pk, sk, base, size, item";
const partition = `SELECT ${row} FROM dynamodb_items WHERE part = ? AND pk = ?`;

export interface Statements {
  read: StatementSync;
  put: StatementSync;
  remove: StatementSync;
  counted: StatementSync;
  counts: StatementSync;
  sum: StatementSync;
  expire: StatementSync;
  keep: StatementSync;
  forward: StatementSync;
  forwardFrom: StatementSync;
  backward: StatementSync;
  backwardFrom: StatementSync;
  scan: StatementSync;
  scanFrom: StatementSync;
}

export function prepareStatements(db: DatabaseSync): Statements {
  return {
    read: db.prepare("SELECT size, item FROM dynamodb_items WHERE part = ? AND pk = ? AND sk = ? AND base = ?"),
    put: db.prepare(`INSERT OR REPLACE INTO dynamodb_items (part, ${row}) VALUES (?, ?, ?, ?, ?, ?)`),
    remove: db.prepare("DELETE FROM dynamodb_items WHERE part = ? AND pk = ? AND sk = ? AND base = ?"),
    counted: db.prepare("UPDATE dynamodb_parts SET items = items + ?, bytes = bytes + ? WHERE part = ?"),
    counts: db.prepare("SELECT items, bytes FROM dynamodb_parts WHERE part = ?"),
    sum: db.prepare("SELECT total(size) AS bytes FROM dynamodb_items WHERE part = ? AND pk = ?"),
    expire: db.prepare("INSERT OR REPLACE INTO dynamodb_expiry (part, at, pk, sk) VALUES (?, ?, ?, ?)"),
    keep: db.prepare("DELETE FROM dynamodb_expiry WHERE part = ? AND at = ? AND pk = ? AND sk = ?"),
    forward: db.prepare(`${partition} AND sk >= ? AND sk < ? ORDER BY sk, base`),
    forwardFrom: db.prepare(`${partition} AND (sk, base) > (?, ?) AND sk < ? ORDER BY sk, base`),
    backward: db.prepare(`${partition} AND sk >= ? AND sk < ? ORDER BY sk DESC, base DESC`),
    backwardFrom: db.prepare(`${partition} AND sk >= ? AND (sk, base) < (?, ?) ORDER BY sk DESC, base DESC`),
    scan: db.prepare(`SELECT ${row} FROM dynamodb_items WHERE part = ? AND pk >= ? AND pk < ? ORDER BY pk, sk, base`),
    scanFrom: db.prepare(
      `SELECT ${row} FROM dynamodb_items WHERE part = ? AND (pk, sk, base) > (?, ?, ?) AND pk < ? ORDER BY pk, sk, base`,
    ),
  };
}
