/** The limit of a public route: all callers together, in a table of the app's own. */
import { count } from "../shared/counter.ts";
import { config, type GateRoute } from "./config.ts";

/** Null: pass. Else the seconds until the window ends. */
export async function overLimit({ path, limit }: GateRoute, nowSeconds: number): Promise<number | null> {
  if (!limit) return null;
  return count({ table: config.limits, id: path, most: limit.count, seconds: limit.seconds }, nowSeconds);
}
