/** The door to exports and imports: loaded by operations that carry data, and by nothing that only looks at it. */
export { type Arrived, arrivedOf } from "./arrived.ts";
export { type ExportOptions, exportData } from "./export.ts";
export { exportCsv } from "./export-csv.ts";
export { packExport } from "./export-pack.ts";
export { type BucketAddress, bucketAddress, bucketPlace } from "./format/bucket.ts";
export { folderPlace } from "./format/folder.ts";
export type { ExportedApp, ExportedStore, Manifest } from "./format/manifest.ts";
export { isExportPath, manifestFile, progressFile } from "./format/names.ts";
export type { ExportPlace } from "./format/place.ts";
export { hasData, type Imported, type ImportOptions, importData, targetsOf } from "./import.ts";
export { checkExport, type OpenExport, openExport, readManifest } from "./import-check.ts";
export { type DetaExport, type DetaPair, importDeta, openDeta } from "./import-deta.ts";
export { columnWords, importRows, type RowsSource } from "./import-rows.ts";
export { findStore, isTable, type Place, placesOf, storeName, type TableStore } from "./stores.ts";
