/** `open`: mints a one-use link; in a terminal, hands it to the system's browser. */
import { spawn } from "node:child_process";
import { enterCloud } from "../access.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { findApp } from "./app.ts";

export interface OpenDocument {
  app: string;
  url: string;
  /** Good once, for ten minutes. */
  link: string;
  opened: boolean;
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  if (!app.url || app.state === "kept") throw faults.notConnected(app.name);
  const cloud = await enterCloud(input.paths, config);
  const deploy = await import("../../stacks/deploy.ts");
  const foundation = await deploy.foundationOutputs(cloud);
  if (!foundation) throw faults.notConnected(app.name);
  const link = await deploy.mintLink(cloud, foundation, { app: app.name });
  const opened = input.interactive && (await openBrowser(link, input.env));
  return { document: { app: app.name, url: app.url, link, opened } satisfies OpenDocument };
}

/** Whether there was something to open it with. */
function openBrowser(link: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const command =
    process.platform === "darwin"
      ? "open"
      : process.platform === "win32"
        ? "explorer.exe"
        : env["BROWSER"] || "xdg-open";
  if (process.platform === "linux" && !env["BROWSER"] && !env["DISPLAY"] && !env["WAYLAND_DISPLAY"])
    return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(command, [link], { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
