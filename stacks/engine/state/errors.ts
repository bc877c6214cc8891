/** What is wrong with state, in Pulumi's own words where it has some; the Automation API reads some of them. */
import type { StackRef } from "./resource.ts";

/** An error a person is told as `error: MESSAGE`. */
export class StateError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "StateError";
    this.code = code;
  }
}

export const errors = {
  notFound: (ref: StackRef) => new StateError("not-found", `no stack named '${ref.stack}' found`),
  exists: (ref: StackRef) =>
    new StateError("exists", `stack '${ref.organization}/${ref.project}/${ref.stack}' already exists`),
  notEmpty: (ref: StackRef) =>
    new StateError("not-empty", `'${ref.stack}' still has resources; removal rejected; pass --force to override`),
  badName: (name: string) =>
    new StateError(
      "bad-name",
      `invalid stack name '${name}': names may contain letters, digits, '-', '_' and '.', up to 100`,
    ),
  backend: (url: string) =>
    new StateError("backend", `state is kept under file://FOLDER or s3://BUCKET; '${url}' is neither`),
  parameter: (url: string, name: string) =>
    new StateError("backend", `${url.split("?")[0]}: this engine does not know the parameter '${name}'`),
  parameterValue: (url: string, name: string, value: string) =>
    new StateError("backend", `${url.split("?")[0]}: '${value}' is no value for '${name}'; it is true or false`),
  variable: (name: string, why: string) => new StateError("backend", `${name}: ${why}`),
  noBucket: (bucket: string, url: string) =>
    new StateError(
      "backend",
      `the bucket '${bucket}' of ${url.split("?")[0]} is not there; make it, or name another one`,
    ),
  changed: (file: string) =>
    new StateError("changed", `${file} was changed by somebody else in the meantime; it was left as it is now`),
  badLock: (file: string) =>
    new StateError("unreadable", `${file} is not a lock of this engine; remove it when nobody works on the stack`),
  lostLock: (file: string, by: string) =>
    new StateError(
      "lost-lock",
      `the lock ${file} was taken over, ${by}: this run was away for too long. It has stopped, and changes state no more; run the same command again`,
    ),
  layout: (version: number) =>
    new StateError(
      "layout",
      `state store unsupported: 'meta.yaml' version (${version}) is not supported by this engine; it knows version 1`,
    ),
  legacyLayout: (where: string) =>
    new StateError(
      "layout",
      `${where} has the layout of before projects (no .pulumi/meta.yaml, stacks directly in .pulumi/stacks), which this engine does not know. Nothing was changed. Run \`pulumi state upgrade\` with the official CLI once.`,
    ),
  badMeta: (file: string) => new StateError("layout", `corrupt store: ${file} does not say which version it has`),
  unreadable: (file: string, offset: number | undefined, why: string) =>
    new StateError(
      "unreadable",
      `${file}${offset === undefined ? "" : ` at byte ${offset}`} cannot be read: ${why}. Nothing was changed. The previous one is ${file}.bak; older ones are under .pulumi/backups.`,
    ),
  compression: (file: string, why: string) =>
    new StateError("unreadable", `${file} cannot be unpacked: ${why}. Nothing was changed.`),
  noCopy: (why: string) =>
    new StateError(
      "no-copy",
      `${why} No whole copy of it was found to put in its place; it can be made anew by import.`,
    ),
  lost: (file: string, history: string) =>
    new StateError(
      "lost",
      `${file} is missing, though the stack has a past in ${history}: made anew, everything in it would be made a second time. Nothing was changed. Put the file back (its last copy is ${file}.bak, older ones are under .pulumi/backups), or move ${history} and the stack's journal away to begin with nothing.`,
    ),
  foreignCheckpoint: (file: string, found: string, ref: StackRef) =>
    new StateError(
      "foreign-checkpoint",
      `${file} is the checkpoint of the stack '${found}', not of '${ref.stack}'. Nothing was changed. Put the stack's own file back; its last copy is ${file}.bak.`,
    ),
  checksum: (file: string, bytes: number) =>
    new StateError(
      "unreadable",
      `${file}: its first ${bytes} bytes do not have the checksum it ends with, so it was damaged, or changed by hand. Nothing was changed. The previous one is ${file}.bak, older ones are under .pulumi/backups; to keep a change made by hand, take the checksum field out.`,
    ),
  feature: (file: string, features: string) =>
    new StateError(
      "feature",
      `${file} uses features this engine does not know (${features}); use the engine that wrote it`,
    ),
  version: (file: string, version: unknown) =>
    new StateError("version", `${file} has version ${String(version)}, which is newer than this engine knows`),
  journalDamaged: (file: string, offset: number) =>
    new StateError(
      "journal-damaged",
      `${file} is damaged at byte ${offset}: a whole record follows a broken one. Nothing was changed. Move the file away to go on from the last checkpoint, then run refresh.`,
    ),
  journalGap: (file: string) =>
    new StateError(
      "journal-damaged",
      `${file} is missing, though later parts of the journal are there. Nothing was changed. Put it back, or move the journal away to go on from the last checkpoint, then run refresh.`,
    ),
  journalForeign: (file: string) =>
    new StateError(
      "journal-foreign",
      `${file} was written for another checkpoint than the one that is here. Nothing was changed. Put the checkpoint back, or move the file away and run refresh.`,
    ),
  integrity: (why: string) => new StateError("integrity", `snapshot integrity failure: ${why}`),
  passphrase: () => new StateError("passphrase", "incorrect passphrase"),
  noPassphrase: () =>
    new StateError(
      "passphrase",
      "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    ),
  secretsProvider: (type: string) =>
    new StateError(
      "secrets-provider",
      `this stack's secrets are kept by '${type}'; this engine knows 'passphrase' and 'awskms://'. Change it with \`pulumi stack change-secrets-provider\` of the official CLI`,
    ),
  kms: (key: string, why: string) =>
    new StateError("secrets-provider", `the KMS key '${key}' could not be used for this stack's data key: ${why}`),
  dataKey: () =>
    new StateError(
      "secrets-provider",
      "this stack's data key does not open its secrets: the settings file's `encryptedkey` and the state are of two keys",
    ),
  noSecrets: () => new StateError("no-secrets", "this stack holds secrets, and its secrets provider is not configured"),
  config: (key: string, stack: string) =>
    new StateError("config", `configuration key '${key}' not found for stack '${stack}'`),
  configKey: (key: string) =>
    new StateError(
      "config",
      `invalid configuration key: could not parse ${key} as a configuration key (configuration keys should be of the form \`<namespace>:<name>\`)`,
    ),
  configPath: (why: string) => new StateError("config", `could not set config: ${why}`),
  configMissing: (stack: string, keys: string[]) =>
    new StateError(
      "config",
      `validating stack config: Stack '${stack}' is missing configuration value${keys.length > 1 ? "s" : ""} ${listed(keys)}`,
    ),
  configInClear: (stack: string, key: string) =>
    new StateError(
      "config",
      `validating stack config: Stack '${stack}' with configuration key '${key}' must be encrypted as it's secret`,
    ),
  configType: (stack: string, key: string, type: string) =>
    new StateError(
      "config",
      `validating stack config: Stack '${stack}' with configuration key '${key}' must be of type '${type}'`,
    ),
  projectFile: (file: string, why: string) =>
    new StateError("project", `could not load the project file ${file}: ${why}. Nothing was changed.`),
  settingsFile: (file: string, why: string) =>
    new StateError("settings", `could not load the settings file ${file}: ${why}. Nothing was changed.`),
  project: (folder: string) =>
    new StateError("project", `no Pulumi.yaml project file found (searching upwards from ${folder})`),
  tag: (name: string, stack: string) => new StateError("tag", `stack tag '${name}' not found for stack '${stack}'`),
  foreignUrn: (urn: string) =>
    new StateError(
      "foreign-urn",
      `resource '${urn}' refers to a different stack or project; pass --force to import it all the same`,
    ),
  locked: (holders: { url: string; created: string }[]) =>
    new StateError(
      "locked",
      `the stack is currently locked by ${holders.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.${holders.map(({ url, created }) => `\n  ${url}: ${created}`).join("")}`,
    ),
};

/** `'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`. */
function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
