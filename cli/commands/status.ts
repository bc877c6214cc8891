/**
 * `status`: asks the cloud's process, or its account, and every app's gate whether they answer, and how much the apps are
 * used. Starts nothing, and does not count itself.
 */
import { request } from "node:http";
import { knownCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { type WrongName, wrongNames } from "../domains.ts";
import { running } from "../local-process.ts";
import { dayOf, rememberProbes } from "../probes.ts";
import { type InstalledApp, readApps } from "../registry.ts";
import type { AppUsage } from "../usage.ts";

export interface StatusDocument {
  cloud: string;
  target: "local" | "aws";
  running: boolean;
  /** Dollars a month while nobody calls, without data: a local cloud's are none. Of those apps whose files are here. */
  idlePerMonth?: number;
  /** What the same apps would cost in AWS. */
  idleInAws?: number;
  apps: StatusOfApp[];
  /** Of names of the owner's own: what is to be done about one, as that its certificate is not renewed. */
  names?: WrongName[];
}

interface StatusOfApp extends AppUsage {
  name: string;
  state: string;
  /** Where it was asked. */
  answers?: boolean;
  status?: number;
  ms?: number;
  url?: string;
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.stateBucket) await (await import("../operations/home.ts")).lookAtHome(paths, config);
  const up = config.target === "aws" || (await running(config)) !== undefined;
  const installed = readApps(paths, config.name);
  const only = text(flags, "only");
  const asking = only !== "usage";
  const [names, ...asked] = await Promise.all([
    only === undefined && config.target === "aws" ? wrongNames(paths, knownCloud(paths, config), Date.now()) : [],
    ...installed.map(async ({ url }) => (up && asking && url ? ask(config, url) : undefined)),
  ]);
  const probes = asked.flatMap((answer) => answer?.requestId ?? []);
  if (only === "health") rememberProbes(paths, config.name, dayOf(Date.now()), probes);
  const counting = up && only !== "health" && installed.length > 0;
  const usage = counting ? await usageOf(paths, config, installed, probes) : undefined;
  const apps = installed.map((app, at) => ({
    ...(asking ? answered(app, asked[at]) : known(app)),
    ...usage?.get(app.name),
  }));
  const idleInAws = apps.reduce((sum, app) => sum + (app.idleInAws ?? 0), 0);
  const document: StatusDocument = {
    cloud: config.name,
    target: config.target,
    running: up,
    ...(only === "health" ? {} : { idlePerMonth: config.target === "local" ? 0 : idleInAws, idleInAws }),
    apps,
    ...(names.length > 0 ? { names } : {}),
  };
  const bad =
    !up ||
    names.some((one) => one.bad) ||
    apps.some(({ state, answers }) => state === "partial" || (state === "running" && answers === false));
  return { document, exitCode: bad ? 1 : 0 };
}

/** Loaded only where there is something to count. */
const usageOf: typeof import("../usage.ts").usageOf = async (...all) => (await import("../usage.ts")).usageOf(...all);

const known = ({ name, state, url }: InstalledApp): StatusOfApp => ({ name, state, ...(url ? { url } : {}) });

function answered(app: InstalledApp, answer: Answer | undefined): StatusOfApp {
  const { status, ms } = answer ?? {};
  // A gate that asks for a session is a gate that works; 5xx is one that does not.
  const answers = status !== undefined && status < 500;
  return { ...known(app), answers, ...(answer ? { status, ms } : {}) };
}

interface Answer {
  status: number;
  ms: number;
  /** What its log calls this request. */
  requestId?: string;
}

const requestIdHeader = "x-amzn-requestid";

async function ask(config: CloudConfig, address: string): Promise<Answer | undefined> {
  const url = new URL(address);
  const begun = performance.now();
  if (url.protocol === "https:") {
    const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    const requestId = answer?.headers.get(requestIdHeader);
    const took = Math.round(performance.now() - begun);
    return answer && { status: answer.status, ms: took, ...(requestId ? { requestId } : {}) };
  }
  // Resolvers need not know *.localhost: connect to loopback, name the host.
  const local = config.target === "local";
  const host = local ? "127.0.0.1" : url.hostname;
  return new Promise((resolve) => {
    const call = request(
      // An agent of its own knows of no proxy, and none leads to this computer.
      {
        host,
        port: url.port,
        path: "/",
        headers: { host: url.host },
        timeout: 10_000,
        ...(local ? { agent: false } : {}),
      },
      (response) => {
        response.resume();
        const requestId = response.headers[requestIdHeader];
        const took = Math.round(performance.now() - begun);
        resolve({
          status: response.statusCode ?? 0,
          ms: took,
          ...(typeof requestId === "string" ? { requestId } : {}),
        });
      },
    );
    call.on("timeout", () => call.destroy()).on("error", () => resolve(undefined));
    call.end();
  });
}
