/** The file of a snapshot: what is read again is what was written, and what is wrong with a file is told by what it is. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { parseSnapshot, type Snapshot, snapshotText } from "../../cli/snapshot.ts";

const digest = `sha256:${"a".repeat(64)}`;
const whole: Omit<Snapshot, "format" | "checksum"> = {
  freehold: "0.1.0",
  at: "2026-11-27T03:00:00.000Z",
  cloud: { name: "home", target: "local", region: "eu-central-1", timeZone: "Europe/Berlin" },
  apps: [
    {
      ...{ name: "notes", state: "running", blueprint: "notes", version: "1.0.0", digest, ref: "notes" },
      ...{ origin: { source: "bundled" }, settings: { title: "Zoë's = notes\nand more" } },
      ...{ functions: { api: { memory: "512 MB", environment: { LEVEL: "1" } } }, secrets: ["token"] },
      rules: { doors: { "/share/*": { public: false } }, requests: 5000, withheld: ["cloud"] },
    },
  ],
  things: [
    {
      ...{ name: "rules", state: "running", shape: "resource", kind: "aws:s3/bucket:Bucket" },
      inputs: { deep: [{ a: null, b: [1, "2", true] }] },
    },
  ],
  access: { keys: [], guests: [] },
  catalogs: [{ name: "mine", ref: "github:me/apps" }],
  code: { [digest]: Buffer.from("code").toString("base64") },
};

const read = (text: string): Snapshot => parseSnapshot(Buffer.from(text), "cloud.json");
const raw = (): any => JSON.parse(snapshotText(whole));
/** As somebody who edits it is told to do. */
const edited = (change: (one: any) => void): string => {
  const { checksum: _, ...rest } = raw();
  change(rest);
  return JSON.stringify(rest);
};

// F59: what was written down is all there is to go by.
it("is read again as it was written, and without its checksum when it was edited", () => {
  const { checksum, ...rest } = read(snapshotText(whole));
  expect(checksum).toMatch(/^sha256:/);
  expect(rest).toEqual({ format: "freehold-snapshot/1", ...whole });
  expect(read(edited((one) => (one.apps[0].version = "2.0.0"))).apps[0]!.version).toBe("2.0.0");
});

// Files get cut off, damaged, edited and made up: who is told which it is knows what to do.
describe("is refused", () => {
  const twice = (one: any): void => void one.apps.push(one.apps[0]);
  it.each<[title: string, text: () => string, code: string, says: RegExp]>([
    ["cut off", () => snapshotText(whole).slice(0, -9), "snapshot-broken", /cut off or damaged/],
    ["empty", () => "", "snapshot-broken", /cut off or damaged/],
    ["damaged", () => snapshotText(whole).replace("5000", "9000"), "snapshot-broken", /take out its line checksum/],
    ["of a newer format", () => edited((one) => (one.format = "freehold-snapshot/2")), "snapshot-newer", /format 2/],
    ["of something else", () => "{}", "snapshot-broken", /does not begin with/],
    ["no object", () => "null", "snapshot-broken", /does not begin with/],
    ["with more", () => edited((one) => (one.colour = 1)), "snapshot-unknown", /\ncolour is not known/],
    ["with more inside", () => edited((one) => (one.apps[0].x = 1)), "snapshot-unknown", /apps\.0\.x is not known/],
    ["with less", () => edited((one) => delete one.apps[0].digest), "snapshot-unknown", /apps\.0\.digest: /],
    ["with a path", () => edited((one) => (one.apps[0].name = "../x")), "snapshot-unknown", /no name of an app/],
    ["with an app twice", () => edited(twice), "snapshot-unknown", /the same app is in it twice/],
    [
      "with what cannot be seen",
      () => edited((one) => (one.apps[0].ref = "notes\u202e\u001b[2J")),
      "snapshot-unknown",
      /cannot be seen/,
    ],
    [
      "with an escape in a key",
      () => edited((one) => (one["\u001b]0;x"] = 1)),
      "snapshot-unknown",
      /\\u001b\]0;x is not/,
    ],
  ])("when it is %s", (_, text, code, says) => {
    const tried = (): unknown => read(text());
    expect(tried).toThrow(Fault);
    try {
      tried();
    } catch (error) {
      const { code: found, detail, exitCode } = error as Fault;
      expect([found, exitCode]).toEqual([code, 2]);
      expect(detail).toMatch(says);
      expect(detail).not.toMatch(/[\u001b\u202e]/);
    }
  });
});
