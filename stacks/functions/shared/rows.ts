/**
 * The rows of a cloud's table `access`: who may come in, and how. One table, told apart by the beginning of the id, which
 * is what the rights of gates are cut by. Everything that is a secret is here as its SHA-256 only.
 */
import { createHash, randomBytes } from "node:crypto";

/** 256 bits, base64url. */
export const newToken = (): string => randomBytes(32).toString("base64url");
export const isToken = (text: string | undefined): text is string => /^[\w-]{43}$/.test(text ?? "");
export const digestOfToken = (token: string): string => createHash("sha256").update(token).digest("hex");
/** Of sessions, guests and keys: told to people, and worth nothing by itself. */
export const newId = (): string => randomBytes(8).toString("hex");

export const rowId = {
  /** A one-use link of the command line. */
  link: (token: string): string => `link/${digestOfToken(token)}`,
  invite: (token: string): string => `invite/${digestOfToken(token)}`,
  /** What a browser carries from sign-in to a gate. */
  code: (token: string): string => `code/${digestOfToken(token)}`,
  /** Of a WebAuthn ceremony. */
  challenge: (challenge: string): string => `challenge/${digestOfToken(challenge)}`,
  session: (sid: string): string => `session/${sid}`,
  /** The credential's id, base64url. */
  passkey: (credential: string): string => `passkey/${credential}`,
  guest: (id: string): string => `guest/${id}`,
  key: (app: string, id: string): string => `app/${app}/key/${id}`,
  signing: (kid: string): string => `signing/${kid}`,
} as const;

/** Seconds. */
export const lives = {
  link: 300,
  invite: 7 * 86_400,
  code: 60,
  challenge: 300,
  /** Without use. */
  session: 86_400,
  /** A gate asks for a fresh token when its own is older. */
  renew: 3600,
  /** A gate takes what it knows of a row for so long. */
  known: 30,
} as const;

/** Seconds since 1970, wherever a time is meant. `expires` is the table's TTL, and checked by whoever reads the row. */
export interface LinkRow {
  /** `enrol` leads to a page that adds a passkey. */
  purpose: "open" | "enrol";
  /** Where it leads afterwards. */
  app?: string;
  /** Opened, and the session that it made: it makes no other. */
  used?: string;
  expires: number;
}

export interface InviteRow {
  guest: string;
  app: string;
  expires: number;
}

export interface CodeRow {
  app: string;
  sid: string;
  /** SHA-256 of the text in the gate's cookie, base64url. */
  challenge: string;
  expires: number;
}

export interface ChallengeRow {
  purpose: "enrol" | "signin" | "invite";
  /** Whose passkey is to be made. */
  sub?: string;
  expires: number;
}

export interface SessionRow {
  /** `owner`, or `guest/ID`. */
  sub: string;
  role: string;
  /** Of a guest: the one app. */
  app?: string;
  /** What let them in: a passkey's name, or `link`. */
  by: string;
  created: number;
  /** When a token was last made for it. */
  seen: number;
  /** Address and browser at sign-in. */
  from: string;
  agent: string;
  expires: number;
}

export interface PasskeyRow {
  sub: string;
  name: string;
  /** COSE, base64url. */
  publicKey: string;
  counter: number;
  transports: string[];
  /** The host it is for: of another one it is good for nothing. */
  host: string;
  created: number;
  used?: number;
}

export interface GuestRow {
  app: string;
  role: string;
  name: string;
  created: number;
  /** Has a passkey. */
  accepted?: number;
  expires: number;
}

/** `fh_ID_SECRET`, sent as `Authorization: Bearer …`. */
export interface KeyRow {
  /** SHA-256 of the secret, hex. */
  digest: string;
  name: string;
  /** As in a manifest: exact, or `/x/*`. */
  routes: string[];
  verbs: string[];
  created: number;
  expires: number;
  used?: number;
}

export interface SigningRow {
  /** SPKI, DER, base64. */
  publicKey: string;
  created: number;
  expires: number;
}
