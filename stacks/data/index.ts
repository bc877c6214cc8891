/** What the command line may do with data: every byte of it lies in a store, and is reached by that store's name. */

export { contentType as mediaTypeOf } from "../components/content-types.ts";
export * from "./changes.ts";
export { faults as dataFaults } from "./faults.ts";
export * from "./file-changes.ts";
export { fileBytes, longestShare, type Share, seeFile, shareFile } from "./files.ts";
export { type FolderPage, folderPage } from "./folders.ts";
export { fileFrom, getItem, keyFrom, keyJson, keyNames, keyOf, keyWords } from "./items.ts";
export { type FileState, groupsOf, type KeptChange, undoneIn } from "./journal.ts";
export * from "./pages.ts";
export { beginningPlan, type Plan, planOf } from "./plan.ts";
export * from "./stores.ts";
export { changeKey, type Undone, type UndoOutcome, undoChanges } from "./undo.ts";
export { type Item, type Json, plainItem, readItem, sameItem, typedItem } from "./values.ts";
