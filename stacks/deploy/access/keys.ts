/**
 * Keys for programs: `fh_ID_SECRET`, for one app, some of its routes and verbs, until a day. The secret is told once, to
 * whoever makes the key, and kept as its SHA-256.
 */
import type { Cloud } from "../../cloud.ts";
import { digestOfToken, type KeyRow, newId, newToken, rowId } from "../../functions/shared/rows.ts";
import { deleteRows, nowSeconds, putRow, rowsBelow } from "./table.ts";

export interface AppKey extends Omit<KeyRow, "digest"> {
  app: string;
  id: string;
}

const idPattern = /^app\/([^/]+)\/key\/([^/]+)$/;

export async function listKeys(cloud: Cloud, app?: string): Promise<AppKey[]> {
  const rows = await rowsBelow<KeyRow>(cloud, app === undefined ? "app/" : `app/${app}/key/`);
  return rows.flatMap(({ digest: _, id, ...row }) => {
    const [, ofApp, own] = idPattern.exec(id) ?? [];
    return ofApp === undefined || own === undefined ? [] : [{ ...row, app: ofApp, id: own }];
  });
}

export interface NewKey extends Pick<KeyRow, "name" | "routes" | "verbs"> {
  app: string;
  /** From now. */
  seconds: number;
}

/** `key` is to be shown and forgotten. */
export async function newKey(cloud: Cloud, { app, seconds, ...said }: NewKey): Promise<{ key: string; made: AppKey }> {
  const secret = newToken();
  const id = newId();
  const created = nowSeconds();
  const row = { ...said, created, expires: created + seconds };
  await putRow(cloud, rowId.key(app, id), { digest: digestOfToken(secret), ...row } satisfies KeyRow);
  return { key: `fh_${id}_${secret}`, made: { ...row, app, id } };
}

export const removeKeys = (cloud: Cloud, app: string, ids: readonly string[]): Promise<void> =>
  deleteRows(
    cloud,
    ids.map((id) => rowId.key(app, id)),
  );
