/**
 * Where the code of a snapshot's apps and things is: what came with Freehold, a copy that is here, what came with the
 * snapshot, or else where the app was from. Whatever it is, it has the digest that the snapshot says, or it is refused.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { digestFolder, digestName } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Thing } from "../../stacks/deploy.ts";
import { unpack } from "../blueprint-archive.ts";
import { copyDir } from "../copies.ts";
import { cloudDir, installRoot, makeFolder } from "../paths.ts";
import { findAfresh, type Source } from "../refs.ts";
import type { Snapshot, SnapshotApp } from "../snapshot.ts";
import { snapshotFaults } from "../snapshot-errors.ts";
import { filesOfThing, thingFiles } from "../things.ts";
import { findCopy } from "./home.ts";
import { refWhere, type Work } from "./work.ts";

/** Throws `copy-differs`, `snapshot-no-code`. */
export async function sourceOfApp(work: Work, cloud: Cloud, said: Snapshot, app: SnapshotApp): Promise<Source> {
  const { ref, origin, digest } = app;
  const found = { source: origin.source, ref, origin };
  const comes = await comesWithFreehold(app);
  if (comes !== undefined) return { ...found, dir: comes };
  const copy = await findCopy(work, cloud, digest);
  if (copy !== undefined) return { ...found, dir: copy };
  const packed = said.code[digest];
  if (packed === undefined) return { ...found, dir: await fetched(work, cloud, app) };
  const dir = copyDir(work.paths, cloud.name, digest);
  makeFolder(join(cloudDir(work.paths, cloud.name), "blueprints"));
  await unpacked(Buffer.from(packed, "base64"), dir, digest, app.name);
  return { ...found, dir };
}

/** The folder of a bundled app, when it is this very version of it. */
export async function comesWithFreehold({ origin, ref, digest }: SnapshotApp): Promise<string | undefined> {
  const name = ref.replace(/^bundled\//, "");
  if (origin.source !== "bundled" || !/^[a-z][a-z0-9-]*$/.test(name)) return undefined;
  const dir = join(installRoot(), "blueprints", name);
  return existsSync(dir) && (await digestFolder(dir)) === digest ? dir : undefined;
}

async function fetched(work: Work, cloud: Cloud, { name, ref, digest }: SnapshotApp): Promise<string> {
  const dir = await findAfresh(ref, refWhere(work, cloud.name)).then(
    (found) => found.dir,
    (error: unknown) => {
      if (error instanceof Fault) return undefined;
      throw error;
    },
  );
  if (dir === undefined || (await digestFolder(dir)) !== digest) throw snapshotFaults.noCode(name, ref, digest);
  return dir;
}

/** What a thing is made of, where it is not here: just before it comes up, since what nothing listed uses is taken away. */
export async function bringFiles({ paths }: Work, cloud: Cloud, said: Snapshot, thing: Thing): Promise<void> {
  const folder = thingFiles(paths, cloud.name);
  for (const file of filesOfThing(thing)) {
    const name = file.split("/")[0]!;
    const digest = name.replace("-", ":");
    const packed = said.code[digest];
    if (existsSync(join(folder, name)) || packed === undefined || digestName(digest) !== name) continue;
    makeFolder(folder);
    await unpacked(Buffer.from(packed, "base64"), join(folder, name), digest, `things/${thing.name}`);
  }
}

/** Whatever is wrong with what is packed, it is the snapshot that is broken. */
async function unpacked(packed: Buffer, to: string, digest: string, what: string): Promise<void> {
  try {
    await unpack(packed, to, digest);
  } catch (cause) {
    throw snapshotFaults.code(what, cause);
  }
}
