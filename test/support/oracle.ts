/**
 * The oracle of every crash and fault: the same command again ends well, what is in the cloud is what the state says, a
 * further one does nothing, and after destroy nothing is left; no secret got anywhere.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type ClientConfig, inventory } from "./aws.ts";
import type { startFaultProxy } from "./fault-proxy.ts";
import { changesOf, type Home, resultOf } from "./home.ts";

/** Calls that change something, of any service; a state's own bucket is not what an app is made of. */
export const mutating =
  /(^|[.=])(Create|Put|Update|Delete|Add|Tag|Untag|Attach|Detach|Remove|Request)\w*$|^(PUT|DELETE) |^POST \/20|\?delete/;
const ownBusiness = /freehold-state-|DynamoDB_\d+\.PutItem/;

/** Since the last plan of the proxy. */
export const changesSeen = ({ seen }: Pick<Watched["proxy"], "seen">): string[] =>
  seen.map(({ operation }) => operation).filter((call) => mutating.test(call) && !ownBusiness.test(call));

export interface Watched {
  home: Home;
  config: ClientConfig;
  proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  /** What must be nowhere: not in a file of the home, not in what was printed. */
  secrets: string[];
}

/** What the app consists of, without its name and what is drawn at random. */
export async function partsOf(config: ClientConfig, app: string): Promise<string[]> {
  return (await inventory(config))
    .filter((name) => name.includes(`--${app}--`))
    .map((name) => name.replace(app, "APP").replace(/-[0-9a-f]{6,}$/, ""))
    .sort();
}

/** Every file of a home, as one text. */
export async function textOf(home: Home): Promise<string> {
  const files = await readdir(home.dir, { recursive: true, withFileTypes: true });
  const plain = files.filter((entry) => entry.isFile());
  return (await Promise.all(plain.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")))).join("\n");
}

/** `up` is the command that was cut off; `whole` what an undisturbed app of this blueprint consists of. */
export async function converges({ home, config, proxy, secrets }: Watched, up: string[], app: string, whole: string[]) {
  proxy.plan([]);
  // A command killed before it said its worker's process leaves that worker at work: then this waits for it.
  expect(resultOf(await home.events(...up, "--wait")).ok).toBe(true);
  expect(await partsOf(config, app)).toEqual(whole);
  expect((await home.json("state", "verify", app)).stacks).toMatchObject([{ stack: app, state: "sound" }]);
  await stateIsInventory(home, config, app);
  proxy.plan([]);
  expect(changesOf(await home.events(...up))).toEqual([]);
  expect(changesSeen(proxy)).toEqual([]);
  const done = await home.freehold("destroy", app, "--data", "delete", "--yes");
  expect(await partsOf(config, app)).toEqual([]);
  const everything = `${await textOf(home)}\n${done.stdout}${done.stderr}`;
  for (const secret of secrets) expect(everything.includes(secret)).toBe(false);
}

/** Nothing in the cloud that no state knows, and nothing in a state that is not there. */
export async function stateIsInventory(home: Home, config: ClientConfig, app: string): Promise<void> {
  const kinds: Record<string, string> = {
    "aws:lambda/function:Function": "function",
    "aws:dynamodb/table:Table": "table",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:iam/role:Role": "role",
  };
  const { deployment } = JSON.parse((await home.freehold("state", "export", app)).stdout);
  expect(deployment.pending_operations ?? []).toEqual([]);
  const stated = deployment.resources.flatMap(({ type, id }: any) => (kinds[type] ? [`${kinds[type]} ${id}`] : []));
  expect(stated.sort()).toEqual((await inventory(config)).filter((name) => name.includes(`--${app}--`)));
}
