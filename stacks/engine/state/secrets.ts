/**
 * Secrets as Pulumi's state has them: AES-256-GCM, `v1:nonce:ciphertext`. Here with a key from a passphrase (PBKDF2-SHA256
 * over a million rounds, off the event loop, kept per salt); secrets-kms.ts has the other. No key is ever in a message.
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { errors, type StateError } from "./errors.ts";

export interface SecretsManager {
  /** `passphrase`, `cloud`, or one that only its own engine can open. */
  readonly type: string;
  /** What the checkpoint's `secrets_providers.state` holds: `{ salt }` for a passphrase. */
  readonly state: { readonly [field: string]: unknown };
  /** The same plaintext gives the ciphertext it was read with, so that unchanged state stays unchanged. */
  encrypt(plaintext: string): string;
  decrypt(ciphertext: string): string;
}

const rounds = 1_000_000;
const derive = promisify(pbkdf2);
const keys = new Map<string, Promise<Buffer>>();

/** Undefined when neither variable is set; an empty passphrase is one, too. `env` is what the caller was given. */
export async function readPassphrase(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const given = env["PULUMI_CONFIG_PASSPHRASE"];
  if (given !== undefined) return given;
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  return file === undefined || file === "" ? undefined : (await readFile(file, "utf8")).trim();
}

/** With the salt of a stack (checks the passphrase against it), or with a new one. */
export async function passphraseManager(passphrase: string, salt?: string): Promise<SecretsManager> {
  return salt === undefined ? newManager(passphrase) : existingManager(passphrase, salt);
}

async function newManager(passphrase: string): Promise<SecretsManager> {
  const salt = randomBytes(8).toString("base64");
  const key = await keyOf(passphrase, salt);
  return manager(key, `v1:${salt}:${seal(key, "pulumi")}`);
}

async function existingManager(passphrase: string, state: string): Promise<SecretsManager> {
  const [version, salt, ...rest] = state.split(":");
  if (version !== "v1" || !salt || rest.length !== 3) throw errors.passphrase();
  const key = await keyOf(passphrase, salt);
  if (open(key, rest.join(":"), errors.passphrase) !== "pulumi") throw errors.passphrase();
  return manager(key, state);
}

/**
 * Begins to derive the key of a settings file's `encryptionsalt`, so that it is there when the stack is opened. Tells
 * nothing: what is wrong with either is said when the stack is opened.
 */
export function beginKey(passphrase: string, state: string): void {
  const salt = state.split(":")[1];
  if (salt) keyOf(passphrase, salt).catch(() => undefined);
}

function keyOf(passphrase: string, salt: string): Promise<Buffer> {
  const name = `${salt}\0${passphrase}`;
  let key = keys.get(name);
  if (!key) {
    key = derive(passphrase, Buffer.from(salt, "base64"), rounds, 32, "sha256");
    keys.set(name, key);
  }
  return key;
}

const manager = (key: Buffer, salt: string): SecretsManager =>
  managerWithKey("passphrase", { salt }, key, errors.passphrase);

/** `refused` is thrown at what the key does not open. */
export function managerWithKey(
  type: string,
  state: SecretsManager["state"],
  key: Buffer,
  refused: () => StateError,
): SecretsManager {
  const known = new Map<string, string>();
  const remember = (plaintext: string, ciphertext: string): void => {
    // The first one stays, so that what was written once is written so again.
    if (!known.has(plaintext)) known.set(plaintext, ciphertext);
  };
  return {
    type,
    state,
    encrypt(plaintext) {
      const before = known.get(plaintext);
      if (before !== undefined) return before;
      const ciphertext = seal(key, plaintext);
      remember(plaintext, ciphertext);
      return ciphertext;
    },
    decrypt(ciphertext) {
      const plaintext = open(key, ciphertext, refused);
      remember(plaintext, ciphertext);
      return plaintext;
    },
  };
}

function seal(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
}

function open(key: Buffer, ciphertext: string, refused: () => StateError): string {
  const [version, nonce, body] = ciphertext.split(":");
  if (version !== "v1" || !nonce || !body) throw refused();
  const bytes = Buffer.from(body, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return decipher.update(bytes.subarray(0, -16), undefined, "utf8") + decipher.final("utf8");
  } catch {
    throw refused();
  }
}
