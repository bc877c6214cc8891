/** Which plugin is taken when there are several: state made with one version must not meet another by chance. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attachedPort, findPlugin, listPlugins } from "../../../../stacks/engine/plugins/find.ts";
import { compareVersions, parseVersion } from "../../../../stacks/engine/plugins/versions.ts";
import { driveWith, tempFolder } from "./support/drive.ts";

function executable(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "pulumi-resource-test");
  writeFileSync(file, "");
  chmodSync(file, 0o755);
  return file;
}

function places(extra: Partial<Parameters<typeof findPlugin>[2]> = {}) {
  const root = tempFolder();
  return { env: {}, home: join(root, "home"), root, projectPlugins: [], ...extra };
}

describe("a package's plugin", () => {
  it("is the project's own before one on PATH, and that before an installed one", () => {
    const at = places();
    const installed = executable(join(at.home, "plugins/resource-test-v1.0.0"));
    expect(findPlugin("test", "1.0.0", at)?.command).toBe(installed);
    const onPath = executable(join(at.root, "bin"));
    const env = { PATH: `relative:${join(at.root, "bin")}` };
    expect(findPlugin("test", "1.0.0", { ...at, env })?.command).toBe(onPath);
    expect(
      findPlugin("test", "1.0.0", { ...at, env: { ...env, PULUMI_IGNORE_AMBIENT_PLUGINS: "true" } })?.command,
    ).toBe(installed);
    const own = executable(join(at.root, "own"));
    const projectPlugins = [{ name: "test", path: "own", version: "1.0.0" }];
    expect(findPlugin("test", "1.0.0", { ...at, env, projectPlugins })?.command).toBe(own);
    expect(findPlugin("test", "3.0.0", { ...at, env, projectPlugins })?.command).toBe(onPath);
  });

  it("is of the very version that was asked for; the newest release when none was", () => {
    const at = places();
    for (const version of ["0.9.0", "1.10.0", "1.9.0", "2.0.0-rc.1"])
      executable(join(at.home, `plugins/resource-test-v${version}`));
    const version = (wanted?: string, env = {}) =>
      /-v(.*)\//.exec(findPlugin("test", wanted, { ...at, env })?.command ?? "")?.[1];
    expect(version("1.9.0")).toBe("1.9.0");
    expect(version("2.0.0-rc.1")).toBe("2.0.0-rc.1");
    expect(version("1.9.1")).toBeUndefined();
    expect(version()).toBe("1.10.0");
    expect(version("1.9.1", { PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH: "1" })).toBe("1.10.0");
  });

  it("is not one that is only half installed, or no folder", () => {
    const at = places();
    executable(join(at.home, "plugins/resource-test-v1.0.0"));
    writeFileSync(join(at.home, "plugins/resource-test-v1.0.0.partial"), "");
    executable(join(at.home, "plugins/resource-test-v1.1.0.tmp123"));
    writeFileSync(join(at.home, "plugins/resource-test-v1.2.0"), "");
    expect(findPlugin("test", undefined, at)).toBeUndefined();
    expect(listPlugins(at.home)).toEqual([]);
  });

  it("is named where its folder holds nothing to run", () => {
    const at = places();
    mkdirSync(join(at.home, "plugins/resource-test-v1.0.0"), { recursive: true });
    expect(() => findPlugin("test", "1.0.0", at)).toThrow(
      /neither an executable pulumi-resource-test nor a PulumiPlugin/,
    );
  });
});

// A wrong setting must not start another plugin in silence.
it("PULUMI_DEBUG_PROVIDERS names ports by package, and a text that is none is refused", () => {
  expect(attachedPort("aws", "random:1, aws:4100")).toBe(4100);
  expect(attachedPort("aws", "awsx:1")).toBeUndefined();
  expect(attachedPort("aws", undefined)).toBeUndefined();
  expect(() => attachedPort("aws", "aws:http")).toThrow(/numeric port, got 'http' for 'aws'/);
  expect(() => attachedPort("aws", "aws:70000")).toThrow(/numeric port/);
});

it("versions are ordered as semver orders them", () => {
  const sorted = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2",
    "1.10.0",
  ];
  const parsed = sorted.map((text) => parseVersion(text)!);
  expect(
    [...parsed]
      .reverse()
      .sort(compareVersions)
      .map(({ text }) => text),
  ).toEqual(sorted);
  expect(parseVersion("latest")).toBeUndefined();
});

// The Automation API's own calls; a program that checks for its plugins must not fail on our engine.
it("the workspace lists, installs and removes what is there, and says what it does not download", async () => {
  const dir = tempFolder();
  const file = executable(join(dir, "home/plugins/resource-test-v1.2.3"));
  const { workspace } = (await driveWith({}, undefined, dir)).stack;
  const [only] = await workspace.listPlugins();
  expect(only).toMatchObject({ name: "test", kind: "resource", version: "1.2.3", size: 0 });
  expect(only!.installTime).toBeInstanceOf(Date);
  await workspace.installPlugin("test", "v1.2.3");
  await expect(workspace.installPlugin("test", "v9.0.0")).rejects.toThrow(/no resource plugin 'test' at version 9.0.0/);
  await expect(workspace.removePlugin("test", ">1.0.0")).rejects.toThrow(/invalid plugin version '>1.0.0'/);
  expect(existsSync(file)).toBe(true);
  await workspace.removePlugin("test", "1.2.3");
  expect(existsSync(file)).toBe(false);
  expect(await workspace.listPlugins()).toEqual([]);
});
