/**
 * A cloud whose state lies on this computer is moved into its account: copied, compared byte by byte, and only then
 * declared to be there, by one conditional write. Until that write this computer's folder is the state, from then on
 * the bucket is; cut off anywhere, the same move goes on.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Cloud } from "../cloud.ts";
import { systemClock } from "../engine/clock.ts";
import { openBackend, passphraseManager } from "../engine/state/index.ts";
import { faults } from "./faults.ts";
import { ensureBucket, ensurePassphrase, housedAt, movingKey, readFacts, writeFacts } from "./home.ts";
import { eachOf, getObject, type Housed, listObjects, putObject, removeObjects } from "./shelf.ts";

export interface Moved {
  bucket: string;
  /** Files of state, all of them compared after they were copied. */
  files: number;
  /** Where the old folder lies now. */
  aside: string;
}

/** Locks and journals are of processes here; both are empty once everything is folded. */
const left = /^\.pulumi\/(locks|journals)\/|\.tmp$/;

/**
 * `alsoPut` brings what else belongs there, before it counts. Nobody else may work on the cloud meanwhile. Throws
 * `home-taken`, `home-elsewhere`, and what a broken state is told with; then nothing has moved.
 */
export async function moveHome(cloud: Cloud, alsoPut: (housed: Housed) => Promise<void>): Promise<Moved> {
  const housed = housedAt(cloud);
  const id = await idOf(cloud);
  await ensureBucket(housed);
  let facts = await readFacts(housed);
  if (!facts) {
    const passphrase = (await readFile(cloud.passphraseFile!, "utf8")).trim();
    if ((await ensurePassphrase(housed, passphrase)) !== passphrase)
      throw faults.homeElsewhere(cloud.name, housed.stateBucket);
    await foldJournals(cloud, passphrase);
    await putObject(housed, movingKey, id);
    await copyState(cloud, housed);
    await alsoPut(housed);
    facts = await writeFacts(housed, { timeZone: cloud.timeZone, movedBy: id });
  }
  if (facts.movedBy === id) await removeObjects(housed, [movingKey]);
  else throw faults.homeElsewhere(cloud.name, housed.stateBucket);
  const files = (await listObjects(housed, ".pulumi/")).length;
  return { bucket: housed.stateBucket, files, aside: await putAside(cloud, facts.madeAt) };
}

/** Drawn once: tells this computer's own move from another's. */
async function idOf(cloud: Cloud): Promise<string> {
  const file = join(cloud.dir, "move.id");
  await writeFile(file, randomUUID(), { mode: 0o600, flag: "wx", flush: true }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  return (await readFile(file, "utf8")).trim();
}

/** What an operation that died left in journals goes into the checkpoints, which alone are copied. */
async function foldJournals(cloud: Cloud, passphrase: string): Promise<void> {
  const backend = openBackend(pathToFileURL(cloud.dir).href, { clock: systemClock });
  for (const { ref, unreadable } of await backend.stacks()) {
    if (unreadable !== undefined) throw faults.stateBroken(ref.project, unreadable);
    const { interrupted, secretsProvider } = await backend.load(ref);
    if (!interrupted) continue;
    const salt = secretsProvider?.state["salt"] as string | undefined;
    const update = await backend.openUpdate(ref, "update", await passphraseManager(passphrase, salt));
    await update.abandon();
  }
}

async function copyState(cloud: Cloud, housed: Housed): Promise<void> {
  const files = (await filesBelow(cloud.dir, ".pulumi")).filter((file) => !left.test(file));
  const there = await listObjects(housed, ".pulumi/");
  // Of an earlier try: a file that is not here any more is not state.
  await removeObjects(
    housed,
    there.map(({ key }) => key).filter((key) => !files.includes(key)),
  );
  await eachOf(files, async (file) => void (await putObject(housed, file, await readFile(join(cloud.dir, file)))));
  const copied = (await listObjects(housed, ".pulumi/")).map(({ key }) => key);
  if (copied.join("\n") !== [...files].sort().join("\n")) throw faults.moveDiffers(cloud.name, housed.stateBucket);
  await eachOf(files, async (file) => {
    const [here, found] = [await readFile(join(cloud.dir, file)), await getObject(housed, file)];
    if (!found?.bytes.equals(here)) throw faults.moveDiffers(cloud.name, housed.stateBucket);
  });
}

/** Paths from `dir`, with `/`. */
async function filesBelow(dir: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(dir, folder), { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) found.push(...(await filesBelow(dir, `${folder}/${entry.name}`)));
    else if (entry.isFile()) found.push(`${folder}/${entry.name}`);
  return found;
}

/** State and its passphrase go into one folder, so that they can still be read together. */
async function putAside(cloud: Cloud, movedAt: string): Promise<string> {
  const aside = join(cloud.dir, `moved-${movedAt.replace(/[-:]/g, "").replace(/\..*$/, "Z")}`);
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const [from, to] of [
    [join(cloud.dir, ".pulumi"), join(aside, ".pulumi")],
    [cloud.passphraseFile!, join(aside, "passphrase")],
  ] as const)
    if (await stat(from).catch(() => undefined)) await rename(from, to);
  return aside;
}
