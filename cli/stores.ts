/** What commands on data share: the cloud, the store that is meant, and yes where data would be gone for good. */
import { spelled } from "../blueprints/seen.ts";
import type { Cloud } from "../stacks/cloud.ts";
import type { BucketStore, Kept, Owners, Store, TableStore } from "../stacks/deploy.ts";
import { enterCloud } from "./access.ts";
import { type CloudConfig, findCloud } from "./clouds.ts";
import { type Input, text } from "./command.ts";
import { faults } from "./errors.ts";
import type { Paths } from "./paths.ts";
import { readApps } from "./registry.ts";
import { readThings } from "./things.ts";
import { shellWord } from "./ui/shell-word.ts";

export type DataRoom = Awaited<ReturnType<typeof import("../stacks/deploy.ts")["data"]>>;

export interface EnteredData {
  config: CloudConfig;
  cloud: Cloud;
  room: DataRoom;
  owners: Owners;
}

/** Apps that run, things, and what is left of those that were removed; of those that are named, or of all. */
export function ownersOf(paths: Paths, cloud: string, named?: readonly string[]): Owners {
  const wanted = (name: string): boolean => named === undefined || named.includes(name);
  const apps = readApps(paths, cloud).filter(({ name }) => wanted(name));
  const removed = apps.filter(({ state }) => state === "kept");
  const leftOfThings = wanted("things") ? (readThings(paths, cloud)?.things ?? []).flatMap(({ kept }) => kept) : [];
  return {
    apps: [
      ...apps.filter(({ state }) => state !== "kept").map(({ name }) => name),
      ...(wanted("things") ? ["things"] : []),
    ],
    kept: Object.fromEntries([
      ...removed.map(({ name, kept }): [string, Kept[]] => [name, kept]),
      ...(leftOfThings.length > 0 ? [["things", leftOfThings] as [string, Kept[]]] : []),
    ]),
  };
}

/** Throws what finding and entering a cloud throws. */
export async function enterData(input: Input): Promise<EnteredData> {
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  const [cloud, { data }] = await Promise.all([enterCloud(input.paths, config), import("../stacks/deploy.ts")]);
  return { config, cloud, room: await data(), owners: ownersOf(input.paths, config.name) };
}

/** The store of the first argument. Throws `store-unknown`, `store-gone`. */
export async function enterStore(
  input: Input,
  o: { count?: boolean } = {},
): Promise<EnteredData & { store: TableStore | BucketStore; name: string }> {
  const entered = await enterData(input);
  const store = await entered.room.findStore(entered.cloud, entered.owners, input.args[0]!, o);
  return { ...entered, store: store as TableStore | BucketStore, name: input.args[0]! };
}

export const isTable = (store: Store): store is TableStore => store.kind === "table";

/** The same command, to be typed with one flag more: keys and filters hold what a shell would read as its own. */
export function again(input: Input, command: string, flag: string): string {
  const flags = Object.entries(input.flags).flatMap(([name, value]) => {
    if (value === undefined || value === false || ["json", "yes", "data"].includes(name)) return [];
    return [`--${name}`, ...(value === true ? [] : [value].flat().map((one) => shellWord(String(one), "VALUE")))];
  });
  const words = input.args.map((one) => shellWord(one, "KEY"));
  return ["freehold", command, ...words, ...flags, flag].join(" ");
}

/**
 * Before data goes that no undo brings back, or much of it at once. Asked on a terminal; elsewhere it ends with code 3
 * unless the deletion of data is named: `--yes` alone never deletes any.
 */
export async function sureToLose(input: Input, command: string, question: string): Promise<void> {
  if (input.flags["data"] === "delete") return;
  if (!input.interactive) throw faults.answer(spelled(question, 2000), again(input, command, "--data delete"));
  const answer = await input.ask(`${spelled(question, 2000)} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw faults.declined();
}

/** `--limit`: of a document that is printed whole. Throws `flag-invalid`. */
export function limitOf(input: Input, command: string, preset: number): number {
  const said = text(input.flags, "limit");
  if (said === undefined) return preset;
  const limit = /^\d{1,5}$/.test(said) ? Number(said) : 0;
  if (limit < 1 || limit > 10_000)
    throw faults.badFlag(command, "--limit", "is from 1 to 10000; more at once is what data export is for");
  return limit;
}
