/** Hands an address to the system's browser. No shell sees it; where there is no browser to be had, nothing happens. */
import { spawn } from "node:child_process";

/** Whether there was something to open it with. */
export function openBrowser(link: string, env: NodeJS.ProcessEnv): Promise<boolean> {
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
