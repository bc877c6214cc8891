/**
 * Which secrets manager a stack has: what its settings file says, else what its checkpoint says, else a new one. A
 * provider that this engine cannot open passes through unharmed, and is refused where something secret has to be read.
 */
import type { Environment } from "./aws-address.ts";
import type { LoadedCheckpoint } from "./backend.ts";
import { errors } from "./errors.ts";
import { lazyPassphraseManager, passphraseManager, readPassphrase, type SecretsManager } from "./secrets.ts";
import { isKmsAddress, kmsManager, newEncryptedKey } from "./secrets-kms.ts";
import type { StackSettings } from "./settings.ts";

type Stored = LoadedCheckpoint["secretsProvider"];

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The manager that opens a checkpoint's secrets. Undefined when there is none, or no passphrase is set. */
export async function openStoredSecrets(stored: Stored, env: Environment): Promise<SecretsManager | undefined> {
  if (!stored) return undefined;
  const { type, state } = stored;
  if (type === "passphrase") {
    const passphrase = await readPassphrase(env);
    return passphrase === undefined ? undefined : passphraseManager(passphrase, text(state["salt"]));
  }
  const url = text(state["url"]);
  const key = text(state["encryptedkey"]);
  if (type === "cloud" && url && key && isKmsAddress(url)) return kmsManager(url, key, env);
  return sealedManager(type === "cloud" && url ? url : type, stored);
}

/** Of a provider that is not known here: everything stays as it is, and nothing can be opened. */
function sealedManager(name: string, { type, state }: NonNullable<Stored>): SecretsManager {
  const refuse = (): never => {
    throw errors.secretsProvider(name);
  };
  return { type, state, encrypt: refuse, decrypt: refuse, ready: async () => undefined };
}

/** Writes into the settings what the checkpoint says of its secrets. The caller saves. */
export function noteSecrets(settings: StackSettings, stored: Stored): void {
  const { salt, url, encryptedkey } = stored?.state ?? {};
  if (stored?.type === "passphrase" && text(salt)) settings.encryptionSalt = String(salt);
  if (stored?.type === "cloud" && text(url)) settings.setKey(String(url), String(encryptedkey));
}

/**
 * The stack's manager. What is new in the settings is saved, unless they are `unsaved`: then their holder does. `asked`
 * is a provider named on the command line. The key may still be under way (`ready`). Undefined when the stack has no secrets provider yet and no passphrase is set.
 */
export async function stackSecrets(
  settings: StackSettings,
  stored: Stored,
  env: Environment,
  { asked, unsaved = false }: { asked?: string | undefined; unsaved?: boolean } = {},
): Promise<SecretsManager | undefined> {
  const save = (): Promise<void> => (unsaved ? Promise.resolve() : settings.save());
  const named = [asked, settings.secretsProvider].find((name) => name && name !== "default" && name !== "passphrase");
  if (named !== undefined) return cloudSecrets(settings, named, stored, env, save);
  const known = settings.encryptionSalt;
  if (known === undefined && stored && stored.type !== "passphrase") {
    const manager = await openStoredSecrets(stored, env);
    if (stored.type === "cloud") {
      noteSecrets(settings, stored);
      await save();
    }
    return manager;
  }
  const salt = known ?? text(stored?.state["salt"]);
  const passphrase = await readPassphrase(env);
  if (passphrase === undefined) {
    if (salt === undefined) return undefined;
    throw errors.noPassphrase();
  }
  const manager = salt === undefined ? await passphraseManager(passphrase) : lazyPassphraseManager(passphrase, salt);
  if (known === undefined) {
    // The checkpoint's own: whether the passphrase goes with it is found where a secret is met, as of a known one.
    settings.encryptionSalt = String(manager.state["salt"]);
    await save();
  }
  return manager;
}

async function cloudSecrets(
  settings: StackSettings,
  named: string,
  stored: Stored,
  env: Environment,
  save: () => Promise<void>,
): Promise<SecretsManager> {
  // For one execution only, as the official engine has it.
  const url = text(env["PULUMI_CLOUD_SECRET_OVERRIDE"]) ?? named;
  if (!isKmsAddress(url)) {
    if (stored && stored.type !== "passphrase") return sealedManager(url, stored);
    throw errors.secretsProvider(url);
  }
  const own = settings.secretsProvider === url ? settings.encryptedKey : undefined;
  const fromState = stored?.state["url"] === url ? text(stored.state["encryptedkey"]) : undefined;
  const key = own ?? fromState ?? (await newEncryptedKey(url, env));
  const manager = await kmsManager(url, key, env);
  if (own === undefined && url === named) await saveKey(settings, url, key, save);
  return manager;
}

async function saveKey(settings: StackSettings, url: string, key: string, save: () => Promise<void>): Promise<void> {
  if (settings.secretsProvider === url && settings.encryptedKey === key) return;
  settings.setKey(url, key);
  await save();
}
