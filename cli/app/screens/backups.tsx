/** The backups of an app: of which version and time, how large, whether whole. A view of `data backups`; `b` makes one more. */
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";

export function Backups({ app }: ScreenParams["backups"]) {
  const shell = useShell();
  const line = { name: "data backup", args: [app] };
  return (
    <DocumentScreen<unknown>
      title={`${app} · backups`}
      command="data backups"
      args={[app]}
      keys={() => [
        {
          key: "b",
          label: "backup",
          does: "copy all of it into a bucket of the cloud's own, and read it back",
          run: () => shell.open("progress", { line, title: `back up ${app}` }),
        },
        {
          key: "t",
          label: "restore",
          does: "type what is to be brought back: all, one table or bucket, an item or a file",
          run: () => shell.open("palette", { line: `data restore ${app} --dry-run` }),
        },
      ]}
      status={() => `$ freehold data backups ${app}`}
    />
  );
}
