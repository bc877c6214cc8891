/**
 * What is installed, a row an app in the table `apps`, for the home page and whoever else has the grant to look. Written
 * by operations; nothing is decided by it. No setting, key or person is in it.
 */
import type { Cloud } from "../../cloud.ts";
import { appsTable, bucketName, nameLimits, physicalName } from "../../names.ts";
import { thingsStack } from "../../things/physical.ts";
import { listGuests, revokeGuest } from "./guests.ts";
import { listKeys, removeKeys } from "./keys.ts";
import { deleteRows, putRow, rowsBelow, setAttribute } from "./table.ts";

export interface StoredAt {
  kind: "table" | "bucket";
  name: string;
  /** What the cloud calls it. */
  id: string;
}

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
  /** The same as `table`, `notes`, and what the cloud calls it: for who may read what is in it. */
  data: [kind: string, name: string, id: string][];
  /** What its parts may do, a sentence each, as on the card. */
  reaches: string[];
  /** What is open to everybody: `/share/* at most 60 per minute`. */
  doors: string[];
  /** A newer version, when one was known. */
  update?: string;
  /** Seconds since 1970: when this was written. */
  changed: number;
}

export function putAppRow(
  cloud: Cloud,
  app: string,
  row: Omit<AppRow, "data"> & { data: readonly Omit<StoredAt, "id">[] },
): Promise<void> {
  const idOf = ({ kind, name }: Omit<StoredAt, "id">): string =>
    kind === "table"
      ? physicalName(cloud.name, app, name, nameLimits.table)
      : bucketName({ cloud: cloud.name, accountId: cloud.accountId, region: cloud.region }, app, name);
  const data = row.data.map(({ kind, name }) => ({ kind, name, id: idOf({ kind, name }) })).map(cellsOf);
  return putRow(cloud, app, { ...row, data } satisfies AppRow, appsTable(cloud.name));
}

/** Where things keep data, in a row of its own: no app is called so. */
export const putThingsRow = (cloud: Cloud, data: readonly StoredAt[]): Promise<void> =>
  putRow(cloud, thingsStack, { data: data.map(cellsOf) }, appsTable(cloud.name));

/** A row holds texts and lists. */
const cellsOf = ({ kind, name, id }: StoredAt): AppRow["data"][number] => [kind, name, id];

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
