/**
 * The AWS provider: the engine's provider interface over the AWS SDK. It does not know whether AWS, another AWS or the
 * local cloud answers. It reads no environment but the one it is given.
 */
import type { PropertyMap } from "../../engine/value.ts";
import { type FindingProvider, providerOf } from "../kit/provider.ts";
import { configProperties, pluginVersion, settingsOf } from "./config.ts";
import { invoke } from "./invokes.ts";
import { findType } from "./registry.ts";
import { Session } from "./session.ts";

export type { Found } from "../kit/skeleton.ts";
export { knownTypes } from "./registry.ts";

export interface AwsProviderOptions {
  /** Where AWS_* variables, HOME and the names of shared files are looked up; the process's own is never read. */
  environment: Record<string, string>;
  /** The @pulumi/aws version this provider answers for. */
  version?: string;
}

export type AwsProvider = FindingProvider;

export function createAwsProvider({ environment, version = pluginVersion }: AwsProviderOptions): AwsProvider {
  return providerOf({
    package: "aws",
    version,
    config: configProperties,
    findType,
    open: (inputs, context, known) => Session.open(settingsOf(inputs, environment), context, known),
    invoke,
    defaultTags: (inputs) => settingsOf(inputs, environment).defaultTags,
    accountOf,
  });
}

/** The one account that ARNs of these outputs name; undefined when they name none, or several. */
function accountOf(outputs: readonly PropertyMap[]): string | undefined {
  const accounts = new Set(
    outputs.flatMap(({ arn }) => /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(String(arn))?.[1] ?? []),
  );
  return accounts.size === 1 ? [...accounts][0] : undefined;
}
