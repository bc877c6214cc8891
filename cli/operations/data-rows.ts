/** One table and one file of rows: CSV and JSON Lines in, CSV out. */
import { createReadStream, existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { TableStore } from "../../stacks/deploy.ts";
import { faults } from "../data-faults.ts";
import { ownersOf } from "../stores.ts";
import { inTurns } from "./data-places.ts";
import type { End, Work } from "./work.ts";

export type RowsForm = "csv" | "lines" | "base";
/** A `.json` is an array of items, as one base of Deta Space is. */
const forms: Record<string, RowsForm> = { ".csv": "csv", ".jsonl": "lines", ".ndjson": "lines", ".json": "base" };

/** Of a file's name; undefined where it is none of rows. */
export const rowsForm = (typed: string): RowsForm | undefined =>
  forms[/\.[a-z]+$/i.exec(typed)?.[0].toLowerCase() ?? ""];

/** `APP/NAME`, of a table. Throws `store-unknown`, `rows-table`. */
async function tableOf({ paths, deploy }: Work, cloud: Cloud, said: string | undefined): Promise<TableStore> {
  const { findStore, isTable } = await deploy.carrying();
  if (said === undefined || !said.includes("/")) throw faults.rowsTable();
  const store = await findStore(cloud, ownersOf(paths, cloud.name), said);
  if (!isTable(store)) throw faults.rowsTable();
  return store;
}

export async function importFile(work: Work, cloud: Cloud, form: RowsForm): Promise<End> {
  const { request, deploy, signal } = work;
  const file = resolve(request.cwd, request.from ?? "");
  if (!existsSync(file)) throw faults.noSource(file);
  if (request.mode === "replace") throw faults.rowsReplace();
  const { importRows, columnWords } = await deploy.carrying();
  const store = await tableOf(work, cloud, request.into);
  const found = await inTurns(work, [store.app], "import", (emit) =>
    importRows(
      cloud,
      store,
      { at: file, form, read: () => createReadStream(file) },
      {
        emit,
        signal,
        merge: request.mode === "merge",
        dryRun: request.dryRun === true,
        typed: request.command,
      },
    ),
  );
  work.emit({ type: "note", level: "info", message: columnWords(found) });
  const { count, sizeBytes, had } = found;
  const stores = [{ store: `${store.app}/${store.name}`, kind: "table" as const, count, sizeBytes, had }];
  const data = { at: request.from ?? "", stores, ...(request.dryRun ? { dryRun: true as const } : {}) };
  return { exitCode: 0, cloud: cloud.name, apps: [], data };
}

export async function exportFile(work: Work, cloud: Cloud, said: string | undefined, at: string): Promise<End> {
  const { request, deploy, signal } = work;
  if (existsSync(at)) throw faults.exportTaken(at, `freehold data export ${said} --to ANOTHER.csv`);
  const { exportCsv, folderPlace } = await deploy.carrying();
  const store = await tableOf(work, cloud, said);
  const { count, sizeBytes } = await inTurns(work, [store.app], "read", (emit) =>
    exportCsv(cloud, store, folderPlace(dirname(at)), basename(at), { emit, signal }),
  );
  const stores = [{ store: `${store.app}/${store.name}`, kind: "table" as const, count, sizeBytes }];
  return { exitCode: 0, cloud: cloud.name, apps: [], data: { at: request.to ?? at, stores } };
}
