/** What the sign-in function is told by its environment, read once. */

export interface Config {
  cloud: string;
  /** Table of who may come in (../shared/rows.ts). */
  access: string;
  /** Parameter with the private key that signs sessions. */
  key: string;
  /** On a local cloud: the one name this site has. */
  localHost?: string;
  /** Names of the owner's that lead here, too; the first is the one that people are sent to. */
  hosts?: string[];
}

export const config = JSON.parse(process.env["FREEHOLD_SIGNIN"] ?? "{}") as Config;

export const audienceOf = (site: string): string => `${config.cloud}/${site}`;
/** Of the sessions that this site itself keeps. */
export const ownAudience = audienceOf("signin");

/** Seconds since 1970. */
export const secondsNow = (): number => Math.floor(Date.now() / 1000);
