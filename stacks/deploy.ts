/**
 * The door to the stacks: what the command line may do with a cloud, as functions that emit OperationEvents and throw
 * Faults. Nothing heavy is loaded before it is called. It reads no configuration, no environment and no registry: the
 * caller passes what it knows, and keeps what is answered.
 */
import type { Cloud } from "./cloud.ts";
import { beginStackKey } from "./deploy/begin-key.ts";
import type {
  App,
  AppResult,
  Changes,
  FoundationOptions,
  FoundationOutputs,
  HistoryItem,
  Kept,
  LogLine,
  RunOptions,
  StackName,
} from "./deploy/types.ts";

export type { Blueprint } from "../blueprints/load.ts";
export type { Cloud } from "./cloud.ts";
export type * from "./deploy/types.ts";

/** Creates or updates the foundation; makes the session key when there is none. Faults: credentials, locked. */
export async function deployFoundation(cloud: Cloud, o: FoundationOptions): Promise<FoundationOutputs> {
  return (await import("./deploy/foundation.ts")).deployFoundation(cloud, o);
}

/** Null when the foundation is not there. */
export async function foundationOutputs(cloud: Cloud): Promise<FoundationOutputs | null> {
  return (await import("./deploy/foundation.ts")).foundationOutputs(cloud);
}

/** The last thing to go: refuses (fault `cloud-in-use`) while an app's stack is there. */
export async function destroyFoundation(cloud: Cloud, o: RunOptions): Promise<void> {
  return (await import("./deploy/foundation.ts")).destroyFoundation(cloud, o);
}

/** `preview: true` changes nothing, secrets included. */
export async function deployApp(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: RunOptions & { preview?: boolean },
): Promise<AppResult> {
  beginStackKey(cloud, app.name);
  return (await import("./deploy/app.ts")).deployApp(cloud, foundation, app, o);
}

/**
 * Takes an app down, from any state it is in, a half-made one included; an app that is not there is done. With
 * `data: "keep"` tables, buckets and secret settings stay and are named; `attach` (what an earlier destroy kept) is
 * deleted too with `data: "delete"`.
 */
export async function destroyApp(
  cloud: Cloud,
  name: string,
  o: RunOptions & { data: "keep" | "delete"; attach?: readonly Kept[] },
): Promise<{ kept: Kept[]; changes: Changes }> {
  return (await import("./deploy/destroy.ts")).destroyApp(cloud, name, o);
}

/** Compares state with the cloud and writes what it finds into the state. */
export async function refreshApp(cloud: Cloud, name: StackName, o: RunOptions): Promise<{ changes: Changes }> {
  return (await import("./deploy/state.ts")).refreshApp(cloud, name, o);
}

/** Pulumi's own deployment JSON (`pulumi stack export --show-secrets`): what is secret in it stands there in plain. */
export async function exportStack(cloud: Cloud, name: StackName): Promise<unknown> {
  return (await import("./deploy/state.ts")).exportStack(cloud, name);
}

export async function importStack(cloud: Cloud, name: StackName, deployment: unknown): Promise<void> {
  return (await import("./deploy/state.ts")).importStack(cloud, name, deployment);
}

/** Secret outputs are the text `[secret]`. */
export async function stackOutputs(cloud: Cloud, name: StackName): Promise<Record<string, unknown>> {
  return (await import("./deploy/state.ts")).stackOutputs(cloud, name);
}

/** Newest first. */
export async function history(cloud: Cloud, name: StackName): Promise<HistoryItem[]> {
  return (await import("./deploy/state.ts")).history(cloud, name);
}

/** A one-use address, good for ten minutes, that signs the owner in at the app whose address is `url`. */
export async function mintLink(cloud: Cloud, foundation: FoundationOutputs, app: string, url: string): Promise<string> {
  return (await import("./deploy/links.ts")).mintLink(cloud, foundation, app, url);
}

/** Who the credentials belong to. Fault `credentials` (exit code 6) when there are none or they are refused. */
export async function callerIdentity(
  cloud: Pick<Cloud, "region" | "endpoint" | "environment">,
): Promise<{ accountId: string; arn: string }> {
  return (await import("./deploy/clients.ts")).callerIdentity(cloud);
}

/** Lines of the app's functions and gate, oldest first; with `follow` until the signal. `since`: milliseconds, 1970. */
export async function readLogs(
  cloud: Cloud,
  app: string,
  o: { since?: number; follow?: boolean; signal: AbortSignal },
  onLine: (line: LogLine) => void,
): Promise<void> {
  return (await import("./deploy/logs.ts")).readLogs(cloud, app, o, onLine);
}

/** Puts or removes (null) one secret setting; functions read it with their next call. */
export async function putSecret(cloud: Cloud, app: string, setting: string, value: string | null): Promise<void> {
  return (await import("./deploy/secrets.ts")).putSecret(cloud, app, setting, value);
}

/** Names of the secret settings that are set. */
export async function listSecrets(cloud: Cloud, app: string): Promise<string[]> {
  return (await import("./deploy/secrets.ts")).listSecrets(cloud, app);
}
