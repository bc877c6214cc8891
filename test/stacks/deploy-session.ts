/** What tests of the stacks' door start from: a folder with an app and built functions, a cloud, what was seen of it. */
import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { digestFolder } from "../../blueprints/digest.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import type { OperationEvent, ResourceEvent } from "../../stacks/events.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { root } from "../support/home.ts";
import type { TestCloud } from "../support/local-cloud.ts";

/** A folder with a copy of the counter app, built functions and a cloud's state. */
export async function workspace() {
  const dir = await mkdtemp(join(tmpdir(), "freehold-deploy-"));
  await copyCounter(dir);
  for (const name of ["gate", "signin"])
    await build({
      entryPoints: [join(root, "stacks/functions", name, "index.ts")],
      outfile: join(dir, "functions", name, "index.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
    });
  await writeFile(join(dir, "passphrase"), "correct horse", { mode: 0o600 });
  return dir;
}

/** A local cloud as the command line describes one, with its state below `dir`. */
export function localCloud(local: TestCloud, dir: string): Cloud {
  const { accessKeyId, secretAccessKey } = local.credentials;
  return {
    name: "home",
    target: "local",
    region: local.region,
    accountId: local.accountId,
    timeZone: "UTC",
    endpoint: local.endpoint,
    port: local.port,
    dir: join(dir, "cloud"),
    passphraseFile: join(dir, "passphrase"),
    environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
}

/** One cloud and what was seen of it. */
export function session(cloud: Cloud, dir: string) {
  let events: OperationEvent[] = [];
  const emit = (event: OperationEvent) => void events.push(event);
  const signal = new AbortController().signal;
  const functionsDir = join(dir, "functions");
  async function asked(change: Partial<deploy.App>) {
    // As the command line does: each version in a folder of its own, whose name may not matter.
    const digest = await digestFolder(join(dir, "counter"));
    const folder = join(dir, "copies", digest.replace(":", "-"));
    await cp(join(dir, "counter"), folder, { recursive: true });
    const foundation = await deploy.foundationOutputs(cloud);
    const blueprint = await loadBlueprint(folder);
    const app = { name: "counter", blueprint, digest, settings: {}, secrets: {}, functionsDir, ...change };
    return { foundation: foundation!, app };
  }
  return {
    /** `op kind name` of what was not the same, in order, once each. */
    touched: () => [
      ...new Set(
        events
          .filter((event): event is ResourceEvent => event.type === "resource" && event.phase === "done")
          .filter(({ op, kind }) => op !== "same" && kind.startsWith("aws:"))
          .map(({ op, kind, name }) => `${op} ${kind} ${name}`),
      ),
    ],
    events: () => events,
    async foundation(preview = false) {
      events = [];
      return deploy.deployFoundation(cloud, { signal, emit, functionsDir, preview });
    },
    async up(change: Partial<deploy.App> & { preview?: boolean; refresh?: boolean } = {}) {
      events = [];
      const { preview = false, refresh = false } = change;
      const { foundation, app } = await asked(change);
      return deploy.deployApp(cloud, foundation, app, { signal, emit, preview, refresh });
    },
    async judged(change: Partial<deploy.App> = {}) {
      events = [];
      const { foundation, app } = await asked(change);
      return deploy.judgePlan(cloud, foundation, app, { signal, emit });
    },
    async down(data: "keep" | "delete", attach?: deploy.Kept[]) {
      events = [];
      return deploy.destroyApp(cloud, "counter", { signal, emit, data, ...(attach ? { attach } : {}) });
    },
    async end() {
      events = [];
      await deploy.destroyFoundation(cloud, { signal, emit });
    },
    async changeLine(from: string, to: string) {
      await changeFile(join(dir, "counter/api/index.mjs"), (text) => text.replace(from, to));
    },
  };
}

export type Session = ReturnType<typeof session>;
