/** `status`: asks the cloud's process, or its account, and every app's gate whether they answer. Starts nothing. */
import { request } from "node:http";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { running } from "../local-process.ts";
import { readApps } from "../registry.ts";

export interface StatusDocument {
  cloud: string;
  target: "local" | "aws";
  running: boolean;
  apps: { name: string; state: string; answers: boolean; status?: number; ms?: number; url?: string }[];
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.stateBucket) await (await import("../operations/home.ts")).lookAtHome(paths, config);
  const up = config.target === "aws" || (await running(config)) !== undefined;
  const apps = await Promise.all(
    readApps(paths, config.name).map(async ({ name, state, url }) => {
      const answer = up && url ? await ask(config, url) : undefined;
      // A gate that asks for a session is a gate that works; 5xx is one that does not.
      const answers = answer !== undefined && answer.status < 500;
      return { name, state, answers, ...answer, ...(url ? { url } : {}) };
    }),
  );
  const document: StatusDocument = { cloud: config.name, target: config.target, running: up, apps };
  const bad = !up || apps.some(({ state, answers }) => state === "partial" || (state === "running" && !answers));
  return { document, exitCode: bad ? 1 : 0 };
}

async function ask(config: CloudConfig, address: string): Promise<{ status: number; ms: number } | undefined> {
  const url = new URL(address);
  const begun = performance.now();
  if (url.protocol === "https:") {
    const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    return answer && { status: answer.status, ms: Math.round(performance.now() - begun) };
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
        resolve({ status: response.statusCode ?? 0, ms: Math.round(performance.now() - begun) });
      },
    );
    call.on("timeout", () => call.destroy()).on("error", () => resolve(undefined));
    call.end();
  });
}
