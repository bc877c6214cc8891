/** The door to backups: loaded by what takes, lists and restores them. */
export { backupPlace, bucketOf, dropBackup, listBackups, noteRule, rulesOf } from "./bucket.ts";
export { backupOfMoment } from "./moment.ts";
export { type OneRestored, restoreFile, restoreItem } from "./one.ts";
export {
  type Backup,
  type BackupRecord,
  goneBy,
  isWhole,
  type KeepRule,
  type KeptRule,
  readRule,
  ruleWords,
} from "./record.ts";
export { type Since, writtenSince } from "./since.ts";
export { type BackupOptions, takeBackup } from "./take.ts";
