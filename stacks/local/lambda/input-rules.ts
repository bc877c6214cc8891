/** How Lambda refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { invalidShape, notServed } from "./errors.ts";

export const inputRules: InputRules = {
  service: "lambda",
  invalid: invalidShape,
  notServed,
  elementsNotNull: true,
  judgedByOperation: {
    CreateFunction: ["FunctionName", "Runtime"],
    UpdateFunctionConfiguration: ["Runtime"],
  },
  notCarried: {
    Invoke: ["DurableExecutionName", "TenantId"],
    InvokeWithResponseStream: ["TenantId"],
  },
  withoutEffect: {
    ListEventSourceMappings: { EventSourceArn: "there are none: event source mappings are refused" },
  },
};
