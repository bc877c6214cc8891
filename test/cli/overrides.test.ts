/** What the owner sets of functions: read as people type it, refused by name when it does not fit, kept by upgrades. */
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { functionKey, overridden, stillThere, without, withTyped } from "../../cli/operations/overrides.ts";

let counter: Blueprint;
beforeAll(async () => {
  counter = await loadBlueprint(resolve(import.meta.dirname, "../support/fixtures/counter"));
});
const typed = (given: Record<string, string>) => withTyped({}, given, counter.manifest);

describe("what is typed", () => {
  it("is a function's when its key says so, and a setting's otherwise", () => {
    expect(functionKey("api.memory")).toEqual({ function: "api", part: "memory" });
    expect(functionKey("api.env.A.B")).toEqual({ function: "api", part: "environment", variable: "A.B" });
    for (const key of ["greeting", "api", "api.speed", "api.env.", ".memory"]) expect(functionKey(key)).toBeUndefined();
  });

  it.each([
    ["512MB", "512 MB"],
    ["512 MB", "512 MB"],
    ["2gb", "2 GB"],
  ])("may write a size as %s", (text, memory) => {
    expect(typed({ "api.memory": text })).toEqual({ api: { memory } });
  });

  it.each([
    ["30s", "30 s"],
    ["2m", "2 min"],
    ["2 min", "2 min"],
  ])("may write a time as %s", (text, timeout) => {
    expect(typed({ "api.timeout": text })).toEqual({ api: { timeout } });
  });

  // Found before anything says that the app is being changed; a value may be private, so none is repeated.
  it.each([
    ["api.memory", "lots", "has to be a size"],
    ["api.memory", "12MB", "memory is from 128 MB"],
    ["api.memory", "11GB", "memory is from 128 MB"],
    ["api.timeout", "16min", "a timeout is from 1 s"],
    ["api.timeout", "0s", "a timeout is from 1 s"],
    ["aip.timeout", "3s", "did you mean api?"],
    ["api.env.FREEHOLD_APP", "private", "set by the cloud itself"],
    ["api.env.AWS_REGION", "private", "set by the cloud itself"],
    ["api.env.TABLE_COUNTS", "private", "set by the cloud itself"],
    ["api.env.A B", "private", "is no variable's name"],
    ["api.env.A", "${settings.nothing}", "there is no setting"],
  ])("is refused as %s=%s, by name", (key, value, why) => {
    let message = "";
    try {
      overridden(counter, typed({ [key]: value }));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(why);
    expect(message).not.toContain("private");
  });
});

describe("what is kept", () => {
  it("is put over the manifest, and leaves the author's as it is", () => {
    const changed = overridden(counter, typed({ "api.memory": "1GB", "api.env.LEVEL": "debug" }));
    expect(changed.manifest.functions["api"]).toMatchObject({
      memory: "1 GB",
      timeout: "3 s",
      environment: { GREETING: "${settings.greeting}", LEVEL: "debug" },
    });
    expect(counter.manifest.functions["api"]!.memory).toBe("256 MB");
    expect(overridden(counter, {})).toBe(counter);
  });

  it("goes key by key, and is nothing when nothing is left", () => {
    const both = typed({ "api.memory": "1GB", "api.env.LEVEL": "debug" });
    expect(without(both, ["api.memory"])).toEqual({ api: { environment: { LEVEL: "debug" } } });
    expect(without(both, ["api.memory", "api.env.LEVEL", "api.timeout"])).toEqual({});
  });

  // A version may have lost a function: what was set of it cannot be kept, and the person is told.
  it("of functions that are gone is named and dropped", () => {
    const overrides = { api: { memory: "1 GB" }, worker: { memory: "2 GB" } };
    expect(stillThere(overrides, counter.manifest)).toEqual({ kept: { api: { memory: "1 GB" } }, dropped: ["worker"] });
  });
});
