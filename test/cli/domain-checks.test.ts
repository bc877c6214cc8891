/** What `doctor` has against a name's certificate. */
import { describe, expect, it } from "vitest";
import { type ListedDomain, wrongWith } from "../../cli/domains.ts";

const now = Date.parse("2026-11-27T12:00:00Z");
const inDays = (days: number): string => new Date(now + days * 86_400_000).toISOString();

function named(certificate: ListedDomain["certificate"], state: ListedDomain["state"] = "ready"): ListedDomain {
  return {
    ...{ host: "notes.example.com", site: "notes", front: "http-api", dns: "by-hand", state },
    ...(certificate ? { certificate } : {}),
    records: [{ purpose: "certificate", name: "_a.notes.example.com", type: "CNAME", value: "_b.acm-validations.aws" }],
  };
}

describe("a certificate that", () => {
  // AWS begins 60 days before the end: until a month before it there is nothing to do.
  it("is renewed in time is nothing to say", () => {
    expect(wrongWith(named({ status: "ISSUED", until: inDays(45), renewal: "PENDING_AUTO_RENEWAL" }), now)).toEqual([]);
    expect(wrongWith(named({ status: "ISSUED", until: inDays(31) }), now)).toEqual([]);
  });

  // Its owner took the record away: only the record helps, so it is said.
  it.each(["PENDING_VALIDATION", "FAILED"])("cannot be renewed (%s) names the record that is missing", (renewal) => {
    const [wrong] = wrongWith(named({ status: "ISSUED", until: inDays(50), renewal }), now);
    expect(wrong).toMatchObject({ bad: true, next: "freehold domain add notes notes.example.com" });
    expect(wrong?.says).toContain("_a.notes.example.com CNAME _b.acm-validations.aws");
  });

  it("ends soon is a warning, and a failure in the last week", () => {
    const [soon] = wrongWith(named({ status: "ISSUED", until: inDays(29.5) }), now);
    const [late] = wrongWith(named({ status: "ISSUED", until: inDays(6.5) }), now);
    const [over] = wrongWith(named({ status: "ISSUED", until: inDays(-1) }), now);
    expect([soon?.bad, late?.bad, over?.bad]).toEqual([false, true, true]);
    expect([soon?.says, over?.says]).toEqual([
      expect.stringContaining("ends in 29 days"),
      expect.stringContaining("has ended"),
    ]);
  });

  it("is not there, is not good, or is waited for says how to go on", () => {
    expect(wrongWith(named(undefined), now)).toMatchObject([{ bad: true, next: "freehold up notes" }]);
    const why = "CAA_ERROR: a CAA record of the domain allows other certificate authorities only";
    expect(wrongWith(named({ status: "FAILED", refused: why }), now)).toMatchObject([
      { bad: true, says: expect.stringContaining(why), next: "freehold domain add notes notes.example.com" },
    ]);
    expect(wrongWith(named(undefined, "address"), now)).toMatchObject([{ bad: false }]);
  });
});
