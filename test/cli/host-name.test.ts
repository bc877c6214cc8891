/** Names of sites as people type them. */
import { describe, expect, it } from "vitest";
import { hostFrom } from "../../cli/host-name.ts";

describe("a name of a site", () => {
  // DNS knows small letters and punycode alone, and two spellings must not be two names: with its last dot it is no other.
  it("is spelled as DNS has it", () => {
    expect(["Notes.Example.COM", "bücher.example", "BÜCHER。example.", "a-b.example.co.uk."].map(hostFrom)).toEqual([
      "notes.example.com",
      "xn--bcher-kva.example",
      "xn--bcher-kva.example",
      "a-b.example.co.uk",
    ]);
  });

  // Refused before anybody is asked: each with what is wrong with it.
  it.each([
    ["*.example.com", "wildcard"],
    ["https://example.com", "address"],
    ["example.com:443", "address"],
    ["example.com/notes", "address"],
    ["example.com..", "no name"],
    [".", "no name"],
    ["192.0.2.1", "IP address"],
    ["[2001:db8::1]", "address"],
    ["0x7f.1", "IP address"],
    ["notes", "one word"],
    ["notes.localhost", ".localhost"],
    ["notes--home.localhost", ".localhost"],
    ["printer.local", ".local"],
    ["-a.example.com", "no name"],
    ["a..example.com", "no name"],
    ["a_b.example.com", "no name"],
    ["a b.example.com", "no name"],
    ["", "no name"],
    [`${"a".repeat(60)}.example.com`, "72 characters"],
  ])("is not %s", (typed, why) => {
    expect(() => hostFrom(typed)).toThrow(
      expect.objectContaining({ code: "domain-invalid", exitCode: 2, detail: expect.stringContaining(why) }),
    );
  });
});
