/** The log lines of an app's functions and gate, from the log groups its state names. */
import { setTimeout as pause } from "node:timers/promises";
import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Cloud } from "../cloud.ts";
import { guarded, logs } from "./clients.ts";
import type { LogLine } from "./types.ts";
import { needStack } from "./workspace.ts";

const probeMs = 1000;
const defaultMs = 3600_000;

export async function readLogs(
  cloud: Cloud,
  app: string,
  o: { since?: number; follow?: boolean; signal: AbortSignal },
  onLine: (line: LogLine) => void,
): Promise<void> {
  const groups = await groupsOf(cloud, app);
  let since = o.since ?? Date.now() - defaultMs;
  const seen = new Set<string>();
  while (!o.signal.aborted) {
    const found = await Promise.all(groups.map((group) => eventsOf(cloud, group, since)));
    const fresh = found.flat().filter(({ id }) => !seen.has(id));
    for (const { id, line } of fresh.sort((a, b) => (a.line.at < b.line.at ? -1 : a.line.at > b.line.at ? 1 : 0))) {
      seen.add(id);
      onLine(line);
    }
    if (!o.follow) return;
    // Lines may arrive a little late; the ids tell those apart that were shown.
    since = Math.max(since, Date.now() - 60_000);
    await pause(probeMs, undefined, { signal: o.signal }).catch(() => undefined);
  }
}

interface Group {
  name: string;
  noun: string;
}

async function groupsOf(cloud: Cloud, app: string): Promise<Group[]> {
  const { deployment } = await (await needStack(cloud, app)).exportStack();
  const { resources = [] } = deployment as { resources?: { type: string; urn: string; id?: string }[] };
  return resources
    .filter(({ type, id }) => type === "aws:cloudwatch/logGroup:LogGroup" && id)
    .map(({ urn, id }) => ({ name: id!, noun: urn.slice(urn.lastIndexOf("::") + 2) }));
}

async function eventsOf(cloud: Cloud, group: Group, startTime: number): Promise<{ id: string; line: LogLine }[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await logs(cloud);
    const events: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const command = new sdk.FilterLogEventsCommand({ logGroupName: group.name, startTime, nextToken });
      const page = await client.send(command).catch((error: Error) => {
        if (error.name !== "ResourceNotFoundException") throw error;
        return { events: [], nextToken: undefined };
      });
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return events.map(({ eventId, timestamp = 0, message = "" }) => ({
      id: eventId ?? `${timestamp} ${message}`,
      line: { at: new Date(timestamp).toISOString(), function: group.noun, message: message.replace(/\n$/, "") },
    }));
  });
}
