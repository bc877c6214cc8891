/** A home with a cloud and apps in its files alone: what the app shows before anything has to run. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { InstalledApp } from "../../cli/registry.ts";
import { freehold, type Home, withHome } from "../support/home.ts";
import { openTerminal, type Terminal, terminalEnv } from "../support/terminal.ts";

/** One installed app, as its file has it. */
export function installed(name: string, more: Partial<InstalledApp> = {}): InstalledApp {
  return {
    format: 1,
    name,
    ref: "notes",
    source: "bundled",
    origin: { source: "bundled" },
    blueprint: "notes",
    title: "Notes",
    version: "1.0.0",
    digest: `sha256:${"0".repeat(64)}`,
    url: `http://${name}--home.localhost:4780/`,
    state: "running",
    kept: [],
    settings: {},
    functions: {},
    versions: [],
    installedAt: "2026-11-26T12:00:00.000Z",
    updatedAt: "2026-11-26T12:00:00.000Z",
    ...more,
  };
}

/** Its local cloud's process does not run, and nothing here starts it. */
export async function homeOf(apps: readonly (InstalledApp | Record<string, unknown>)[]): Promise<Home> {
  const home = await withHome();
  const root = home.env["FREEHOLD_HOME"]!;
  const folder = join(root, "data/clouds/home/apps");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, "config"), { recursive: true });
  const cloud = `{ target: local, region: eu-central-1, accountId: "123456789012", timeZone: UTC, port: ${home.env["FREEHOLD_PORT"]} }`;
  writeFileSync(join(root, "config/clouds.yaml"), `format: 1\ncurrent: home\nclouds:\n  home: ${cloud}\n`);
  for (const app of apps) writeFileSync(join(folder, `${app["name"]}.json`), JSON.stringify(app));
  return home;
}

/** In a shell, so that the terminal's own settings can be asked for when the app has ended. */
export function inShell(home: Home, flags = "", env: NodeJS.ProcessEnv = {}): Terminal {
  const line = `"${process.execPath}" "${freehold}" ${flags}; echo "ended with $?"; stty -a; echo done; read end`;
  return openTerminal(["-c", line], { command: "/bin/sh", cwd: home.dir, env: terminalEnv(home, env) });
}

/** Cooked, echoing, with its cursor, no bracketed paste, on the screen it began on. */
export async function isAsItWas(terminal: Terminal, code: number): Promise<void> {
  await terminal.has(/^done$/m);
  const all = terminal.all().join("\n");
  expect(all).toContain(`ended with ${code}`);
  expect(all).toMatch(/(^|[ ;])icanon\b/m);
  expect(all).toMatch(/(^|[ ;])echo\b/m);
  expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?25l"));
  expect(terminal.modes().bracketedPasteMode).toBe(false);
  expect(terminal.alternate()).toBe(false);
}

export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
