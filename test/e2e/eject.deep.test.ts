/**
 * Leaving: an app, things of several kinds and the foundation as plain Pulumi projects, on which an engine goes on with nothing to
 * do. With Pulumi's own engine where there is one (FREEHOLD_TEST_PULUMI), and with ours always.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { engines, previewOf } from "../support/ejected.ts";
import { type Home, root, withHome } from "../support/home.ts";

let home: Home;
let dir: string;
let environment: Record<string, string>;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("up", "notes");
  mkdirSync(join(home.dir, "own"));
  writeFileSync(join(home.dir, "own/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
  await home.freehold("add", "bucket", "photos", "--yes");
  await home.freehold("add", "table", "readings", "--yes");
  await home.freehold("add", "function", "own", "--code", "own", "--uses", "photos=write", "--route", "--yes");
  environment = await home.json("cloud", "env");
  const ssm = new SSMClient(clientConfig(environment));
  await ssm.send(new PutParameterCommand({ Name: "/old/motto", Type: "String", Value: "be well" }));
  await home.freehold("adopt", "ssm/parameter", "/old/motto", "--yes");
  await home.freehold("eject", "left");
  dir = join(home.dir, "left");
}, 180_000);
afterAll(() => home?.close());

// Nothing of Freehold's may be needed to go on, nor stand in what is left.
it("leaves nothing of ours in the programs, and no secret in plain", () => {
  expect(readdirSync(dir).sort()).toEqual(["foundation", "notes", "things"]);
  for (const stack of readdirSync(dir)) {
    const text = readFileSync(join(dir, stack, "index.ts"), "utf8");
    expect([...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from)).toEqual([
      "@pulumi/aws",
      "@pulumi/pulumi",
    ]);
    expect(text).not.toContain(home.dir);
    const { dependencies } = JSON.parse(readFileSync(join(dir, stack, "package.json"), "utf8"));
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const [name, version] of Object.entries(dependencies)) expect(version).toBe(devDependencies[name]);
  }
  expect(readFileSync(join(dir, "things/index.ts"), "utf8")).toContain("config.requireSecretObject");
  expect(readFileSync(join(dir, "things/index.ts"), "utf8")).not.toContain("be well");
});

// Whoever goes on would change something at once, if the program said less, or more, than what is there.
describe.each(engines())("a preview with the %s engine", (which) => {
  it("has nothing to do", { timeout: 180_000 }, async () => {
    const leaver = {
      cloud: "home",
      passphraseFile: join(home.dir, "freehold/data/clouds/home/passphrase"),
      environment,
    };
    for (const stack of readdirSync(dir)) {
      const { same, ...changes } = await previewOf(join(dir, stack), which, leaver);
      expect(changes, stack).toEqual({});
      expect(same, stack).toBeGreaterThan(5);
    }
  });
});
