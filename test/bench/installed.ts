/** Other people's packages, from the registry into a folder of the bench's own. */
import { run } from "../support/home.ts";

/** `packages` with their versions; none of their scripts run. */
export async function installPackages(dir: string, packages: readonly string[]): Promise<void> {
  const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages];
  const { code, stderr } = await run(install, process.env, { command: "npm", cwd: dir });
  if (code !== 0) throw new Error(`npm could not install it: ${stderr.trim().slice(-200)}`);
}
