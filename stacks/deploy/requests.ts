/**
 * How many requests came to an app's gate: the reports that the runtime writes of each call, counted in its log group. A
 * bounded number of pages is read; beyond it the count is a least. Changes nothing, and reads no message an app wrote.
 */
import type { Cloud } from "../cloud.ts";
import { logGroupName, nameLimits, physicalName } from "../names.ts";
import { guarded, logs } from "./clients.ts";
import type { RequestCount } from "./types.ts";

/** Of up to ten thousand lines each. */
const mostPages = 5;

/** `since`: milliseconds, 1970. `besides`: ids of requests that are not counted. Nothing was logged: none came. */
export async function countRequests(
  cloud: Cloud,
  app: string,
  since: number,
  besides: ReadonlySet<string>,
): Promise<RequestCount> {
  const logGroup = logGroupName(physicalName(cloud.name, app, "gate", nameLimits.function));
  return guarded(cloud, async () => {
    const { sdk, client } = await logs(cloud);
    let count = 0;
    let nextToken: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const asked = { logGroupName: logGroup, startTime: since, filterPattern: '"REPORT RequestId"', nextToken };
      const answer = await client.send(new sdk.FilterLogEventsCommand(asked)).catch((error: Error) => {
        if (error.name !== "ResourceNotFoundException") throw error;
        return { events: [], nextToken: undefined };
      });
      const ids = (answer.events ?? []).map(({ message = "" }) => /^REPORT RequestId: (\S+)/.exec(message)?.[1]);
      count += ids.filter((id) => id !== undefined && !besides.has(id)).length;
      nextToken = answer.nextToken;
      if (!nextToken) break;
    }
    client.destroy();
    return { count, more: nextToken !== undefined };
  });
}
