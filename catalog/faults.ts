/** The table of this room's faults: what is not found where blueprints come from. */
import { exitCodes, Fault } from "../blueprints/fault.ts";
import { spelled } from "../blueprints/seen.ts";

export const faults = {
  unknownRef: (ref: string, near: string | undefined) =>
    new Fault({
      code: "ref-unknown",
      summary: "There is no such app or blueprint",
      detail: `Nothing installed, bundled or in a catalog is called ${spelled(ref)}.${near ? ` Did you mean ${near}?` : ""} A folder begins with ./`,
      next: near ? `freehold up ${near}` : "freehold ls",
      exitCode: exitCodes.notFound,
    }),
  ambiguous: (ref: string, catalogs: readonly string[]) =>
    new Fault({
      code: "ref-ambiguous",
      summary: "Several catalogs have a blueprint of that name",
      detail: `${ref} is in ${catalogs.join(" and in ")}. Say which: ${catalogs.map((one) => `${one}/${ref}`).join(" or ")}.`,
      next: `freehold info ${catalogs[0]}/${ref}`,
      exitCode: exitCodes.usage,
    }),
  entryMissing: ({ name, dir }: { name: string; dir: string }, path: string) =>
    new Fault({
      code: "entry-missing",
      summary: "The catalog lists a folder that is not there",
      detail: `${path} is in the index of ${name}, and not in ${dir}. Whoever keeps the folder builds its index anew.`,
      next: `freehold catalog build ${dir}`,
      exitCode: exitCodes.notFound,
    }),
  refMalformed: (ref: string) =>
    new Fault({
      code: "ref-malformed",
      summary: "This is not how a blueprint is named",
      detail: `${spelled(ref)}: it is NAME, CATALOG/NAME, a folder that begins with ./, or github:OWNER/REPO[/PATH][@TAG|COMMIT].`,
      exitCode: exitCodes.usage,
    }),
  folderMissing: (ref: string) =>
    new Fault({
      code: "folder-missing",
      summary: "There is no such folder",
      detail: `${spelled(ref)} is not a folder.`,
      at: spelled(ref),
      exitCode: exitCodes.notFound,
    }),
};
