/** Where and of when prices are: a region whose prices are not known is never said to have any. Made safe by who shows it. */
import type { Cost } from "../blueprints/card.ts";

export function pricesWords({ region, pricesIn, pricesOf }: Pick<Cost, "region" | "pricesIn" | "pricesOf">): string {
  return pricesIn === undefined
    ? `${region}, prices of ${pricesOf}`
    : `${region}, by the prices of ${pricesIn} of ${pricesOf}`;
}
