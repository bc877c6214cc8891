/** `cloud stop` in plain text. */
import type { CloudStopDocument } from "../commands/cloud-stop.ts";

export function plain({ stopped, notRunning }: CloudStopDocument): string {
  const lines = [
    ...stopped.map((name) => `${name} is stopped; its data stays.`),
    ...notRunning.map((name) => `${name} was not running.`),
  ];
  return lines.length > 0 ? lines.join("\n") : "There is no local cloud.";
}
