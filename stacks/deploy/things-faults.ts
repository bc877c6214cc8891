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
      detail: `${names.join(", ")} of ${id} would be kept in plain. An app's secrets are set by freehold secret set.`,
      exitCode: usage,
    }),
};
