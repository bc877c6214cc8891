/** Nothing from outside may move the cursor, set a title, write the clipboard, or hide what it says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeText } from "../../cli/safe-text.ts";

const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

describe("safeText", () => {
  it.each([
    ["\u001b[2Jgone", "gone"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]52;c;aGk=\u001b\\text", "text"],
    ["\u009b31mred", "red"],
    ["\u001bPq#0\u001b\\text", "text"],
    ["user\u202egpj.exe", "usergpj.exe"],
    ["a\u200bb\u2066c", "abc"],
    ["one\r\ntwo", "one two"],
    [`z${"\u0301".repeat(10_000)}`, `z${"\u0301".repeat(3)}`],
    ["Grüße, 日本語 🙂", "Grüße, 日本語 🙂"],
  ])("makes %j inert", (text, plain) => {
    expect(safeText(text)).toBe(plain);
  });

  // The table above is what we thought of; this is the rest.
  it("lets no control through, whatever comes, and is done after one pass", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u001b", "\u001b[", "\u009d", "\u001b]8;;", "\u0007", "\u001b\\", "\u202e", "\n", "m", "2J"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const lines of [false, true]) {
          const safe = safeText(pieces.join(""), { lines });
          expect(safe).not.toMatch(dangerous);
          if (!lines) expect(safe).not.toContain("\n");
          expect(safeText(safe, { lines })).toBe(safe);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
