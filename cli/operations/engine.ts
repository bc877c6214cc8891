/**
 * `engine use`: another engine goes on with a cloud's stacks from now on, once it has looked at each of them and found
 * nothing to do. Until then, and when it finds something, everything stays as it was.
 */
import { Fault } from "../../blueprints/fault.ts";
import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { Emit, ResourceEvent } from "../../stacks/events.ts";
import { type CloudConfig, findCloud, saveCloud } from "../clouds.ts";
import { functionsDir } from "../paths.ts";
import { type InstalledApp, readApps } from "../registry.ts";
import { hasThings } from "../things.ts";
import { accountsLock } from "./accounts.ts";
import { asInstalled } from "./again.ts";
import { atHome } from "./home.ts";
import { planOf } from "./plan.ts";
import { currentThings, lockOfThings, wantedWith } from "./things.ts";
import { type End, emitStart, enterCloud, lastFoundation, lockAll, type Work } from "./work.ts";

interface Stack {
  name: string;
  /** An operation on it began and has not succeeded. */
  partial?: boolean;
  preview: (emit: Emit) => Promise<unknown>;
}

export async function switchEngine(work: Work): Promise<End> {
  const { paths, request } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const apps = readApps(paths, config.name).filter(({ state }) => state !== "kept");
  const names = apps.map(({ name }) => name);
  emitStart(work, config.name, names);
  const release = await lockAll(work, config.name, [foundationStack, accountsLock, lockOfThings, ...names]);
  try {
    const cloud = await enterCloud(work, withEngine(config, request.official));
    await prove(work, cloud, await stacksOf(work, config, cloud, apps));
    // What else was said of the cloud meanwhile stays said.
    await saveCloud(paths, withEngine(await findCloud(paths, config.name), request.official));
    work.emit({ type: "note", level: "info", message: await told(work, cloud) });
    return { exitCode: 0, cloud: config.name, apps: [] };
  } finally {
    release();
  }
}

function withEngine({ official: _, ...config }: CloudConfig, official: Work["request"]["official"]): CloudConfig {
  return official ? { ...config, official } : config;
}

async function stacksOf(work: Work, config: CloudConfig, cloud: Cloud, apps: InstalledApp[]): Promise<Stack[]> {
  const { deploy, signal, paths } = work;
  const foundation = lastFoundation(work, cloud) ?? (await deploy.derivedFoundation(cloud));
  const looking = { signal, preview: true };
  const options = { ...looking, functionsDir: functionsDir(), installed: true };
  const stacks: Stack[] = [
    { name: foundationStack, preview: (emit) => deploy.deployFoundation(cloud, { ...options, emit }) },
    ...apps.map(
      (app): Stack => ({
        name: app.name,
        partial: app.state === "partial",
        preview: async (emit) => {
          const plan = await planOf(work, config.name, await asInstalled(work, config, app));
          return deploy.deployApp(cloud, foundation, plan.app, { ...looking, emit });
        },
      }),
    ),
  ];
  const accounts = await deploy.accounts();
  if ((await accounts.recordedMembers(cloud)).length > 0)
    stacks.push({ name: accountsLock, preview: (emit) => accounts.previewAccounts(cloud, { signal, emit }) });
  if (!hasThings(paths, config.name)) return stacks;
  const { things, begun } = await currentThings(work, cloud);
  const { deployThings } = await deploy.things();
  const preview: Stack["preview"] = (emit) =>
    deployThings(cloud, foundation, wantedWith(work, cloud, things), { ...looking, emit });
  return [...stacks, { name: lockOfThings, partial: begun !== undefined, preview }];
}

/** Throws `engine-differs`, `engine-refuses`, `engine-unfinished`, `stack-locked`; then nothing was changed. */
async function prove(work: Work, cloud: Cloud, stacks: readonly Stack[]): Promise<void> {
  const differences: string[] = [];
  for (const { name, partial, preview } of stacks) {
    // Also how it is found out whether somebody else, on any computer, is at it.
    const { unfinished } = await work.deploy.settleStack(cloud, name);
    if (partial || unfinished.length > 0) {
      if (cloud.engine) throw work.deploy.engineFaults.unfinished(name, unfinished, cloud.name);
      const message = `${name} was cut off in the middle, and is not compared: the next freehold up goes on with it.`;
      work.emit({ type: "note", level: "warning", message, stack: name });
    } else differences.push(...(await differencesOf(work, cloud, name, preview)));
  }
  if (differences.length > 0) throw work.deploy.engineFaults.differs(kindOf(cloud), differences);
}

async function differencesOf(work: Work, cloud: Cloud, name: string, preview: Stack["preview"]): Promise<string[]> {
  const found: string[] = [];
  const emit: Emit = (event) => {
    if (event.type === "resource" && event.phase === "done" && changes(event)) found.push(wordsOf(event));
    work.emit(event);
  };
  await preview(emit).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== "deployment-failed") throw error;
    throw work.deploy.engineFaults.cannotRead(kindOf(cloud), name, (error.detail ?? "").split("\n")[0] ?? "", error);
  });
  return found;
}

/** How a provider is reached is no resource of anybody's. */
const changes = ({ op, kind }: ResourceEvent): boolean =>
  op !== "same" && op !== "read" && !kind.startsWith("pulumi:providers:");

const wordsOf = ({ stack, op, kind, name, diffs = [] }: ResourceEvent): string =>
  `${stack}: ${op} ${kind} ${name}${diffs.length > 0 ? ` (${diffs.join(", ")})` : ""}`;

const kindOf = ({ engine }: Cloud): "official" | "embedded" => (engine ? "official" : "embedded");

async function told({ deploy }: Work, { name, engine }: Cloud): Promise<string> {
  if (!engine) return `The embedded engine goes on with ${name} from now on.`;
  const { file, version } = await (await deploy.officialPulumi()).lookAtPulumi(engine.pulumi);
  const whose = Object.entries(engine.providers).map(([pkg, { dir, ours }]) =>
    ours ? `Freehold's own ${pkg} provider` : `Pulumi's own ${pkg} plugin, ${dir}`,
  );
  return `The official Pulumi ${version} (${file}) goes on with ${name} from now on, with ${whose.join(", and ")}.`;
}
