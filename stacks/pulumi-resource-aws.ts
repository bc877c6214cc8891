/** The AWS provider as a program of its own. */
import { createAwsProvider } from "./providers/aws/index.ts";
import { runPlugin } from "./pulumi-resource.ts";

void runPlugin((environment) => createAwsProvider({ environment }));
