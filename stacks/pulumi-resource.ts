/**
 * A provider as a program of its own, as Pulumi's engines start their plugins: prints its port on the first line, serves
 * on loopback, ends with the engine that started it. The engine's address is its argument; without one it serves until it
 * is stopped, for PULUMI_DEBUG_PROVIDERS. Started by pulumi-resource-aws.ts and pulumi-resource-cloudflare.ts.
 */
import { fstatSync } from "node:fs";
import { serveProvider } from "./engine/plugins/serve.ts";
import type { Provider } from "./engine/provider.ts";

/** `make` is told the process's environment, and called for each provider resource that connects. */
export async function runPlugin(make: (environment: Record<string, string>) => Provider): Promise<void> {
  const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const environment = process.env as Record<string, string>;
  const served = await serveProvider(() => make(environment), engine);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    // Whoever waits for an answer is gone, or has asked for this: it need not come.
    setTimeout(() => process.exit(0), 2_000).unref();
    void served.close().finally(() => process.exit(0));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, end);
  process.stdout.on("error", end);
  if (engine !== undefined) watchEngine(end);
  process.stdout.write(`${served.port}\n`);
}

/** It holds the other end of our standard input; an engine that gave us none is our parent. */
function watchEngine(end: () => void): void {
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("close", end).on("error", end).resume();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 1_000).unref();
}
