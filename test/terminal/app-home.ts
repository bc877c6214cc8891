/** A home with a cloud and apps in its files alone: what the app shows before anything has to run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstalledApp } from "../../cli/registry.ts";
import { type Home, withHome } from "../support/home.ts";

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
