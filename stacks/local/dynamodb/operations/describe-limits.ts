/** DescribeLimits: AWS's defaults for a new account; nothing is throttled here. */
import type { Operation } from "../context.ts";

export const describeLimits: Operation = {
  members: {},
  handle: () => ({
    AccountMaxReadCapacityUnits: 80_000,
    AccountMaxWriteCapacityUnits: 80_000,
    TableMaxReadCapacityUnits: 40_000,
    TableMaxWriteCapacityUnits: 40_000,
  }),
};
