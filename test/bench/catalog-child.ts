/** Reads an index once, in a process of its own, and prints how long that took: `index FILE` checks it, `json FILE` does not. */
import { readFileSync } from "node:fs";
import { parseIndex } from "../../catalog/index/format.ts";

const [how, file] = process.argv.slice(2);
const text = readFileSync(file!, "utf8");
const cpu = process.cpuUsage();
const begun = performance.now();
if (how === "index") await parseIndex(text);
else JSON.parse(text);
const ms = performance.now() - begun;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }));
