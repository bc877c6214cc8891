/** Faults of names of the owner's own, of this room. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";

export const domainFaults = {
  /** `kept`: there is one, which reads no zone of the name. */
  tokenNeeded: (host: string, next: string, kept = false) =>
    new Fault({
      code: "cloudflare-token-needed",
      summary: "Cloudflare has to be told who asks",
      detail: `${host} is in Cloudflare, and ${kept ? "the API token that is known here reads no zone of it" : "no API token is kept in this cloud"}. One with the permissions Zone:Read and DNS:Edit, for ${kept ? "the zones of your names" : "that zone"} only, is made at https://dash.cloudflare.com/profile/api-tokens. It is asked for on a terminal, and read from CLOUDFLARE_API_TOKEN elsewhere; --dns by-hand needs none. Nothing was changed.`,
      next,
      exitCode: exitCodes.answerNeeded,
    }),
  namesUnknown: (hosts: readonly string[]) =>
    new Fault({
      code: "names-unknown",
      summary: "Sign-in has a name that is not known here",
      detail: `${hosts.join(", ")}: what it is made of is recorded on the computer where it was added, or that has changed something since. Repaired without, sign-in would lose it. Nothing was changed.`,
      next: "freehold state repair foundation",
      exitCode: exitCodes.failed,
    }),
  tokenRefused: (host: string, why: string, next: string, cause: unknown) =>
    new Fault({
      code: "cloudflare-token-refused",
      summary: "Cloudflare refuses the API token",
      detail: `${host}: ${why}. Another one, in CLOUDFLARE_API_TOKEN or as a terminal asks for it, takes its place.`,
      next,
      exitCode: exitCodes.credentials,
      cause,
    }),
  dnsRefused: (host: string, why: string, next: string, cause: unknown) =>
    new Fault({
      code: "dns-refused",
      summary: "The DNS of this name could not be asked",
      detail: `${host}: ${why}`,
      next,
      exitCode: exitCodes.credentials,
      cause,
    }),
};
