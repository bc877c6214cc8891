/**
 * The keys that sign sessions. The private half is in the parameter store alone, and this function alone reads it; the
 * public half is a row of the table before anything is signed with it, and stays until the last token signed with it has
 * ended. Of two instances that change the key at once, both sign with keys that are published.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { AwsError, awsJson } from "../shared/aws-call.ts";
import { lives, rowId, type SigningRow } from "../shared/rows.ts";
import { kidOf, publicHalf, publicKeyOf } from "../shared/session.ts";
import { config } from "./config.ts";
import { logAccess } from "./log.ts";
import { addRow, changeRow, getRow } from "./table.ts";

export interface Signer {
  kid: string;
  key: KeyObject;
  created: number;
}

/** Seconds. */
const changedEvery = 30 * 86_400;
/** For so long an instance signs with what it read. */
const readEvery = 60;
/** Clocks, and calls under way. */
const spare = 3600;
/** Whoever asks for new keys all the time gets one a minute. */
const changedAtMost = 60;

let current: { signer: Signer; until: number } | undefined;

/** The key to sign with now; makes the first one, and a new one when its time has come. */
export async function signer(now: number): Promise<Signer> {
  if (current && current.until > now) return current.signer;
  const found = await read(now);
  const due = found && found.created + changedEvery <= now;
  return keep(found && !due ? found : await make(found, now), now);
}

/** What the owner asks for when a key may have been seen: tokens signed with the old one end within a day. */
export async function rotate(now: number): Promise<Signer> {
  const found = await read(now);
  if (found && found.created + changedAtMost > now) return keep(found, now);
  return keep(await make(found, now), now);
}

function keep(signer: Signer, now: number): Signer {
  current = { signer, until: now + readEvery };
  return signer;
}

/** Null: there is none yet. */
async function read(now: number): Promise<Signer | null> {
  const text = await parameter();
  if (text === null) return null;
  const key = createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
  return published(key, now);
}

async function parameter(): Promise<string | null> {
  try {
    const { Parameter } = await awsJson("ssm", "GetParameter", { Name: config.key, WithDecryption: true });
    return (Parameter as { Value: string }).Value;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ParameterNotFound") return null;
    throw error;
  }
}

/** A key that no row tells of, as clouds from before have one, is told of from now on. */
async function published(key: KeyObject, now: number): Promise<Signer> {
  const publicKey = publicHalf(key);
  const kid = kidOf(publicKey);
  const row = await getRow<SigningRow>(rowId.signing(kid), now);
  if (row) return { kid, key, created: row.created };
  const expires = now + changedEvery + lives.session + spare;
  const added = await addRow(rowId.signing(kid), { publicKey, created: now, expires } satisfies SigningRow);
  // One that is there and too old: nobody signed in for so long that a new key is due.
  return { kid, key, created: added ? now : 0 };
}

/** Published, then stored, then signed with. */
async function make(old: Signer | null, now: number): Promise<Signer> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const made = await published(privateKey, now);
  if (!(await store(privateKey, old !== null))) {
    // Another instance made the first one meanwhile.
    const theirs = await read(now);
    if (theirs) return theirs;
    throw new Error("the parameter store has a session key, and does not give it");
  }
  if (old) await retire(old, now);
  logAccess({ who: "signin", what: `sign with the new key ${made.kid}`, allowed: true });
  return made;
}

/** False: there is one already. */
async function store(privateKey: KeyObject, overwrite: boolean): Promise<boolean> {
  const Value = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  const input = {
    Name: config.key,
    Description: "Signs the sessions of this cloud's apps",
    Type: "SecureString",
    Value,
    Overwrite: overwrite,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await awsJson("ssm", "PutParameter", input);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === "ParameterAlreadyExists") return false;
      // Two that change it in the same moment: the later one stays, and both are published.
      if (error.code !== "TooManyUpdates" || attempt === 4) throw error;
      await new Promise((done) => setTimeout(done, 100 * attempt));
    }
  }
}

/** Its last token may be made by an instance that has not looked yet, and is good for a day. */
async function retire(old: Signer, now: number): Promise<void> {
  const expires = now + readEvery + lives.session + spare;
  await changeRow(rowId.signing(old.kid), {
    set: { expires },
    when: "#expires > :expires",
  });
}

const known = new Map<string, { key: KeyObject; until: number }>();

/** The public half that a token names; null when there is none, or not any more. */
export async function publicKey(kid: string, now: number): Promise<KeyObject | null> {
  const seen = known.get(kid);
  if (seen && seen.until > now) return seen.key;
  const row = await getRow<SigningRow>(rowId.signing(kid), now);
  if (!row || kidOf(row.publicKey) !== kid) return null;
  if (known.size > 20) known.clear();
  const key = publicKeyOf(row.publicKey);
  known.set(kid, { key, until: Math.min(now + lives.known, row.expires) });
  return key;
}
