/** `open`: mints a one-use link; in a terminal, hands it to the system's browser. Without APP it opens the home page. */
import { enterCloud } from "../access.ts";
import { accessFaults } from "../access-errors.ts";
import { openBrowser } from "../browser.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { type InstalledApp, readApps } from "../registry.ts";
import { findApp } from "./app.ts";

export interface OpenDocument {
  app: string;
  url: string;
  /** Good once, for `linkSeconds`. */
  link: string;
  opened: boolean;
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await chosen(input);
  if (!app.url || app.state === "kept") throw faults.notConnected(app.name);
  const cloud = await enterCloud(input.paths, config);
  const deploy = await import("../../stacks/deploy.ts");
  const foundation = await deploy.derivedFoundation(cloud);
  if (foundation.signinUrl === "") throw faults.notConnected(app.name);
  const link = await deploy.mintLink(cloud, foundation, { app: app.name });
  const opened = input.interactive && (await openBrowser(link, input.env));
  return { document: { app: app.name, url: app.url, link, opened } satisfies OpenDocument };
}

/** APP, else the home page, else the only app. Throws `app-unclear`, what finding an app throws. */
async function chosen(input: Input): Promise<{ config: CloudConfig; app: InstalledApp }> {
  if (input.args.length > 0) return findApp(input);
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  const running = readApps(input.paths, config.name).filter(({ state, url }) => state !== "kept" && url);
  const app = homeOf(running) ?? (running.length === 1 ? running[0] : undefined);
  if (!app) throw accessFaults.whichApp(running.map(({ name }) => name));
  return { config, app };
}

/** The home page is what has its name, whatever blueprint it is of: it can be replaced. */
export const homeOf = (apps: readonly InstalledApp[]): InstalledApp | undefined =>
  apps.find(({ name, state, url }) => name === "home" && state !== "kept" && url);
