/** `cloud status`, `start` and `reset` in plain text. */
import type { CloudStatusDocument } from "../commands/cloud-status.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain(status: CloudStatusDocument, paint: Paint): string {
  const { cloud, target, running, endpoint, pid, region, accountId, dataDir, stateBucket, sandbox, access } = status;
  const state = target === "aws" ? "in AWS" : running ? paint.good("running") : paint.warn("not running");
  const rows = [
    ["endpoint", endpoint ?? "AWS's own"],
    ...(pid === null ? [] : [["process", String(pid)]]),
    ["region", region],
    ["account", accountId],
    ["folder", dataDir],
    ...(sandbox === null ? [] : [["sandbox", sandbox.why ? `${sandbox.kind} (${sandbox.why})` : sandbox.kind]]),
    // What every cloud does need not be said.
    ...(access === "audit" || access === "off" ? [["policies", access]] : []),
    ...(stateBucket === null ? [] : [["state", `s3://${stateBucket}`]]),
  ];
  return `${paint.bold(cloud)} · ${target} · ${state}\n\n${columns(rows.map(([key, value]) => [`  ${key}`, value!]))}`;
}
