/** Serves a provider for the official engine to attach to: `node provider-server.ts bench|aws`. Prints its port. */
import { serveProvider } from "../../stacks/engine/plugins/serve.ts";
import { createAwsProvider } from "../../stacks/providers/aws/index.ts";
import { instantProvider } from "./instant-provider.ts";

const environment = process.env as Record<string, string>;
const make = process.argv[2] === "aws" ? () => createAwsProvider({ environment }) : instantProvider;
void serveProvider(make).then(({ port }) => process.stdout.write(`${port}\n`));
