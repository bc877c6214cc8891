/** Which operation is which function. Loads the deployment, with Pulumi behind it, only in a worker. */
import { signInAgain } from "../access.ts";
import { readClouds } from "../clouds.ts";
import type { End, Work } from "./work.ts";

export async function perform(work: Omit<Work, "deploy">): Promise<End> {
  const all: Work = { ...work, deploy: await import("../../stacks/deploy.ts") };
  try {
    return await start(all);
  } catch (error) {
    throw await withNext(all, error);
  }
}

/** A sign-in may end in the middle of an operation: then what to do is where it came from. */
async function withNext({ paths, request }: Work, error: unknown): Promise<unknown> {
  const { clouds, current } = await readClouds(paths);
  const cloud = clouds.find(({ name }) => name === (request.cloud ?? current));
  return cloud?.target === "aws" ? signInAgain(paths, error, cloud) : error;
}

async function start(all: Work): Promise<End> {
  // A preview, too, is of a thing.
  if (all.request.thing?.id !== undefined) return (await import("./adopt.ts")).adoptThing(all);
  if (all.request.thing) return (await import("./things.ts")).addThing(all);
  switch (all.request.operation) {
    case "setup":
      return (await import("./setup.ts")).setup(all);
    case "destroy":
      return (await import("./destroy.ts")).destroy(all);
    case "upgrade":
      return (await import("./upgrade.ts")).upgrade(all);
    case "settings":
      return (await import("./again.ts")).changeSettings(all);
    case "rollback":
      return (await import("./again.ts")).rollback(all);
    case "undo":
      return (await import("./again.ts")).undo(all);
    case "export":
      if (all.request.snapshot) return (await import("./snapshot-with-data.ts")).snapshotWithData(all);
      return (await import("./data-export.ts")).dataExport(all);
    case "import":
      return (await import("./data-import.ts")).dataImport(all);
    case "backup":
      return (await import("./data-backup.ts")).dataBackup(all);
    case "restore":
      return (await import("./data-restore.ts")).dataRestore(all);
    case "apply":
      return (await import("./snapshot-apply.ts")).applySnapshot(all);
    case "domain":
      return (await import("./domain.ts")).changeDomain(all);
    case "engine":
      return (await import("./engine.ts")).switchEngine(all);
    case "vend":
      return (await import("./accounts.ts")).newAccount(all);
    case "close":
      return (await import("./accounts-close.ts")).closeAccount(all);
    default:
      return (await import("./up.ts")).up(all);
  }
}
