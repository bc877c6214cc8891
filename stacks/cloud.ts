/**
 * What a deployment needs to know of a cloud. Made by the command line from its configuration; nothing here reads
 * files or the environment, and no secret is in it that is not also in the environment it came from.
 */
import { lives } from "./functions/shared/rows.ts";

/** Seconds that a one-use link is good for: whoever tells a person so says this. */
export const linkSeconds: number = lives.link;

/** The stack of what all apps of a cloud share; also what its lock is called. */
export const foundationStack = "foundation";

/** Of the foundation's program: a tag of its resources, and a home with another one brings its foundation up first. */
export const foundationVersion = "3";

/** The packages whose types programs here are made of. */
export type ProviderPackage = "aws" | "cloudflare";

/** The folder with a provider's executable: ours, or Pulumi's own plugin. */
export interface ProviderFolder {
  dir: string;
  ours: boolean;
}

/** Pulumi's own engine, where it was chosen in place of the embedded one. Paths are absolute. */
export interface OfficialEngine {
  pulumi: string;
  /** By package. */
  providers: Record<ProviderPackage, ProviderFolder>;
  /** PATH of what it starts. */
  path: string;
  /** Variables of this process that are none of its business: it takes all others over. */
  hidden: readonly string[];
}

export interface Cloud {
  /** `home` */
  name: string;
  target: "local" | "aws";
  region: string;
  /** Twelve digits; recorded at setup, compared before every operation. */
  accountId: string;
  /** IANA name: `Europe/Berlin`. */
  timeZone: string;
  /** The AWS endpoint when it is not AWS's own: the local cloud, moto, LocalStack. */
  endpoint?: string;
  /** Local clouds: the port of `http://APP--CLOUD.localhost:PORT`. */
  port?: number;
  /** Holds the stacks' settings files, and without `stateBucket` Pulumi state (`.pulumi/` below it). Absolute. */
  dir: string;
  /** AWS clouds: the bucket of that account that Pulumi state is kept in. The passphrase is in its parameter store. */
  stateBucket?: string;
  /** Without `stateBucket`: read by the engine's secrets manager; a 0600 file in `dir`. */
  passphraseFile?: string;
  /** Absent: the embedded engine. */
  engine?: OfficialEngine;
  /** Passed to the engine's and provider's environment only: AWS_ACCESS_KEY_ID and friends, or AWS_PROFILE. */
  environment: Readonly<Record<string, string>>;
}
