/** What `domain ls` tells a person to write into DNS. */
import { expect, it } from "vitest";
import type { ListedDomain } from "../../cli/domains.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { plain } from "../../cli/views/domain-ls.ts";

const record = { purpose: "certificate", name: "_a.notes.example.com", type: "CNAME", value: "_b.aws" } as const;
const waiting = (dns: ListedDomain["dns"], state: ListedDomain["state"] = "certificate"): ListedDomain => ({
  ...{ host: "notes.example.com", site: "notes", front: "http-api", dns, state },
  records: [record],
});

// In a zone that Freehold writes into, whoever wrote it by hand, too, would be in the way of the command that goes on.
it.each([
  ["by-hand", "certificate", true],
  ["by-hand", "ready", false],
  ["route53", "certificate", false],
  ["cloudflare", "address", false],
] as const)("of a name in %s that is at %s says its record: %s", (dns, state, says) => {
  const text = plain({ cloud: "work", domains: [waiting(dns, state)] }, createPaint(false));
  expect(text.includes("To be written into DNS:\n  _a.notes.example.com  CNAME  _b.aws")).toBe(says);
});
