/**
 * A table as it was at some time, by AWS's point-in-time recovery, which restores to a new table alone (fact H6). The new
 * table is only a source: it is backed up as the old one's past, and goes; the app's own table stays the one it is
 * (docs/decisions/0025). Local clouds keep no past, and say so.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Cloud } from "../../cloud.ts";
import { tableKind } from "../../components/context.ts";
import { dynamodb } from "../../deploy/clients.ts";
import { removeKept } from "../../deploy/kept.ts";
import { telling } from "../export-told.ts";
import { faults } from "../faults.ts";
import { asDataFault } from "../format/failures.ts";
import { patiently } from "../format/patience.ts";
import { type Place, storeName } from "../stores.ts";
import { listBackups } from "./bucket.ts";
import { type BackupRecord, isWhole } from "./record.ts";
import { type BackupOptions, takeBackup } from "./take.ts";

type Made = Awaited<ReturnType<typeof dynamodb>>;

export interface MomentOptions extends Omit<BackupOptions, "why" | "moment"> {
  /** Test seam: milliseconds between two looks at the new table. */
  everyMs?: number;
  /** Makes the bucket of backups, once it is known that there is a past. */
  ready?: () => Promise<void>;
}

/**
 * Answers with a backup of the table's past; one that was made of the same time already is that. Faults: `recovery-none`, and
 * those of a backup.
 */
export async function backupOfMoment(
  cloud: Cloud,
  place: Place,
  moment: Date,
  o: MomentOptions,
): Promise<BackupRecord> {
  const time = moment.toISOString();
  const known = (await listBackups(cloud, [place.app])).find(
    (one) => isWhole(one) && one.moment === time && one.stores.every(({ name }) => name === place.name),
  );
  const past = { ...place, id: pastTable(place.id, moment) };
  const forget = () => removeKept(cloud, { kind: tableKind, name: place.name, id: past.id });
  if (known && isWhole(known)) {
    // Of an attempt that was interrupted after its backup.
    await forget();
    return known;
  }
  const made = await dynamodb(cloud);
  try {
    await begin(made, place, past.id, moment, o);
    await untilThere(made, past, o);
  } catch (error) {
    throw asDataFault(error, cloud, storeName(place));
  } finally {
    made.client.destroy();
  }
  const backup = await takeBackup(cloud, [past], { ...o, why: "moment", moment: time });
  await forget();
  return backup;
}

/** The same for the same time, so that what was interrupted is found again. */
function pastTable(id: string, moment: Date): string {
  const stamp = moment.toISOString().replace(/[-:.]/g, "");
  return `${id.slice(0, 255 - stamp.length - 6)}--at-${stamp}`;
}

async function begin({ sdk, client }: Made, place: Place, TargetTableName: string, moment: Date, o: MomentOptions) {
  const { signal } = o;
  const SourceTableName = place.id;
  const ask = new sdk.DescribeContinuousBackupsCommand({ TableName: SourceTableName });
  const { ContinuousBackupsDescription: about } = await patiently(signal, () => client.send(ask));
  const recovery = about?.PointInTimeRecoveryDescription;
  const store = storeName(place);
  if (recovery?.PointInTimeRecoveryStatus !== "ENABLED")
    throw faults.noMoment(store, "point-in-time recovery is off for it");
  const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } = recovery;
  if (!earliest || !latest) throw faults.noMoment(store, "this cloud keeps no history of its tables");
  await o.ready?.();
  const restore = { SourceTableName, TargetTableName, RestoreDateTime: moment };
  await patiently(signal, () => client.send(new sdk.RestoreTableToPointInTimeCommand(restore))).catch(
    (error: Error) => {
      if (error.name === "InvalidRestoreTimeException")
        throw faults.noMoment(store, `its past goes from ${earliest.toISOString()} to ${latest.toISOString()}`);
      // Of an attempt that was interrupted.
      if (error.name !== "TableAlreadyExistsException") throw error;
    },
  );
}

/** AWS takes minutes, of a large table hours: it says so as long as it waits. */
async function untilThere({ sdk, client }: Made, past: Place, { emit, signal, everyMs = 5_000 }: MomentOptions) {
  const told = telling(emit, past, "create");
  try {
    for (;;) {
      const ask = new sdk.DescribeTableCommand({ TableName: past.id });
      const { Table } = await patiently(signal, () => client.send(ask));
      if (Table?.TableStatus === "ACTIVE") break;
      told.more(0, 0);
      await wait(everyMs, undefined, { signal });
    }
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  }
}
