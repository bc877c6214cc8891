/** A host as a person types it, as DNS has it; and why one cannot be the name of a site. Asks nobody. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { domainFaults } from "./domain-errors.ts";

/** What nobody can have a certificate for. */
const reserved = ["localhost", "local", "internal", "test", "invalid", "onion", "arpa"];

/** ACM's limit for the first name of a certificate. */
export const longestHost = 64;

/** `Bücher.Example.com.` is `xn--bcher-kva.example.com`. Throws `domain-invalid`. */
export function hostFrom(typed: string): string {
  const bad = (why: string) => domainFaults.bad(typed, why);
  if (typed.includes("/") || typed.includes(":")) throw bad("is an address; the name alone is needed");
  if (typed.includes("*")) throw bad("has a wildcard in it");
  // With the dot at its end it is the same name, as DNS writes it whole.
  const host = domainToASCII(typed.trim()).replace(/\.$/, "");
  const labels = host.split(".");
  if (isIP(typed) !== 0 || isIP(host) !== 0) throw bad("is an IP address");
  if (!labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label))) throw bad("is no name of a host");
  if (labels.length < 2) throw bad("is one word; a name has a dot in it");
  if (reserved.includes(labels.at(-1)!)) throw bad(`ends in .${labels.at(-1)}, which is no name on the internet`);
  if (host.length > longestHost)
    throw bad(`has ${host.length} characters; ACM certifies names of up to ${longestHost}`);
  return host;
}
