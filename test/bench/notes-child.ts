/**
 * One operation on the project's own programs, as a process of its own: `node notes-child.ts REQUEST`, a JSON text with
 * the cloud, the folder of built functions, and `setup`, `up`, `preview` or `destroy`. Which engine carries it out was
 * decided when this was bundled.
 */
import { digestFolder } from "../../blueprints/digest.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";

export interface Request {
  operation: "setup" | "up" | "preview" | "destroy";
  cloud: Cloud;
  functionsDir: string;
  /** Of notes' blueprint. */
  folder: string;
}

const { operation, cloud, functionsDir, folder } = JSON.parse(process.argv[2] ?? "") as Request;
const o = { signal: new AbortController().signal, emit: () => undefined };

async function notes(preview: boolean): Promise<void> {
  const blueprint = await loadBlueprint(folder);
  const app = { name: "notes", blueprint, digest: await digestFolder(folder), settings: {}, secrets: {}, functionsDir };
  const foundation = await deploy.foundationOutputs(cloud);
  await deploy.deployApp(cloud, foundation!, app, { ...o, preview });
}

async function main(): Promise<void> {
  if (operation === "setup") await deploy.deployFoundation(cloud, { ...o, functionsDir, preview: false });
  else if (operation === "destroy") await deploy.destroyApp(cloud, "notes", { ...o, data: "delete" });
  else await notes(operation === "preview");
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
