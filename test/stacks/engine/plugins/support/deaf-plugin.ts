/** A plugin that heeds neither its standard input nor signals, and has a child that does the same. */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
const { PLUGIN_PIDS = "" } = process.env;
const deaf = "for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => {}); setInterval(() => {}, 1000);";
const child = spawn(process.execPath, ["-e", deaf], { stdio: "ignore" });
appendFileSync(PLUGIN_PIDS, `${process.pid}\n${child.pid}\n`);
// It never serves: its engine is killed while it waits for the port.
setInterval(() => undefined, 1_000);
