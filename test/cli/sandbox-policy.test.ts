/** Who may run where nothing holds functions back: the rule that stands between a stranger's app and the owner's files. */
import { describe, expect, it } from "vitest";
import { admitSource, needsSandbox } from "../../cli/sandbox-policy.ts";

const none = { kind: "none", why: "bwrap is not installed" };

describe("without a sandbox", () => {
  // What comes with Freehold and what the owner wrote himself is trusted as any program of his is.
  it.each(["bundled", "folder"])("%s blueprints run, and nobody is asked", (source) => {
    expect(needsSandbox(source)).toBe(false);
    expect(admitSource(source, "notes", none, false)).toBeUndefined();
  });

  // Any origin there will be, not a list of those that are bad: a new one must not be let in by being forgotten.
  it.each(["github", "url", ""])("one from %s is refused with the reason and the way on", (source) => {
    expect(needsSandbox(source)).toBe(true);
    expect(() => admitSource(source, "them/app", none, false)).toThrowError(
      expect.objectContaining({
        ...{ code: "no-sandbox", detail: expect.stringContaining("bwrap is not installed") },
        next: "freehold up them/app --unsandboxed",
      }),
    );
  });

  it("runs on the owner's word, who is told what it means", () => {
    expect(admitSource("github", "them/app", none, true)).toBe(
      "them/app runs without a sandbox: it can read this computer and every app.",
    );
  });
});

describe("with one, or in AWS", () => {
  it("every blueprint runs", () => {
    expect(admitSource("github", "them/app", { kind: "bubblewrap" }, false)).toBeUndefined();
    expect(admitSource("github", "them/app", undefined, false)).toBeUndefined();
  });
});
