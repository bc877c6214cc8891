/**
 * `freehold engine use` with the official Pulumi itself: apps on the local cloud change engines in the middle of their
 * life, both ways, with nothing to do; what one engine holds or left unfinished the other respects or goes on with.
 */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../stacks/engine/clock.ts";
import { openBackend } from "../../stacks/engine/state/index.ts";
import { pluginVersion } from "../../stacks/providers/aws/config.ts";
import { clientConfig, inventory } from "../support/aws.ts";
import { changeFile } from "../support/counter.ts";
import { previewOf } from "../support/ejected.ts";
import { changesOf, type Home, resultOf, root, withHome } from "../support/home.ts";
import { start } from "../support/running.ts";
import { missing } from "../support/tools.ts";

const pulumi = process.env["FREEHOLD_TEST_PULUMI"];

describe.skipIf(missing(pulumi, "the official pulumi"))("engine use", () => {
  let home: Home;
  let stateDir: string;

  beforeAll(async () => {
    home = await withHome();
    stateDir = join(home.dir, "freehold/data/clouds/home");
    await home.freehold("up", "notes");
  }, 120_000);
  afterAll(() => home?.close());

  const use = (...args: string[]) => home.events("engine", "use", ...args);
  const official = () => use("official", "--pulumi", pulumi!);
  const engine = async (): Promise<string> => (await home.json("engine", "status")).engine;
  const backend = () => openBackend(pathToFileURL(stateDir).href, { clock: systemClock });
  const refOf = (app: string) => ({ organization: "organization", project: `freehold-app-${app}`, stack: "home" });
  const pendingOf = async (app: string): Promise<number> => {
    const text = await readFile(join(stateDir, `.pulumi/stacks/freehold-app-${app}/home.json`), "utf8").catch(
      () => "{}",
    );
    return JSON.parse(text || "{}").checkpoint?.latest?.pending_operations?.length ?? 0;
  };

  /** The official process that has the stack of an app now. */
  async function holderNow(app: string): Promise<number | undefined> {
    const dir = join(stateDir, ".pulumi/locks/organization", `freehold-app-${app}`, "home");
    const files = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith(".json"));
    const found = await Promise.all(files.map((name) => readFile(join(dir, name), "utf8").catch(() => "")));
    // Ours says more than the official one does, and a file is there before its text is.
    return found.flatMap((text) => (/}\s*$/.test(text) && !text.includes("lockId") ? JSON.parse(text).pid : []))[0];
  }

  async function holder(app: string): Promise<number> {
    let pid: number | undefined;
    await expect.poll(async () => (pid = await holderNow(app)), { timeout: 60_000, interval: 5 }).toBeTypeOf("number");
    return pid!;
  }

  // What the owner is promised: nothing is made again.
  it("goes on with what there is", async () => {
    expect(changesOf(await official())).toEqual([]);
    expect(await engine()).toBe("official");
    await cp(join(root, "blueprints/notes"), join(home.dir, "newer"), { recursive: true });
    await changeFile(join(home.dir, "newer/blueprint.yaml"), (text) => text.replace(/^version: .*/m, "version: 9.0.0"));
    await changeFile(join(home.dir, "newer/api/index.mjs"), (text) => `// nine\n${text}`);
    const asked = (await home.attempt("upgrade", "notes", "--to", "./newer", "--json")).stdout;
    const { digest } = JSON.parse(/^.*"type":"consent".*$/m.exec(asked)![0]).consent;
    const upgraded = await home.events("upgrade", "notes", "--to", "./newer", "--accept", digest);
    expect(resultOf(upgraded).apps).toMatchObject([{ name: "notes", version: "9.0.0" }]);
    expect(changesOf(upgraded)).toContain("update aws:lambda/function:Function");
    expect(changesOf(upgraded).filter((what) => !what.startsWith("update "))).toEqual([]);
  }, 120_000);

  // Looking on, going back and starting over are Freehold's own, and have to work whichever engine carries them out.
  it("is watched from another terminal, and goes back to the version before", async () => {
    const running = start(home, "rollback", "notes");
    await holder("notes");
    const watched = await home.events("attach");
    expect(await running.ended, running.output()).toBe(0);
    expect(changesOf(watched)).toContain("update aws:lambda/function:Function");
    expect(resultOf(watched)).toMatchObject({ exitCode: 0, apps: [{ name: "notes" }] });
    expect((await home.json("show", "notes")).version).not.toBe("9.0.0");
    expect(changesOf(await home.events("preview", "notes"))).toEqual([]);
  }, 120_000);

  // What was kept by one engine's destroy is an import to the next up.
  it("destroys, keeps the data, and attaches it again", async () => {
    await home.freehold("up", "paste");
    const destroyed = await home.events("destroy", "paste", "--data", "keep", "--yes");
    expect(changesOf(destroyed)).toContain("delete aws:lambda/function:Function");
    const again = await home.events("up", "paste");
    expect(changesOf(again)).toContain("import aws:dynamodb/table:Table");
    expect(changesOf(await home.events("preview", "paste"))).toEqual([]);
    await home.freehold("destroy", "paste", "--data", "delete", "--yes");
  }, 120_000);

  // It goes by the state alone, which the official engine has written last.
  it("leaves as a plain program that the official engine has nothing to do with", async () => {
    await home.freehold("eject", "left", "notes");
    const environment = await home.json("cloud", "env");
    const leaver = { cloud: "home", passphraseFile: join(stateDir, "passphrase"), environment };
    const { same, ...changes } = await previewOf(join(home.dir, "left"), "official", leaver);
    expect([same! > 20, changes]).toEqual([true, {}]);
  }, 60_000);

  // Pulumi's own plugin cannot be had everywhere: ours in its place shows what it is started with, and told.
  it("starts the plugin that is here, and tells it of the local cloud", async () => {
    const folder = join(home.dir, ".pulumi/plugins", `resource-aws-v${pluginVersion}`);
    await mkdir(folder, { recursive: true });
    const file = join(folder, "pulumi-resource-aws");
    const script = `#!/bin/sh\necho started >> '${folder}/started'\nexec '${join(root, "dist/pulumi-resource-aws")}' "$@"\n`;
    await writeFile(file, script, { mode: 0o755 });
    expect(changesOf(await use("official", "--pulumi", pulumi!, "--provider", "pulumi"))).toEqual([]);
    expect(await home.json("engine", "status")).toMatchObject({
      provider: "pulumi",
      plugin: folder,
      // It is not here, and where nothing can be fetched ours stays.
      cloudflare: { provider: "freehold", plugin: null },
    });
    await home.freehold("settings", "notes", "title=Ours");
    expect(await readFile(join(folder, "started"), "utf8")).toContain("started");
    const { deployment } = JSON.parse((await home.freehold("state", "export", "notes")).stdout);
    const [{ inputs }] = deployment.resources.filter(({ type }: any) => type === "pulumi:providers:aws");
    const { endpoint } = await home.json("cloud", "status");
    expect(JSON.parse(inputs.endpoints)[0]).toMatchObject({ s3: endpoint, lambda: endpoint });
    expect(JSON.parse(inputs.endpoints)[0]).toMatchObject({ sts: endpoint, route53: endpoint, cloudfront: endpoint });
    const flags = ["s3UsePathStyle", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"];
    expect(flags.map((flag) => inputs[flag])).toEqual(["true", "true", "true", "true"]);
    // Names of things are made of the account, which the endpoint is asked for.
    expect(inputs.skipRequestingAccountId).toBeUndefined();
  }, 180_000);

  // Two engines at once on one state would each write over what the other did.
  it("holds off the one while the other has a stack", async () => {
    const update = await backend().openUpdate(refOf("notes"), "update", undefined);
    for (const command of [
      ["settings", "notes", "title=Mine"],
      ["engine", "use", "embedded"],
    ]) {
      const refused = await home.attempt(...command);
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining(`pid ${process.pid}`)]);
    }
    await update.abandon();
    expect(await engine()).toBe("official");
    const running = start(home, "settings", "notes", "title=Mine");
    const pid = await holder("notes");
    await expect(backend().openUpdate(refOf("notes"), "update", undefined)).rejects.toThrow(`pid ${pid}`);
    expect(await running.ended, running.output()).toBe(0);
  }, 60_000);

  // Ctrl-C once lets it finish what is in flight, and the same command goes on.
  it("can be interrupted, and goes on", async () => {
    const running = start(home, "up", "paste");
    await running.said(/created /);
    running.child.kill("SIGINT");
    expect(await running.ended, running.output()).toBe(130);
    expect(await pendingOf("paste")).toBe(0);
    expect(resultOf(await home.events("up", "paste")).exitCode).toBe(0);
    await home.freehold("destroy", "paste", "--data", "delete", "--yes");
  }, 90_000);

  // The official engine does not look for what it had begun; ours does.
  it("killed in the middle, is gone on from by the embedded engine", async () => {
    const running = start(home, "up", "links");
    await killWithinACall("links");
    expect(await running.ended, running.output()).toBe(1);
    const again = await home.attempt("up", "links", "--json");
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('"engine-unfinished"');
    expect(changesOf(await use("embedded"))).toEqual([]);
    expect(await engine()).toBe("embedded");
    expect(resultOf(await home.events("up", "links")).exitCode).toBe(0);
    expect(changesOf(await home.events("preview", "links"))).toEqual([]);
  }, 120_000);

  /** Stopped first: what the state says then is what it says when it is killed. */
  async function killWithinACall(app: string): Promise<void> {
    let pid: number | undefined;
    const begun = async (): Promise<boolean> => {
      pid = (await pendingOf(app)) > 0 ? await holderNow(app) : undefined;
      if (pid === undefined) return false;
      process.kill(pid, "SIGSTOP");
      if ((await pendingOf(app)) > 0) return true;
      process.kill(pid, "SIGCONT");
      return false;
    };
    await expect.poll(begun, { timeout: 60_000, interval: 1 }).toBe(true);
    process.kill(pid!, "SIGKILL");
  }

  // And the end is the other engine's.
  it("is taken down by the engine that it is left with", async () => {
    await home.freehold("destroy", "notes", "links", "--data", "delete", "--yes");
    const left = await inventory(clientConfig(await home.json("cloud", "env")));
    expect(left.filter((one) => /--(notes|links|paste)--/.test(one))).toEqual([]);
  }, 60_000);
});
