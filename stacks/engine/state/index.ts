/** The door to state: backends, updates with their journal, secrets, settings. */
export type {
  Backend,
  BackendOptions,
  Finding,
  HistoryEntry,
  LoadedCheckpoint,
  RepairResult,
  RepairStep,
  StackSummary,
  Tags,
  Update,
  UpdateInfo,
  UpdateKind,
  Verification,
} from "./backend.ts";
export type { UntypedDeployment } from "./checkpoint.ts";
export { type ConfigValue, holdsSecret, toConfigValue } from "./config-value.ts";
export { StateError } from "./errors.ts";
export { verifyIntegrity } from "./integrity.ts";
export type { Journal, JournalEntry } from "./journal.ts";
export { BackendMemory } from "./memory.ts";
export { openBackend } from "./open.ts";
export { type ProjectSettings, readProject } from "./project.ts";
export { formatRef, parseRef } from "./refs.ts";
export type { StackRef } from "./resource.ts";
export { passphraseManager, readPassphrase, type SecretsManager } from "./secrets.ts";
export { noteSecrets, openStoredSecrets, stackSecrets } from "./secrets-provider.ts";
export { StackSettings } from "./settings.ts";
export { currentLogin, selectedStack, selectStack, setLogin } from "./workspace.ts";
