/**
 * CloudWatch Logs: the door. Groups, streams, events, retention; functions' output arrives through `peers.writeLogs`.
 * Metric filters, subscriptions, Insights and live tail are not served: their names answer the service's error.
 */
import { jsonService } from "../protocols/aws-json.ts";
import type { LocalCloud, Service } from "../service.ts";
import { openEventLog, tables } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { manners } from "./manners.ts";
import { eventOperations } from "./reading.ts";

const sweepMs = 60_000;

export function createLogsService(cloud: LocalCloud): Service {
  cloud.store.migrate("logs", tables);
  const log = openEventLog(cloud);
  cloud.peers.writeLogs = (group, stream, events, createGroup) => log.write({ group, stream, events, createGroup });
  let timer: NodeJS.Timeout | undefined;
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
      operations: { ...groupOperations(cloud, log), ...eventOperations(cloud, log) },
    }),
    start() {
      timer = setInterval(sweep, sweepMs).unref();
      sweep();
    },
    async stop() {
      clearInterval(timer);
      await sweeping;
      await log.flush();
    },
  };
}
