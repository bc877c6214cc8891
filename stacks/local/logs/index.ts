/**
 * CloudWatch Logs: the door. Groups, streams, events, retention; functions' output arrives through `peers.writeLogs`.
 * Metric filters, subscriptions, Insights and live tail are not served: their names answer the service's error.
 */

import { every } from "../clock.ts";
import { jsonService } from "../protocols/aws-json.ts";
import type { LocalCloud, Service } from "../service.ts";
import { logsAccess } from "./access.ts";
import { openEventLog, tables } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { manners } from "./manners.ts";
import { eventOperations } from "./reading.ts";

const sweepMs = 60_000;

export function createLogsService(cloud: LocalCloud): Service {
  cloud.store.migrate("logs", tables);
  const log = openEventLog(cloud);
  cloud.peers.writeLogs = (group, stream, events, createGroup) => log.write({ group, stream, events, createGroup });
  let cancel = (): void => undefined;
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = (): void => {
    sweeping = log.sweep().catch((error: unknown) => cloud.log(`logs: sweep failed: ${String(error)}`));
  };

  return {
    ...jsonService(cloud, {
      name: "logs",
      version: "1.1",
      target: "Logs_20140328",
      manners,
      access: logsAccess(cloud),
      operations: { ...groupOperations(cloud, log), ...eventOperations(cloud, log) },
    }),
    start() {
      cancel = every(cloud.clock, sweepMs, sweep);
      sweep();
    },
    async stop() {
      cancel();
      await sweeping;
      await log.flush();
    },
  };
}
