/** The faults of taking in what exists, and of taking everything out: whose it is, and why it cannot be told. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";

const { usage, notFound } = exitCodes;

export const thingFaults = {
  adoptMissing: (kind: string, id: string) =>
    new Fault({
      code: "adopt-missing",
      summary: "There is nothing to take in",
      detail: `The account has no ${kind} with the id ${id}, in this cloud's region.`,
      next: "freehold adopt --scan",
      exitCode: notFound,
    }),
  adoptOwned: (id: string, owner: string) =>
    new Fault({
      code: "adopt-owned",
      summary: "It belongs to somebody already",
      detail: `${id} is owned by ${owner}, which would change it back, or delete it.`,
      next: "freehold adopt --scan",
      exitCode: usage,
    }),
  adoptSecret: (id: string, names: readonly string[]) =>
    new Fault({
      code: "adopt-secret",
      summary: "It has a secret in it, and a list of things has none",
      detail: `${names.join(", ")} of ${id} would be kept in plain. An app's secrets are set by "freehold secret set".`,
      exitCode: usage,
    }),
  ejectUnfinished: (stack: string) =>
    new Fault({
      code: "eject-unfinished",
      summary: "What was cut off is brought to its end first",
      detail: `The state of ${stack} says that something is being made, and not what came of it.`,
      next: stack === "things" ? "freehold up" : `freehold up ${stack}`,
    }),
  ejectFilesGone: (stack: string, path: string) =>
    new Fault({
      code: "eject-files-gone",
      summary: "What it is made of is not on this computer",
      detail: `${stack} was brought up from ${path}, which is not here. Brought up here again, its files are.`,
      at: path,
      next: stack === "things" ? "freehold up" : `freehold up ${stack}`,
      exitCode: notFound,
    }),
};
