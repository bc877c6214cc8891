/** What the owner says of an app's routes, requests and grants: read as typed, kept by upgrades, and shown on the card. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { grantsAsked, reachOf, widerReach } from "../../blueprints/reach.ts";
import { overridden } from "../../cli/operations/overrides.ts";
import {
  type OwnerRules,
  ruleEntries,
  ruleKey,
  rulesOf,
  rulesStillThere,
  withoutRules,
  withRules,
} from "../../cli/owner-rules.ts";
import { changeFile, copyCounter } from "../support/counter.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-rules-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let counter: Blueprint;
beforeAll(async () => {
  const folder = await copyCounter(dir);
  await changeFile(join(folder, "blueprint.yaml"), (text) =>
    text.replace("uses: { counts: write,", "uses: { cloud: read, counts: write,"),
  );
  counter = await loadBlueprint(folder);
});

const typed = (given: Record<string, string>, before: OwnerRules = {}) => withRules(before, given, counter.manifest);
const wider = (rules: OwnerRules): string[] =>
  widerReach(reachOf(counter.manifest), reachOf(overridden(counter, {}, rules).manifest)).map(
    ({ who, what }) => `${who} ${what}`,
  );

describe("a route", () => {
  // Opening is what has to be asked about; closing never is.
  it("is opened, with a limit or without, which the card shows as wider reach, and closed", () => {
    expect(typed({ "routes./api/*": "public" })).toEqual({ doors: { "/api/*": { public: true } } });
    expect(wider(typed({ "routes./api/*": "public 9 per minute" }))).toEqual(["anybody /api/* to api"]);
    expect(wider(typed({ "routes./api/open": "public" }))).toEqual(["anybody /api/open to api"]);
    expect(wider(typed({ "routes./public/*": "public 50 per minute" }))).toEqual(["anybody /public/* to api"]);
    const closed = typed({ "routes./public/*": "private" });
    expect(wider(closed)).toEqual([]);
    expect(reachOf(overridden(counter, {}, closed).manifest).filter(({ may }) => may === "public")).toEqual([]);
  });

  // An override that an upgrade drops would open a door that somebody closed.
  it("stays as the owner said in a version that still has it, and is named where it is gone", () => {
    const rules = typed({ "routes./public/*": "private", "routes./api/*": "public" });
    const next = { ...counter.manifest, routes: { "/api/*": "api" } };
    expect(rulesStillThere(rules, next)).toEqual({
      kept: { doors: { "/api/*": { public: true } } },
      dropped: ["routes./public/*"],
    });
    expect(withoutRules(rules, ["routes./api/*", "routes./public/*"], counter.manifest)).toEqual({});
  });
});

describe("what is typed", () => {
  // Found before anything says that the app is being changed.
  it.each([
    ["routes./api/*", "open", "private, public"],
    ["routes./api/*", "public often", "private, public"],
    ["routes./api/*", "private 5 per minute", "private, public"],
    ["requests", "many", "requests a day"],
    ["requests", "0 per day", "requests a day"],
    ["requests", "5 per minute", "requests a day"],
    ["grants.cloud", "maybe", "yes or no"],
    ["grants.mail", "no", "nothing that this app asks for"],
  ])("is refused as %s=%s", (key, value, why) => {
    expect(() => typed({ [key]: value })).toThrow(why);
  });

  it("is of no route where none leads", () => {
    const manifest = { ...counter.manifest, routes: { "/api/*": "api" } };
    expect(() => withRules({}, { "routes./nowhere": "public" }, manifest)).toThrow("no route");
  });

  // A setting that an author calls so is the app's own, as it was before there was this.
  it("means the app's own setting where one is called requests", () => {
    expect(ruleKey("requests", counter.manifest)).toEqual({ part: "requests" });
    const settings = { ...counter.manifest.settings, requests: counter.manifest.settings["greeting"]! };
    expect(ruleKey("requests", { ...counter.manifest, settings })).toBeUndefined();
    for (const key of ["greeting", "api.memory", "routes", "grants.", "routes.api"])
      expect(ruleKey(key, counter.manifest)).toBeUndefined();
  });
});

describe("a grant", () => {
  // Taken back means that the function has neither the right nor the table's name, also after an upgrade that asks again.
  it("that is taken back is gone from the manifest, stays so, and comes back as wider reach", () => {
    expect(grantsAsked(counter.manifest)).toEqual(["cloud"]);
    const rules = typed({ "grants.cloud": "no" });
    expect(rules).toEqual({ withheld: ["cloud"] });
    const { manifest } = overridden(counter, {}, rules);
    expect(grantsAsked(manifest)).toEqual([]);
    expect(manifest.functions["api"]!.uses).toEqual({ counts: "write", files: "write" });
    expect(rulesStillThere(rules, { ...counter.manifest, routes: {} }).kept).toEqual(rules);
    expect(widerReach(reachOf(manifest), reachOf(counter.manifest)).map(({ what }) => what)).toEqual([
      "what is installed in this cloud, its doors and its access log",
    ]);
    expect(typed({ "grants.cloud": "yes" }, rules)).toEqual({});
  });

  // What everybody's apps store is read by nobody who only asks for it, at no install and no upgrade.
  it("of the data is there by the owner's word alone, and goes with an app that is removed", () => {
    const functions = {
      api: { ...counter.manifest.functions["api"]!, uses: { cloud: "read", data: "read" } as const },
    };
    const asking = { ...counter, manifest: { ...counter.manifest, functions } };
    const say = (text: string, before = {}) => withRules(before, { "grants.data": text }, asking.manifest);
    expect(grantsAsked(asking.manifest)).toEqual(["cloud", "data"]);
    expect(grantsAsked(overridden(asking, {}).manifest)).toEqual(["cloud"]);
    const rules = say("yes");
    expect(rules).toEqual({ given: ["data"] });
    expect(grantsAsked(overridden(asking, {}, rules).manifest)).toEqual(["cloud", "data"]);
    const wider = widerReach(reachOf(overridden(asking, {}).manifest), reachOf(asking.manifest));
    expect(wider.map(({ what }) => what)).toEqual(["the data of every app and thing in this cloud"]);
    expect(ruleEntries(rules)).toEqual([["grants.data", "yes"]]);
    expect(say("no", rules)).toEqual({});
    expect(withoutRules(rules, ["grants.data"], asking.manifest)).toEqual({});
    expect(rulesOf({ state: "kept", rules })).toEqual({});
    expect(rulesOf({ state: "running", rules })).toEqual(rules);
  });
});

// history and show name what was said by the key that settings takes.
it("is named by the keys that settings takes", () => {
  const rules = typed({ "routes./api/*": "public 9 per minute", requests: "5000", "grants.cloud": "no" });
  expect(ruleEntries(rules)).toEqual([
    ["routes./api/*", "public 9 per minute"],
    ["requests", "5000 per day"],
    ["grants.cloud", "no"],
  ]);
  expect(typed(Object.fromEntries(ruleEntries(rules)))).toEqual(rules);
});
