/** Settings are complete and of their kind before anything is changed; no message repeats a value. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { parseManifest } from "../../blueprints/load.ts";
import { resolveSettings } from "../../stacks/deploy/settings.ts";

const manifest = parseManifest(
  `freehold: 1
name: notes
version: 1.0.0
title: Notes
settings:
  title: { type: string, default: Notes }
  size: { type: number }
  token: { type: secret, required: true, pattern: "^ghp_" }
`,
  [],
);
const resolve = (
  settings: Record<string, string | number | boolean>,
  secrets: Record<string, string>,
  known: string[] = [],
) => resolveSettings({ name: "notes", settings, secrets }, manifest, known);

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("settings", () => {
  it("are filled in, secrets apart", () => {
    expect(resolve({ size: 3 }, { token: "ghp_x" })).toEqual({ title: "Notes", size: 3 });
    expect(resolve({ title: "Mine" }, {}, ["token"])).toEqual({ title: "Mine" });
  });

  it("that are missing are asked for", () => {
    expect(faultOf(() => resolve({}, {}))).toMatchObject({
      code: "setting-missing",
      exitCode: 3,
      detail: "notes needs token.",
    });
  });

  it.each([
    ["unknown", () => resolve({ titel: "x" }, { token: "ghp_x" })],
    ["of another kind", () => resolve({ size: "big" }, { token: "ghp_x" })],
    ["against their pattern", () => resolve({}, { token: "hunter2" })],
    ["secret, where the setting is not", () => resolve({}, { token: "ghp_x", title: "hunter2" })],
  ])("that are %s are refused without their value", (_, work) => {
    const fault = faultOf(work);
    expect(fault).toMatchObject({ code: "setting-wrong", exitCode: 2 });
    expect(JSON.stringify(fault)).not.toMatch(/hunter2|big/);
  });
});
