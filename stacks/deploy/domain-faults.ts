/** Faults of names of the owner's own, of this room. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";

export const domainFaults = {
  tokenNeeded: (host: string) =>
    new Fault({
      code: "cloudflare-token-needed",
      summary: "Cloudflare has to be told who asks",
      detail: `${host} is in Cloudflare, and no API token is kept in this cloud. One with the permissions Zone:Read and DNS:Edit, for that zone only, is made at https://dash.cloudflare.com/profile/api-tokens and read from CLOUDFLARE_API_TOKEN. Nothing was changed.`,
      next: "freehold domain ls",
      exitCode: exitCodes.answerNeeded,
    }),
  dnsRefused: (host: string, why: string, cause: unknown) =>
    new Fault({
      code: "dns-refused",
      summary: "The DNS of this name could not be asked",
      detail: `${host}: ${why}`,
      exitCode: exitCodes.credentials,
      cause,
    }),
};
