import { expect, test } from "vitest";
import { goDuration } from "../../../../stacks/engine/monitor/hook-options.ts";
import { defaultName, pluginOf, withPlugin } from "../../../../stacks/engine/monitor/packages.ts";
import { requireVersion } from "../../../../stacks/engine/monitor/version-range.ts";

// A program that demands an engine must neither run on an older one nor be refused by a newer one.
test.each([
  [">=3.0.0", true],
  ["<3.0.0", false],
  [">=3.5.0 !3.270.0", false],
  [">=3.5.0 !3.7.7", true],
  ["<3.4.0 || >3.8.0", true],
  ["<3.4.0 || =3.8.0", false],
  ["3.x", true],
  ["3.270.x", true],
  ["4.x", false],
  [">3.270.x", false],
  ["<=3.270.x", true],
  ["!3.x", false],
  [">= 3.270.0", true],
  [">3.270.0-alpha.1", true],
  ["<3.270.1-rc.1", true],
  ["==v3.270.0", true],
])("3.270.0 in the version range %s: %s", (range, fits) => {
  const demand = (): void => requireVersion(range, "3.270.0");
  if (fits) expect(demand).not.toThrow();
  else expect(demand).toThrow(`Pulumi CLI version 3.270.0 does not satisfy the version range "${range}"`);
});

// Pre-releases come before what they lead to, and in the order semver gives them.
test("pre-releases have their order", () => {
  const order = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0",
  ];
  for (const [at, version] of order.entries())
    for (const other of order.slice(at + 1)) {
      expect(() => requireVersion(`<${other}`, version)).not.toThrow();
      expect(() => requireVersion(`<${version}`, other)).toThrow();
    }
  expect(() => requireVersion(">=one", "1.0.0")).toThrow("parsing CLI version range");
});

// Hooks read durations as Go's programs write them.
test.each([
  [undefined, ""],
  [0.5, "500ms"],
  [90.5, "1m30.5s"],
  [300, "5m0s"],
  [3600, "1h0m0s"],
  [0.0000015, "1.5\u00b5s"],
])("%s seconds are %s", (seconds, text) => {
  expect(goDuration(seconds)).toBe(text);
});

// The name of a default provider is its identity in state: another spelling is another provider.
test("packages and their default providers are named as Pulumi names them", () => {
  expect(defaultName({ name: "p" })).toBe("default");
  expect(defaultName({ name: "p", version: "1.2.3-rc.1+b" })).toBe("default_1_2_3_rc_1_b");
  expect(defaultName({ name: "p", version: "1.0.0", downloadUrl: "https://example.com/p" })).toBe(
    "default_1_0_0_https_/example.com/p",
  );
  const request = {
    name: "base",
    version: "1.0.0",
    downloadUrl: "https://example.com",
    parameters: { name: "p", version: "2.0.0", value: Buffer.from([1, 255]) },
  };
  expect(pluginOf("p", withPlugin({ region: "r" }, request))).toEqual(request);
});
