/** The providers that the embedded engine brings along, by package; what each calls its cloud with is loaded late. */
import type { Provider } from "../engine/provider.ts";
import { createAwsProvider } from "./aws/index.ts";
import { createCloudflareProvider } from "./cloudflare/index.ts";

/** `environment`: where AWS_* and CLOUDFLARE_* variables are looked up; the process's own are never read. */
export function ownProviders(environment: Record<string, string>): (pkg: string) => Provider | undefined {
  return (pkg) => {
    if (pkg === "aws") return createAwsProvider({ environment });
    return pkg === "cloudflare" ? createCloudflareProvider({ environment }) : undefined;
  };
}
