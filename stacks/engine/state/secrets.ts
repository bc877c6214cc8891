/**
 * Secrets as Pulumi's state has them: AES-256-GCM, `v1:nonce:ciphertext`. Here with a key from a passphrase (PBKDF2-SHA256
 * over a million rounds, off the event loop, kept per salt); secrets-kms.ts has the other. No key is ever in a message.
 */
import { createCipheriv, createDecipheriv, pbkdf2, pbkdf2Sync, randomBytes } from "node:crypto";
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
  /**
   * Resolves when the key is there and is the right one; rejects when it is not. Before, what is asked of the manager
   * waits for the key on the spot: nothing is ever encrypted or decrypted with one that was not checked.
   */
  ready(): Promise<void>;
}

const rounds = 1_000_000;
const derive = promisify(pbkdf2);
const keys = new Map<string, DerivedKey>();

/** Undefined when neither variable is set; an empty passphrase is one, too. `env` is what the caller was given. */
export async function readPassphrase(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const given = env["PULUMI_CONFIG_PASSPHRASE"];
  if (given !== undefined) return given;
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  return file === undefined || file === "" ? undefined : (await readFile(file, "utf8")).trim();
}

/** With the salt of a stack (checks the passphrase against it), or with a new one. */
export async function passphraseManager(passphrase: string, salt?: string): Promise<SecretsManager> {
  const manager = salt === undefined ? await newManager(passphrase) : lazyPassphraseManager(passphrase, salt);
  await manager.ready();
  return manager;
}

async function newManager(passphrase: string): Promise<SecretsManager> {
  const salt = begunSalts.get(passphrase) ?? newSalt();
  begunSalts.delete(passphrase);
  const key = await keyOf(passphrase, salt).promise();
  return lazyPassphraseManager(passphrase, `v1:${salt}:${seal(key, "pulumi")}`);
}

const newSalt = (): string => randomBytes(8).toString("base64");
/** Of stacks that are going to be made, by passphrase. */
const begunSalts = new Map<string, string>();

/** Begins to derive the key of the next stack that is made with this passphrase. */
export function beginNewKey(passphrase: string): void {
  if (begunSalts.has(passphrase)) return;
  const salt = newSalt();
  begunSalts.set(passphrase, salt);
  void keyOf(passphrase, salt).promise();
}

/**
 * Of a stack's salt. The key takes a third of a second on another thread, begun by `ready`: who meets no secret need not
 * have it.
 */
export function lazyPassphraseManager(passphrase: string, state: string): SecretsManager {
  const [version, salt, ...rest] = state.split(":");
  if (version !== "v1" || !salt || rest.length !== 3) throw errors.passphrase();
  const derived = keyOf(passphrase, salt);
  const check = (key: Buffer): Buffer => {
    if (open(key, rest.join(":"), errors.passphrase) !== "pulumi") throw errors.passphrase();
    return key;
  };
  let checked: Buffer | undefined;
  return cachingManager("passphrase", { salt: state }, errors.passphrase, {
    get: () => (checked ??= check(derived.now())),
    async ready() {
      checked ??= check(await derived.promise());
    },
  });
}

/**
 * Begins to derive the key of a settings file's `encryptionsalt`, so that it is there when the stack is opened. Tells
 * nothing: what is wrong with either is said when the stack is opened.
 */
export function beginKey(passphrase: string, state: string): void {
  const salt = state.split(":")[1];
  if (salt) void keyOf(passphrase, salt).promise();
}

interface DerivedKey {
  /** Begins at the first call. Who waits for it is told when it fails; nobody may. */
  promise(): Promise<Buffer>;
  /** At once, whatever it costs. */
  now(): Buffer;
}

function keyOf(passphrase: string, salt: string): DerivedKey {
  const name = `${salt}\0${passphrase}`;
  const known = keys.get(name);
  if (known) return known;
  const bytes = Buffer.from(salt, "base64");
  let key: Buffer | undefined;
  let begun: Promise<Buffer> | undefined;
  const begin = (): Promise<Buffer> => {
    const promise = derive(passphrase, bytes, rounds, 32, "sha256").then((found) => (key ??= found));
    promise.catch(() => undefined);
    return promise;
  };
  const derived: DerivedKey = {
    promise: () => (begun ??= begin()),
    now: () => (key ??= pbkdf2Sync(passphrase, bytes, rounds, 32, "sha256")),
  };
  keys.set(name, derived);
  return derived;
}

/** With a key that is there already. `refused` is thrown at what it does not open. */
export function managerWithKey(
  type: string,
  state: SecretsManager["state"],
  key: Buffer,
  refused: () => StateError,
): SecretsManager {
  return cachingManager(type, state, refused, { get: () => key, ready: async () => undefined });
}

function cachingManager(
  type: string,
  state: SecretsManager["state"],
  refused: () => StateError,
  key: { get(): Buffer; ready(): Promise<void> },
): SecretsManager {
  const known = new Map<string, string>();
  const remember = (plaintext: string, ciphertext: string): void => {
    // The first one stays, so that what was written once is written so again.
    if (!known.has(plaintext)) known.set(plaintext, ciphertext);
  };
  return {
    type,
    state,
    ready: () => key.ready(),
    encrypt(plaintext) {
      const before = known.get(plaintext);
      if (before !== undefined) return before;
      const ciphertext = seal(key.get(), plaintext);
      remember(plaintext, ciphertext);
      return ciphertext;
    },
    decrypt(ciphertext) {
      const plaintext = open(key.get(), ciphertext, refused);
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
