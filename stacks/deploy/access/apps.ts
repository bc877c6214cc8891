/**
 * What is installed, a row an app in the table `apps`, for the home page and whoever else has the grant to look. Written
 * by operations; nothing is decided by it. No setting, key or person is in it.
 */
import type { Cloud } from "../../cloud.ts";
import { appsTable } from "../../names.ts";
import { listGuests, revokeGuest } from "./guests.ts";
import { listKeys, removeKeys } from "./keys.ts";
import { deleteRows, putRow, rowsBelow, setAttribute } from "./table.ts";

/** Its id is the app's name. */
export interface AppRow {
  title: string;
  tagline?: string;
  /** `data:image/…`, at most 20 KB. */
  icon?: string;
  version: string;
  /** `http://notes--home.localhost:4780/` */
  address: string;
  /** `table notes`, `bucket files`. */
  stores: string[];
  /** What its parts may do, a sentence each, as on the card. */
  reaches: string[];
  /** What is open to everybody: `/share/* at most 60 per minute`. */
  doors: string[];
  /** A newer version, when one was known. */
  update?: string;
  /** Seconds since 1970: when this was written. */
  changed: number;
}

export const putAppRow = (cloud: Cloud, app: string, row: AppRow): Promise<void> =>
  putRow(cloud, app, row, appsTable(cloud.name));

/** `newer`: versions by app; of all others none is known. Answers the apps whose row said something else, sorted. */
export async function setUpdates(cloud: Cloud, newer: ReadonlyMap<string, string>): Promise<string[]> {
  const table = appsTable(cloud.name);
  const rows = await rowsBelow<Pick<AppRow, "update"> & { created?: number }>(cloud, "", table);
  const stale = rows.filter(({ id, update }) => update !== newer.get(id)).map(({ id }) => id);
  for (const id of stale) await setAttribute(cloud, { id, name: "update", value: newer.get(id) }, table);
  return stale.sort();
}

/** Of an app that is removed: its row, and the keys and guests that were for it. */
export async function forgetApp(cloud: Cloud, app: string): Promise<void> {
  await deleteRows(cloud, [app], appsTable(cloud.name));
  const keys = await listKeys(cloud, app);
  await removeKeys(
    cloud,
    app,
    keys.map(({ id }) => id),
  );
  for (const guest of await listGuests(cloud, app)) await revokeGuest(cloud, guest);
}
