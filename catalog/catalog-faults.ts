/** The table of faults of the list of catalogs and of asking them: names, the file, what does not answer. */
import { exitCodes, Fault } from "../blueprints/fault.ts";
import { spelled } from "../blueprints/seen.ts";
import { suggest } from "../blueprints/suggest.ts";

const { usage, notFound } = exitCodes;

export const faults = {
  catalogsBroken: (file: string, why: string, cause?: unknown) =>
    new Fault({
      code: "catalogs-broken",
      summary: "The list of catalogs cannot be read",
      detail: `${spelled(file)}: ${spelled(why)}`,
      at: spelled(file),
      exitCode: usage,
      cause,
    }),
  badName: (name: string) =>
    new Fault({
      code: "catalog-name-invalid",
      summary: "This name cannot be a catalog's",
      detail: `${spelled(name)}: a catalog's name has 2 to 32 of a-z, 0-9 and single hyphens, and begins with a letter.`,
      next: "freehold catalog add REF --name NAME",
      exitCode: usage,
    }),
  nameTaken: (name: string, ref: string | undefined) =>
    new Fault({
      code: "catalog-name-taken",
      summary: "This name is taken",
      detail: ref
        ? `${spelled(name)} is the catalog ${spelled(ref)}.`
        : `${spelled(name)} means something else in a REF.`,
      next: "freehold catalog add REF --name OTHER",
      exitCode: usage,
    }),
  known: (name: string, ref: string) =>
    new Fault({
      code: "catalog-known",
      summary: "This catalog is known already",
      detail: `${spelled(ref)} is the catalog ${name}.`,
      next: `freehold catalog refresh ${name}`,
      exitCode: usage,
    }),
  badRef: (ref: string) =>
    new Fault({
      code: "catalog-ref-invalid",
      summary: "This is no catalog",
      detail: `${spelled(ref)}: a catalog is github:OWNER/REPO, with @TAG or @BRANCH if you want, or a folder, as ./my-catalog.`,
      next: "freehold catalog add --help",
      exitCode: usage,
    }),
  alwaysThere: () =>
    new Fault({
      code: "catalog-bundled",
      summary: "The bundled catalog stays",
      detail: "It comes with Freehold: it can be neither added nor removed, and changes only with Freehold itself.",
      next: "freehold catalog ls",
      exitCode: usage,
    }),
  unknownCatalog: (name: string, known: string[]) => {
    const near = suggest(name, known);
    return new Fault({
      code: "catalog-unknown",
      summary: "There is no such catalog",
      detail: `No catalog is called ${spelled(name)}.${near ? ` Did you mean ${near}?` : ""}`,
      next: "freehold catalog ls",
      exitCode: notFound,
    });
  },
  tooSlow: (seconds: number) =>
    new Fault({
      code: "catalog-slow",
      summary: "A catalog did not answer in time",
      detail: `It was given ${seconds} seconds.`,
      next: "freehold catalog refresh",
    }),
  rolledBack: (name: string, serial: number, known: number) =>
    new Fault({
      code: "index-rolled-back",
      summary: "A catalog's index is older than one seen before",
      detail: `${name} now answers with number ${serial} of its index, after number ${known} was read. Somebody may be hiding newer versions, so the newer copy stays in use. Whoever keeps the catalog and meant to go back runs catalog build again.`,
      next: `freehold catalog rm ${name}`,
    }),
  noIndex: (dir: string) =>
    new Fault({
      code: "index-missing",
      summary: "This folder is no catalog",
      detail: `${spelled(dir)} has no catalog.json, which says what a catalog holds.`,
      at: spelled(dir),
      next: `freehold catalog build ${spelled(dir)}`,
      exitCode: notFound,
    }),
  notAFolder: (dir: string) =>
    new Fault({
      code: "folder-missing",
      summary: "There is no such folder",
      detail: `${spelled(dir)} is not a folder.`,
      at: spelled(dir),
      exitCode: notFound,
    }),
};
