/**
 * The list of things of a cloud: one file, so that `ls` reads it alone; of an AWS cloud a copy of what its account says. It
 * says what came up, and what was begun since. Nothing secret is in it.
 */
import { cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { digestFolder, digestName } from "../blueprints/digest.ts";
import type { Cloud } from "../stacks/cloud.ts";
import type { Housed, Thing } from "../stacks/deploy.ts";
import { faults } from "./errors.ts";
import { readJson, writeJson } from "./files.ts";
import { cloudDir, makeFolder, type Paths } from "./paths.ts";
import { thingFaults } from "./things-errors.ts";

export interface ThingsList {
  format: 1;
  things: Thing[];
  /** An operation on it began and has not succeeded: as it is to be. */
  begun?: Thing;
}

const file = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "things.json");
const key = "freehold/things.json";

/** Undefined where there never was one. Throws `file-broken`. */
export function readThings(paths: Paths, cloud: string): ThingsList | undefined {
  return checked(readJson<ThingsList>(file(paths, cloud)), file(paths, cloud));
}

/** Whether there is anything for `up` to bring up. */
export function hasThings(paths: Paths, cloud: string): boolean {
  const list = readThings(paths, cloud);
  return list !== undefined && (list.begun !== undefined || list.things.some(({ state }) => state === "running"));
}

function checked(list: ThingsList | undefined, at: string): ThingsList | undefined {
  if (list && list.format !== 1) throw faults.fileBroken(at, "it was written by a newer Freehold.");
  return list;
}

type Shelf = Pick<typeof import("../stacks/deploy.ts"), "shelf">;
const housedIn = (cloud: Cloud): Housed | undefined =>
  cloud.stateBucket === undefined ? undefined : { ...cloud, stateBucket: cloud.stateBucket };

/** What the account says becomes the file's. Answers what it was, to be written over only as long as it is so. */
export async function pullThings(
  paths: Paths,
  cloud: Cloud,
  deploy: Shelf,
): Promise<{ list: ThingsList | undefined; tag?: string }> {
  const housed = housedIn(cloud);
  if (!housed) return { list: readThings(paths, cloud.name) };
  const found = await (await deploy.shelf()).getObject(housed, key);
  if (!found) {
    rmSync(file(paths, cloud.name), { force: true });
    return { list: undefined };
  }
  const list = checked(JSON.parse(found.bytes.toString()) as ThingsList, `s3://${housed.stateBucket}/${key}`);
  writeJson(file(paths, cloud.name), list);
  return { list, tag: found.tag };
}

/** `tag`: only while the account says what it said then. Throws `things-changed`. Answers the new tag. */
export async function keepThings(
  paths: Paths,
  cloud: Cloud,
  deploy: Shelf,
  list: ThingsList,
  tag: string | undefined,
): Promise<string | undefined> {
  const housed = housedIn(cloud);
  let now: string | undefined;
  if (housed) {
    const condition = tag === undefined ? ({ absent: true } as const) : { tag };
    now = await (await deploy.shelf()).putObject(housed, key, JSON.stringify(list, null, 2), condition);
    if (now === undefined) throw thingFaults.changed();
  }
  writeJson(file(paths, cloud.name), list);
  return now;
}

/** Where what things are made of is kept. */
export const thingFiles = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "things");

/** Copies a folder or a file, so that what is up can be brought up again. Answers its name below `thingFiles`. */
export async function keepFile(paths: Paths, cloud: string, path: string): Promise<string> {
  if (!existsSync(path)) throw thingFaults.noFile(path);
  const isFolder = lstatSync(path).isDirectory();
  const folder = thingFiles(paths, cloud);
  makeFolder(folder);
  const beside = join(folder, `copy.${process.pid}.tmp`);
  rmSync(beside, { recursive: true, force: true });
  try {
    mkdirSync(beside, { mode: 0o700 });
    cpSync(path, isFolder ? beside : join(beside, basename(path)), { recursive: true, dereference: false });
    const name = digestName(await digestFolder(beside));
    if (!existsSync(join(folder, name))) renameSync(beside, join(folder, name));
    return isFolder ? name : `${name}/${basename(path)}`;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
