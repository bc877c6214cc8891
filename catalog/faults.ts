/** The table of this room's faults: what is not found where blueprints come from. */
import { exitCodes, Fault } from "../blueprints/fault.ts";

export const faults = {
  unknownRef: (ref: string, near: string | undefined) =>
    new Fault({
      code: "ref-unknown",
      summary: "There is no such app or blueprint",
      detail: `Nothing installed or bundled is called ${ref}.${near ? ` Did you mean ${near}?` : ""} A folder begins with ./`,
      next: near ? `freehold up ${near}` : "freehold ls",
      exitCode: exitCodes.notFound,
    }),
  refNotYet: (ref: string) =>
    new Fault({
      code: "ref-not-yet",
      summary: "This kind of reference is not carried out yet",
      detail: `${ref}: names of bundled blueprints, installed apps and folders work; catalogs and GitHub do not yet.`,
      exitCode: exitCodes.usage,
    }),
  folderMissing: (ref: string) =>
    new Fault({
      code: "folder-missing",
      summary: "There is no such folder",
      detail: `${ref} is not a folder.`,
      at: ref,
      exitCode: exitCodes.notFound,
    }),
};
