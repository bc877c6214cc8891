/** How Lambda refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { Manners } from "../models/admit.ts";
import { invalidShape, notServed } from "./errors.ts";

export const manners: Manners = {
  service: "lambda",
  invalid: invalidShape,
  notServed,
  elementsNotNull: true,
  notCarried: {
    Invoke: ["DurableExecutionName", "TenantId"],
    InvokeWithResponseStream: ["TenantId"],
  },
  withoutEffect: {
    ListEventSourceMappings: { EventSourceArn: "there are none: event source mappings are refused" },
  },
};
