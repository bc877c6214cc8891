/**
 * The list of things of a cloud: one file, so that `ls` reads it alone; of an AWS cloud a copy of what its account says. It
 * says what came up, and what was begun since. Nothing secret is in it.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { digestFolder, digestName } from "../blueprints/digest.ts";
import { listFiles } from "../blueprints/files.ts";
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
  pruneFiles(paths, cloud.name, list);
  return now;
}

/** Copies that nothing listed, and nothing begun, is made of any more go. */
function pruneFiles(paths: Paths, cloud: string, { things, begun }: ThingsList): void {
  const folder = thingFiles(paths, cloud);
  if (!existsSync(folder)) return;
  const used = new Set([...things, ...(begun ? [begun] : [])].flatMap(filesOfThing).map((path) => path.split("/")[0]));
  for (const name of readdirSync(folder))
    if (!used.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** What it is made of, below `thingFiles`. */
export function filesOfThing({ inputs, shape }: Thing): string[] {
  const named = Object.values(inputs).flatMap((value) => {
    const path = (value as { "freehold:file"?: string } | null)?.["freehold:file"];
    return path === undefined ? [] : [path];
  });
  return shape === "function" ? [...named, String(inputs["code"])] : named;
}

/** Where what things are made of is kept. */
export const thingFiles = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "things");

/**
 * Copies a folder or a file, so that what is up can be brought up again. Answers its name below `thingFiles`. Throws
 * `file-missing`, `folder-holds-home`, and what listing a blueprint's files throws.
 */
export async function keepFile(paths: Paths, cloud: string, path: string): Promise<string> {
  if (!existsSync(path)) throw thingFaults.noFile(path);
  const folder = thingFiles(paths, cloud);
  // It would be copied into itself, with every key that is in there.
  if (`${folder}${sep}`.startsWith(`${path.replace(/[/\\]+$/, "")}${sep}`)) throw thingFaults.homeInside(path);
  const isFolder = statSync(path).isDirectory();
  const files = isFolder ? await listFiles(path) : [{ path: basename(path), absolute: path, executable: false }];
  const beside = join(makeFolder(folder), `copy.${process.pid}.tmp`);
  rmSync(beside, { recursive: true, force: true });
  try {
    for (const { path: name, absolute, executable } of files) {
      const to = join(beside, name);
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      copyFileSync(absolute, to);
      chmodSync(to, executable ? 0o700 : 0o600);
    }
    const name = digestName(await digestFolder(beside));
    if (!existsSync(join(folder, name))) renameSync(beside, join(folder, name));
    return isFolder ? name : `${name}/${basename(path)}`;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
