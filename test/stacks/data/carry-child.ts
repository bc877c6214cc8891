/** An export or import in a process of its own, to be killed: what it is to do is its argument, in JSON. */
import { exportData } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import type { ImportOptions } from "../../../stacks/data/import.ts";
import { importData, targetsOf } from "../../../stacks/data/import.ts";
import { openExport } from "../../../stacks/data/import-check.ts";
import { exporting, importing } from "./carrying.ts";

const { what, cloud, from, to, at, mode } = JSON.parse(process.argv[2] ?? "");
if (what === "export") {
  const part = { bytes: 500_000, objects: 3, objectBytes: 10 ** 9 };
  await exportData(cloud, from, folderPlace(at), exporting({ part }));
} else {
  const source = await openExport(folderPlace(at));
  const given: Partial<ImportOptions> = mode ? { mode } : {};
  await importData(cloud, source, targetsOf(source.manifest.stores, to, to[0].app), importing(`${at}-notes`, given));
}
