/** An engine's plugin host in a process of its own, `node engine-child.ts DIR`: starts the plugin on PATH and waits. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PluginHost } from "../../../../../stacks/engine/plugins/host.ts";

const dir = process.argv[2]!;
const pids = join(dir, "pids");
const host = new PluginHost({
  env: { ...process.env, PLUGIN_PIDS: pids },
  home: join(dir, "home"),
  root: dir,
  project: "proj",
  projectPlugins: [],
  configOf: () => ({}),
  warn: () => undefined,
  engine: () => ({}),
});
void host
  .over(() => undefined)("test", undefined)!
  .checkConfig({ urn: "", news: {} });
const timer = setInterval(() => {
  if (!existsSync(pids) || readFileSync(pids, "utf8").split("\n").length < 3) return;
  clearInterval(timer);
  process.stdout.write("started\n");
}, 20);
