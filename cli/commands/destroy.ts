/** `destroy`: asks first; data goes only where `--data delete` says so. */
import type { Measured } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { type Input, list, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";
import { readThings } from "../things.ts";
import { measuredWords } from "../ui/data.ts";
import { findApp } from "./app.ts";
import { confirm, start } from "./operation.ts";
import { findThing, isThing, measureThing } from "./thing.ts";

const fates = {
  keep: "Data is kept.",
  export: "Data is exported, read back, and then deleted; secrets are in no export.",
  delete: "Data is deleted for ever.",
} as const;

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const all = flags["all"] === true;
  if (all === args.length > 0) throw faults.arguments("destroy", "Name the apps, or give --all.");
  const data = (text(flags, "data") ?? "keep") as "keep" | "export" | "delete";
  const to = text(flags, "to");
  if (to !== undefined && data !== "export") throw faults.arguments("destroy", "--to is of --data export.");
  if (data === "export") refuseExportOf(args, all, to);
  const what = all
    ? `all apps${data === "keep" ? " and the foundation" : ", the foundation and all backups"}`
    : args.join(", ");
  if (flags["yes"] !== true) await refuseUnknown(input);
  const counted = data === "delete" && input.interactive ? await dataOf(input) : "";
  await confirm(input, `Remove ${what}? ${fates[data]}${counted}`, "--yes");
  const adopted = [...list(flags, "adopted"), ...(data === "delete" ? await askAdopted(input) : [])];
  return start(input, {
    operation: "destroy",
    apps: args,
    all,
    data,
    ...(to === undefined ? {} : { to }),
    ...(adopted.length > 0 ? { adopted } : {}),
  });
}

/** Nobody is asked about what is not there. */
async function refuseUnknown(input: Input): Promise<void> {
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  if (config.stateBucket) await (await import("../operations/home.ts")).lookAtHome(input.paths, config);
  for (const name of input.args) await (isThing(name) ? findThing : findApp)({ ...input, args: [name] });
}

/** A thing alone is exported by `data export` first. */
function refuseExportOf(args: readonly string[], all: boolean, to: string | undefined): void {
  if (all && to?.startsWith("s3://"))
    throw faults.arguments("destroy", "A whole cloud is exported to this computer: its own buckets go. Name a folder.");
  if (args.some(isThing))
    throw faults.arguments("destroy", "--data export is of apps, or of --all; data export takes a thing's data out.");
  if (args.length > 1 && to !== undefined && /\.(tar\.gz|tgz)$/i.test(to))
    throw faults.arguments("destroy", "One archive is of one app; name a folder, or destroy them one by one.");
}

/** What was there before Freehold is asked about once more, each by its id; where nobody can be asked, the operation says so. */
async function askAdopted(input: Input): Promise<string[]> {
  if (!input.interactive) return [];
  const { name: cloud } = await findCloud(input.paths, text(input.flags, "cloud"));
  const ids: string[] = [];
  for (const { name, adopted } of readThings(input.paths, cloud)?.things ?? []) {
    if (adopted === undefined || !input.args.includes(`things/${name}`)) continue;
    if (list(input.flags, "adopted").includes(adopted)) continue;
    const said = await input.ask(
      `things/${name} was there before Freehold. Type its id, ${safeText(adopted)}, to delete it: `,
    );
    if (said.trim() !== adopted) throw faults.declined();
    ids.push(adopted);
  }
  return ids;
}

async function measured(input: Input): Promise<Measured[]> {
  if (isThing(input.args[0]!)) return measureThing(input, await findThing(input));
  const { config, app } = await findApp(input);
  return (await import("./show.ts")).measure(input, config, app);
}

/** What would be deleted, and how much of it, a line each. */
async function dataOf(input: Input): Promise<string> {
  const lines: string[] = [];
  for (const name of input.args) {
    for (const one of await measured({ ...input, args: [name] }))
      lines.push(`\n  ${name}: ${safeText(measuredWords(one))}`);
  }
  return lines.length > 0 ? `${lines.join("")}\n` : "";
}
