/** The door to exports and imports: loaded by operations that carry data, and by nothing that only looks at it. */
export { type ExportOptions, exportData } from "./export.ts";
export { folderPlace } from "./format/folder.ts";
export type { ExportedApp, ExportedStore, Manifest } from "./format/manifest.ts";
export { manifestFile } from "./format/names.ts";
export type { ExportPlace } from "./format/place.ts";
export { type Imported, type ImportOptions, importData, targetsOf } from "./import.ts";
export { checkExport, type OpenExport, openExport } from "./import-check.ts";
export { type Place, placesOf, storeName } from "./stores.ts";
