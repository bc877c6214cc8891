/**
 * What the account has been charged this month, by Cost Explorer. One call is made and never again by itself, since each is
 * paid for. By app only where somebody activated the tag `freehold:app` for that in the billing console.
 */
import type { Cloud } from "../../cloud.ts";
import { costExplorer, guarded } from "../clients.ts";
import { monthOf } from "./index.ts";

export interface Charged {
  /** US dollars; sorted, the dearest first. Unblended, before taxes that are not known yet. */
  services: { service: string; dollars: number }[];
  /** Empty where the tag is not activated, or nothing was charged with it yet. */
  apps: { app: string; dollars: number }[];
  total: number;
  /** AWS still counts. */
  estimated: boolean;
  /** There are more pages, each of which would be paid for. */
  more: boolean;
}

const appTag = "freehold:app";
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const dayMs = 24 * 3_600_000;

/** `now`: milliseconds, 1970. Faults: `denied`, credentials. */
export async function chargedByAws(cloud: Cloud, now: number): Promise<Charged> {
  return guarded(cloud, async () => {
    const { sdk, client } = await costExplorer(cloud);
    const { ResultsByTime = [], NextPageToken } = await client.send(
      new sdk.GetCostAndUsageCommand({
        // The end is not in it.
        TimePeriod: { Start: day(monthOf(now).from), End: day(now + dayMs) },
        Granularity: "MONTHLY",
        Metrics: ["UnblendedCost"],
        GroupBy: [
          { Type: "DIMENSION", Key: "SERVICE" },
          { Type: "TAG", Key: appTag },
        ],
      }),
    );
    client.destroy();
    const services = new Map<string, number>();
    const apps = new Map<string, number>();
    for (const { Groups = [] } of ResultsByTime)
      for (const { Keys: [service = "", tag = ""] = [], Metrics } of Groups) {
        const dollars = Number(Metrics?.["UnblendedCost"]?.Amount ?? 0);
        // `freehold:app$notes`; without a name what carries no such tag.
        const app = tag.slice(tag.indexOf("$") + 1);
        services.set(service, (services.get(service) ?? 0) + dollars);
        if (app) apps.set(app, (apps.get(app) ?? 0) + dollars);
      }
    const dearest = (all: Map<string, number>) =>
      [...all].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    return {
      services: dearest(services).map(([service, dollars]) => ({ service, dollars })),
      apps: dearest(apps).map(([app, dollars]) => ({ app, dollars })),
      total: [...services.values()].reduce((sum, one) => sum + one, 0),
      estimated: ResultsByTime.some(({ Estimated }) => Estimated === true),
      more: NextPageToken !== undefined,
    };
  });
}
