/** The Cloudflare provider as a program of its own. */
import { createCloudflareProvider } from "./providers/cloudflare/index.ts";
import { runPlugin } from "./pulumi-resource.ts";

void runPlugin((environment) => createCloudflareProvider({ environment }));
