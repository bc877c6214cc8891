/**
 * CloudWatch Logs: the door. Groups, streams, events, retention; functions' output arrives through `peers.writeLogs`.
 * Live Tail goes on over one answer. Metric filters, subscriptions and Insights are refused by their names.
 */

import { every } from "../clock.ts";
import { jsonService } from "../protocols/aws-json.ts";
import type { LocalCloud, Service } from "../service.ts";
import { logsAccess } from "./access.ts";
import { openEventLog, tables } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { inputRules } from "./input-rules.ts";
import { eventOperations } from "./reading.ts";
import { openLiveTails } from "./tail.ts";

const sweepMs = 60_000;

export function createLogsService(cloud: LocalCloud): Service {
  cloud.store.migrate("logs", tables);
  const log = openEventLog(cloud);
  const tails = openLiveTails(cloud, log);
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
      inputRules,
      access: logsAccess(cloud),
      operations: { ...groupOperations(cloud, log), ...eventOperations(cloud, log), StartLiveTail: tails.start },
    }),
    start() {
      cancel = every(cloud.clock, sweepMs, sweep);
      sweep();
    },
    async stop() {
      cancel();
      tails.stop();
      await sweeping;
      await log.flush();
    },
  };
}
