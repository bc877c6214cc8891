/**
 * The sign-in function: turns a one-use link into a session for the app it was made for. The only holder of the private
 * key. Called by gates through IAM; it has no address. Deleting the link's row is the proof: only one of many can.
 */
import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import { awsJson } from "../shared/aws-call.ts";
import { type Counting, count, isConditionFailed } from "../shared/counter.ts";
import { issue, sessionSeconds } from "../shared/session.ts";
import type { SigninRequest, SigninResponse } from "../shared/signin.ts";

interface Config {
  cloud: string;
  /** Table of links: { id: sha256 of the token in hex, app, expires: seconds }; beside them, rows of counted attempts. */
  links: string;
  /** Parameter with the private key: PKCS8, DER, base64. */
  key: string;
}

const config = JSON.parse(process.env["FREEHOLD_SIGNIN"] ?? "{}") as Config;

/** From one address: more than a household opens, less than a search. */
const attemptsAMinute = 300;

let privateKey: Promise<KeyObject> | undefined;

async function loadKey(): Promise<KeyObject> {
  const { Parameter } = await awsJson("ssm", "GetParameter", { Name: config.key, WithDecryption: true });
  const { Value } = Parameter as { Value: string };
  return createPrivateKey({ key: Buffer.from(Value, "base64"), format: "der", type: "pkcs8" });
}

export async function handler(event: SigninRequest): Promise<SigninResponse> {
  if (typeof event?.link !== "string" || !/^[\w-]{20,200}$/.test(event.link) || typeof event.app !== "string")
    return { session: null };
  const now = Math.floor(Date.now() / 1000);
  const wait = await count(attemptsOf(String(event.from)), now);
  if (wait !== null) return { session: null, wait };
  if (!(await redeem(event, now))) return { session: null };
  privateKey ??= loadKey();
  const key = await privateKey.catch((error) => {
    privateKey = undefined;
    throw error;
  });
  const session = {
    aud: `${config.cloud}/${event.app}`,
    sub: "owner",
    role: "owner",
    iat: now,
    exp: now + sessionSeconds,
  };
  return { session: issue(session, key) };
}

/** By address, which needs not be readable in the table. Links are too long to be guessed: this is against load. */
const attemptsOf = (from: string): Counting => ({
  table: config.links,
  id: `tried/${createHash("sha256").update(from).digest("hex")}`,
  most: attemptsAMinute,
  seconds: 60,
});

async function redeem({ link, app }: SigninRequest, now: number): Promise<boolean> {
  try {
    await awsJson("dynamodb", "DeleteItem", {
      TableName: config.links,
      Key: { id: { S: createHash("sha256").update(link).digest("hex") } },
      ConditionExpression: "#app = :app AND #expires > :now",
      ExpressionAttributeNames: { "#app": "app", "#expires": "expires" },
      ExpressionAttributeValues: { ":app": { S: app }, ":now": { N: String(now) } },
    });
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}
