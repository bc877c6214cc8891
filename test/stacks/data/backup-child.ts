/** A backup, or the return of the newest, in a process of its own, to be killed: what it is to do is its argument, in JSON. */
import { join } from "node:path";
import { backupPlace, listBackups } from "../../../stacks/data/backups/bucket.ts";
import { takeBackup } from "../../../stacks/data/backups/take.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import { importing } from "./carrying.ts";

const { what, cloud, places, scratch, part } = JSON.parse(process.argv[2] ?? "");
const signal = new AbortController().signal;
if (what === "backup") {
  const o = {
    emit: () => undefined,
    signal,
    app: "notes",
    about: [],
    why: "asked",
    scratch,
    freehold: "0",
    part,
  } as const;
  await takeBackup(cloud, places, o);
} else {
  const [newest] = await listBackups(cloud, ["notes"]);
  const source = await openExport(await backupPlace(cloud, newest!, scratch, signal));
  const pairs = targetsOf(source.manifest.stores, places, "notes");
  await importData(cloud, source, pairs, importing(join(scratch, "back"), { mode: "replace" }));
}
