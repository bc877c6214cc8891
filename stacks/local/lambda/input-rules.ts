/** How Lambda refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { invalidShape, notServed } from "./errors.ts";

/** Settings of sources that are none here, and of what is not counted or encrypted here. */
const otherSources = [
  ...["AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "LoggingConfig"],
  ...["MetricsConfig", "ProvisionedPollerConfig", "ScalingConfig", "SelfManagedKafkaEventSourceConfig"],
  "SourceAccessConfigurations",
];

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
    CreateEventSourceMapping: [...otherSources, "Queues", "SelfManagedEventSource", "Topics"],
    UpdateEventSourceMapping: otherSources,
    Invoke: ["DurableExecutionName", "TenantId"],
    InvokeWithResponseStream: ["TenantId"],
  },
};
