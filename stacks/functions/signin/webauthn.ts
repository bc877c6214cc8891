/**
 * WebAuthn ceremonies, by the library that does nothing else; loaded by what needs it and nothing else. The host is
 * exactly this site's, the person must be verified by their device, and each challenge is a row that is taken once.
 */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { type ChallengeRow, lives, newToken, type PasskeyRow, rowId } from "../shared/rows.ts";
import { config } from "./config.ts";
import type { Request } from "./request.ts";
import { addRow, type Row, rowsOf, takeRow } from "./table.ts";

const library = () => import("@simplewebauthn/server");
const milliseconds = lives.challenge * 1000;

/** 256 bits, stored by their digest. */
async function newChallenge(row: Omit<ChallengeRow, "expires">, now: number): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = newToken();
  await addRow(rowId.challenge(challenge), { ...row, expires: now + lives.challenge } satisfies ChallengeRow);
  return new Uint8Array(Buffer.from(challenge, "base64url"));
}

export interface Enrolment {
  purpose: "enrol" | "invite";
  sub: string;
  /** What the device shows beside the passkey. */
  userName: string;
}

export const passkeysOf = async (sub: string, host: string): Promise<Row<PasskeyRow>[]> =>
  (await rowsOf<PasskeyRow>("passkey/", sub)).filter((row) => row.host === host);

const credentialOf = ({ id }: { id: string }): string => id.slice("passkey/".length);

export async function creationOptions(
  { purpose, sub, userName }: Enrolment,
  { host }: Request,
  now: number,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await library();
  const there = await passkeysOf(sub, host);
  return generateRegistrationOptions({
    rpName: `Freehold: ${config.cloud}`,
    rpID: host,
    userName,
    userDisplayName: userName,
    userID: new Uint8Array(Buffer.from(sub)),
    challenge: await newChallenge({ purpose, sub }, now),
    timeout: milliseconds,
    attestationType: "none",
    // One a device: the same again would take the place of the one that is there.
    excludeCredentials: there.map((row) => ({ id: credentialOf(row), transports: row.transports })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
}

export async function requestOptions({ host }: Request, now: number): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({
    rpID: host,
    challenge: await newChallenge({ purpose: "signin" }, now),
    timeout: milliseconds,
    userVerification: "required",
  });
}

/** What the device says it was asked; nothing of it is true before the library has looked. */
function challengeIn(response: unknown): string | null {
  const { clientDataJSON } = ((response as { response?: object })?.response ?? {}) as { clientDataJSON?: unknown };
  if (typeof clientDataJSON !== "string") return null;
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString("utf8")) ?? {};
    return typeof challenge === "string" ? challenge : null;
  } catch {
    return null;
  }
}

/** Takes the challenge, which is of this purpose, and of this person where it was for one, and was not used before. */
async function takeChallenge(
  response: unknown,
  expected: Pick<ChallengeRow, "purpose" | "sub">,
  now: number,
): Promise<string | null> {
  const challenge = challengeIn(response);
  if (challenge === null) return null;
  const { purpose, sub } = expected;
  return (await takeRow(rowId.challenge(challenge), { purpose, ...(sub ? { sub } : {}) }, now)) ? challenge : null;
}

export interface Enrolled {
  credential: string;
  passkey: Pick<PasskeyRow, "publicKey" | "counter" | "transports">;
}

/** Null: not made here, not for this, not now, or not by somebody the device knows; the library throws at each. */
export async function enrolled(
  response: unknown,
  { purpose, sub }: Pick<Enrolment, "purpose" | "sub">,
  { origin, host }: Request,
  now: number,
): Promise<Enrolled | null> {
  const expectedChallenge = await takeChallenge(response, { purpose, sub }, now);
  if (!expectedChallenge) return null;
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response: response as RegistrationResponseJSON,
    expectedChallenge,
    expectedOrigin: origin,
    expectedRPID: host,
    requireUserVerification: true,
  }).catch(() => null);
  if (!verified?.verified) return null;
  const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
  const text = Buffer.from(publicKey).toString("base64url");
  return { credential: id, passkey: { publicKey: text, counter, transports: transports.filter(isTransport) } };
}

const isTransport = (text: unknown): text is string => typeof text === "string" && /^[a-z-]{1,20}$/.test(text);

/** The counter after a good answer; null for any other. */
export async function verified(
  response: unknown,
  row: Row<PasskeyRow>,
  { origin, host }: Request,
  now: number,
): Promise<{ counter: number } | null> {
  const expectedChallenge = await takeChallenge(response, { purpose: "signin" }, now);
  if (!expectedChallenge) return null;
  const { verifyAuthenticationResponse } = await library();
  const { publicKey, counter, transports } = row;
  const answer = await verifyAuthenticationResponse({
    response: response as AuthenticationResponseJSON,
    expectedChallenge,
    expectedOrigin: origin,
    expectedRPID: host,
    credential: {
      id: credentialOf(row),
      publicKey: new Uint8Array(Buffer.from(publicKey, "base64url")),
      counter,
      transports,
    },
    requireUserVerification: true,
  }).catch(() => null);
  return answer?.verified ? { counter: answer.authenticationInfo.newCounter } : null;
}
