/** Which operation is which function. Loads the deployment, with Pulumi behind it, only in a worker. */
import type { End, Work } from "./work.ts";

export async function perform(work: Omit<Work, "deploy">): Promise<End> {
  const all: Work = { ...work, deploy: await import("../../stacks/deploy.ts") };
  switch (work.request.operation) {
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
    default:
      return (await import("./up.ts")).up(all);
  }
}
