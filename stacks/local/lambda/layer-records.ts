/**
 * What the local cloud knows of layers: one JSON document a layer in the store, with its versions and their policies.
 * A number is never used twice, though every version of a layer be deleted. Knows no protocol.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../store.ts";
import type { PolicyStatement } from "./records.ts";

export interface LayerVersionRecord {
  version: number;
  description: string;
  compatibleRuntimes?: string[];
  compatibleArchitectures?: string[];
  licenseInfo?: string;
  /** base64; names the stored zip and its extracted folder. */
  codeSha256: string;
  codeSizeBytes: number;
  /** As AWS writes it: `2026-01-31T12:00:00.000+0000`. */
  created: string;
  policy?: { revisionId: string; statements: PolicyStatement[] };
}

export interface LayerRecord {
  name: string;
  nextVersion: number;
  versions: Record<string, LayerVersionRecord>;
}

export interface Layers {
  get(name: string): LayerRecord | undefined;
  list(): LayerRecord[];
  /** Changes one layer inside the transaction, a new one included; what `edit` throws undoes it. */
  change<T>(name: string, edit: (record: LayerRecord) => T): Promise<T>;
}

export function openLayers(store: Store): Layers {
  const one = store.db.prepare("SELECT document FROM lambda_layers WHERE name = ?");
  const all = store.db.prepare("SELECT document FROM lambda_layers");
  const parse = (row: unknown): LayerRecord => JSON.parse((row as { document: string }).document);
  const read = (name: string): LayerRecord | undefined => {
    const row = one.get(name);
    return row && parse(row);
  };

  return {
    get: read,
    list: () => all.all().map(parse),
    change: (name, edit) =>
      store.write((db) => {
        const record = read(name) ?? { name, nextVersion: 1, versions: {} };
        const answer = edit(record);
        save(db, record);
        return answer;
      }),
  };
}

function save(db: DatabaseSync, record: LayerRecord): void {
  db.prepare("INSERT OR REPLACE INTO lambda_layers (name, document) VALUES (?, ?)").run(
    record.name,
    JSON.stringify(record),
  );
}
