/**
 * A deployment on its way out of a checkpoint or into one: export, import, a new name. Pure: stack-backend.ts reads and
 * writes.
 */
import {
  type Checkpoint,
  checkVersion,
  deploymentFromSnapshot,
  parseCheckpoint,
  parseJson,
  snapshotFromDeployment,
  type UntypedDeployment,
} from "./checkpoint.ts";
import { errors } from "./errors.ts";
import { verifyIntegrity } from "./integrity.ts";
import { formatRef } from "./refs.ts";
import type { Snapshot, StackRef } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";

/** `showSecrets` puts what is encrypted there in plain. */
export function exported(
  { deployment, version, features }: Checkpoint,
  manager: SecretsManager | undefined,
  { showSecrets }: { showSecrets: boolean },
): UntypedDeployment {
  const head = { version: Math.max(3, version), ...(features.length > 0 ? { features } : {}) };
  if (!deployment)
    return { ...head, deployment: { manifest: { time: "0001-01-01T00:00:00Z", magic: "", version: "" } } };
  if (!showSecrets) return { ...head, deployment };
  const snapshot = snapshotFromDeployment(deployment, manager);
  const { manifest: _manifest, ...plain } = deploymentFromSnapshot(snapshot, manager, { kind: "plaintext" }, 0);
  return { ...head, deployment: { ...deployment, ...plain } };
}

/** What is to become the stack's state. Throws when it is none, is broken, or is another stack's and not forced. */
export function imported(
  json: unknown,
  ref: StackRef,
  manager: SecretsManager | undefined,
  { force }: { force: boolean },
): Snapshot {
  const untyped = json as UntypedDeployment;
  if (untyped === null || typeof untyped !== "object" || typeof untyped.deployment !== "object")
    throw errors.unreadable("the deployment to import", undefined, "it has no deployment");
  checkVersion("the deployment to import", untyped.version, untyped.features);
  const snapshot = snapshotFromDeployment(untyped.deployment, manager);
  const own = `urn:pulumi:${ref.stack}::${ref.project}::`;
  const foreign = snapshot.resources.find(({ urn }) => !urn.startsWith(own));
  if (foreign && !force) throw errors.foreignUrn(foreign.urn);
  verifyIntegrity(snapshot);
  return snapshot;
}

/** The checkpoint's JSON under another name, which every URN in it has; the root resource is named after both, too. */
export function renamed(file: string, text: string, from: StackRef, to: StackRef): any {
  const { deployment } = parseCheckpoint(file, text);
  const begin = ({ stack, project }: StackRef): string => `"urn:pulumi:${stack}::${project}::`;
  const root = ({ stack, project }: StackRef): string => `::pulumi:pulumi:Stack::${project}-${stack}"`;
  const latest =
    deployment && JSON.stringify(deployment).replaceAll(begin(from), begin(to)).replaceAll(root(from), root(to));
  const json = parseJson(file, text);
  json["checkpoint"] = { stack: formatRef(to), ...(latest ? { latest: JSON.parse(latest) } : {}) };
  return json;
}
