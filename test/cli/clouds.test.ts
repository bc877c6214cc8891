/** The file of clouds: what is written down of a cloud is read again, and what does not fit is told with its place. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type CloudConfig, findCloud, saveCloud } from "../../cli/clouds.ts";
import { writeAtomically } from "../../cli/files.ts";
import { findPaths, makeFolder } from "../../cli/paths.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "freehold-clouds-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const home: CloudConfig = {
  ...{ name: "home", target: "local", region: "eu-central-1", accountId: "000000000001", timeZone: "UTC", port: 4780 },
};

// An engine that is forgotten when another thing of the cloud is changed would be another engine without a word.
it("the engine of a cloud stays written down until it is another", async () => {
  const paths = findPaths({ FREEHOLD_HOME: dir });
  const official = { pulumi: "/opt/pulumi/pulumi", plugin: "/home/me/.pulumi/plugins/resource-aws-v7.48.0" };
  makeFolder(paths.config);
  makeFolder(paths.cache);
  await saveCloud(paths, { ...home, official });
  await saveCloud(paths, { ...(await findCloud(paths, "home")), port: 4790 });
  expect(await findCloud(paths, "home")).toMatchObject({ port: 4790, official });
  await saveCloud(paths, home);
  expect((await findCloud(paths, "home")).official).toBeUndefined();
});

it.each(["pulumi", "{ pulumi: bin/pulumi }", "{ pulumi: /a, plugin: 3 }", "{}"])(
  "an engine that is %s is refused",
  async (said) => {
    const paths = findPaths({ FREEHOLD_HOME: dir });
    makeFolder(paths.config);
    const cloud = `{ target: local, region: eu-central-1, accountId: "000000000001", timeZone: UTC, port: 1, official: ${said} }`;
    writeAtomically(join(paths.config, "clouds.yaml"), `format: 1\nclouds:\n  home: ${cloud}\n`);
    await expect(findCloud(paths, "home")).rejects.toMatchObject({
      code: "file-broken",
      detail: expect.stringContaining("clouds.home.official"),
    });
  },
);
