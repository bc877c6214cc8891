/**
 * The project's own programs, foundation and notes, with the project's own provider: state that one engine made is
 * gone on from by the other, in the middle of its life, with nothing to do first. The local cloud is below both.
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { digestFolder } from "../../blueprints/digest.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import * as deploy from "../../stacks/deploy.ts";
import { createAwsProvider } from "../../stacks/providers/aws/index.ts";
import { localCloud, type Session, session, workspace } from "../stacks/deploy-session.ts";
import { inventory } from "../support/aws.ts";
import { changeFile } from "../support/counter.ts";
import { root } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { offline } from "./support/offline.ts";
import { serveProvider } from "./support/serve.ts";

type Engines = typeof import("../../stacks/engine/index.ts");

const engine = vi.hoisted(() => ({ official: undefined as object | undefined, now: "own" as "own" | "official" }));
// The one place where an engine is chosen: everything else is what people run.
vi.mock("../../stacks/engine/index.ts", async (original) => {
  const real = await original<Engines>();
  const embeddedEngine: Engines["embeddedEngine"] = (options) =>
    engine.now === "official"
      ? (engine.official as ReturnType<Engines["embeddedEngine"]>)
      : real.embeddedEngine(options);
  return { ...real, embeddedEngine };
});

const path = process.env["FREEHOLD_TEST_PULUMI"];

describe.skipIf(!path).each(["own", "official"] as const)("state made by the %s engine", (first) => {
  const second = first === "own" ? "official" : "own";
  let dir: string;
  let local: TestCloud;
  let on: Session;
  let app: Partial<deploy.App>;
  let server: Awaited<ReturnType<typeof serveProvider>>;

  beforeAll(async () => {
    dir = await workspace();
    local = await startTestCloud();
    const cloud = localCloud(local, dir);
    on = session(cloud, dir);
    const environment = { ...cloud.environment, AWS_REGION: local.region, AWS_ENDPOINT_URL: local.endpoint };
    server = await serveProvider(createAwsProvider({ environment }));
    Object.assign(process.env, offline, { PULUMI_DEBUG_PROVIDERS: `aws:${server.port}` });
    engine.official = await PulumiCommand.get({ root: join(path!, "../..") });
    await notes("original");
  }, 120_000);

  afterAll(async () => {
    server?.close();
    await local?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Notes as it is, or with a line more in the code of its function. */
  async function notes(version: string): Promise<void> {
    const folder = join(dir, "notes", version);
    await cp(join(root, "blueprints/notes"), folder, { recursive: true });
    if (version !== "original") await changeFile(join(folder, "api/index.mjs"), (text) => `// ${version}\n${text}`);
    app = { name: "notes", blueprint: await loadBlueprint(folder), digest: await digestFolder(folder) };
  }

  async function nothingToDo(by: "own" | "official"): Promise<void> {
    engine.now = by;
    await on.foundation(true);
    expect(on.touched()).toEqual([]);
    await on.up({ ...app, preview: true });
    expect(on.touched()).toEqual([]);
  }

  async function change(by: "own" | "official", version: string): Promise<void> {
    engine.now = by;
    await notes(version);
    await on.up(app);
    expect(on.touched()).toContain("update aws:lambda/function:Function api");
    expect(on.touched().filter((what) => /^(create|delete|replace)/.test(what))).toEqual([]);
  }

  // A cloud set up by one engine is worth nothing if the other would make it again.
  it("is complete", async () => {
    engine.now = first;
    await on.foundation();
    await on.up(app);
    expect(on.touched()).toContain("create aws:lambda/function:Function api");
  }, 240_000);

  // The person who leaves us, or comes, in the middle of an app's life.
  it("has nothing to do for the other engine, which then changes it, and back again", async () => {
    await nothingToDo(second);
    await change(second, "second");
    await nothingToDo(first);
    await change(first, "third");
    await nothingToDo(second);
  }, 240_000);

  // The end is the other's, too: nothing may be left that only its maker knows of.
  it("is taken down by the other engine", async () => {
    engine.now = second;
    const cloud = localCloud(local, dir);
    const quiet = { signal: new AbortController().signal, emit: () => undefined };
    await deploy.destroyApp(cloud, "notes", { ...quiet, data: "delete" });
    await on.end();
    expect(await deploy.foundationOutputs(cloud)).toBeNull();
    expect(await inventory(local.config)).toEqual([]);
  }, 240_000);
});
