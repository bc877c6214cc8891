/** The providers that the embedded engine brings along, by package; what each calls its cloud with is loaded late. */
import { createAwsProvider } from "./aws/index.ts";
import { createCloudflareProvider } from "./cloudflare/index.ts";
import type { FindingProvider } from "./kit/provider.ts";

/** `environment`: where AWS_* and CLOUDFLARE_* variables are looked up; the process's own are never read. */
export function ownProviders(environment: Record<string, string>): (pkg: string) => FindingProvider | undefined {
  return (pkg) => {
    if (pkg === "aws") return createAwsProvider({ environment });
    return pkg === "cloudflare" ? createCloudflareProvider({ environment }) : undefined;
  };
}
