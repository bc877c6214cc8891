/** What the gate is told by its environment, read once. */
import { createPublicKey, type KeyObject } from "node:crypto";

export interface GateRoute {
  path: string;
  to: string;
  public: boolean;
  limit?: { count: number; seconds: number };
}

export interface Config {
  cloud: string;
  app: string;
  routes: GateRoute[];
  /** Physical names by noun. */
  functions: Record<string, string>;
  /** Bucket of the site. */
  site?: string;
  /** Sign-in function. */
  signin: string;
  /** SPKI, DER, base64. */
  publicKey: string;
  /** Table of one-use links, and of sessions that were signed out. */
  links: string;
  /** Table of the counters of public routes. */
  limits?: string;
}

export const config = JSON.parse(process.env["FREEHOLD_GATE"] ?? "{}") as Config;
export const audience = `${config.cloud}/${config.app}`;

let key: KeyObject | undefined;
export function publicKey(): KeyObject {
  key ??= createPublicKey({ key: Buffer.from(config.publicKey, "base64"), format: "der", type: "spki" });
  return key;
}
