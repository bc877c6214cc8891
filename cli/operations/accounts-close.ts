/**
 * `accounts close`: what is in the account's cloud comes out first, all data and how the cloud is, and every byte is read
 * back; only then is AWS asked to close the account. Where anything of that fails nothing is closed.
 */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { ListedAccount } from "../../stacks/deploy.ts";
import { roleEnvironment } from "../access.ts";
import { forgetCloud, readClouds } from "../clouds.ts";
import { faults } from "../errors.ts";
import { cloudDir, makeFolder } from "../paths.ts";
import { accountsLock, payerOf } from "./accounts.ts";
import { carried, exportTo } from "./data-export.ts";
import { placesIn } from "./data-places.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

export async function closeAccount(work: Work): Promise<End> {
  const { request, paths, deploy, emit, signal } = work;
  const { name } = request.account!;
  const payer = await atHome(work, await payerOf(paths, request.cloud));
  emitStart(work, payer.name, []);
  const release = await lockAll(work, payer.name, [accountsLock]);
  try {
    const cloud = await enterCloud(work, payer);
    const accounts = await deploy.accounts();
    const account = await accounts.madeAccount(cloud, name);
    // An earlier run came as far as AWS, or its owner took it along: nothing of it can be read any more.
    const open = account.state === "ACTIVE";
    const data = open ? await exportAll(work, cloud, account) : {};
    const next = `freehold accounts close ${name} --confirm ${name} --cloud ${payer.name}`;
    await accounts.endAccount(cloud, name, { emit, signal, next });
    if (account.state === "LEFT") say(work, `${name} had left the organization; it is only not listed here any more.`);
    else {
      await forget(work, account.accountId);
      say(
        work,
        `AWS keeps ${name} (${account.accountId}) suspended for 90 days, in which its support can open it again.`,
      );
    }
    return { exitCode: 0, cloud: payer.name, apps: [], ...data };
  } finally {
    release();
  }
}

const say = ({ emit }: Work, message: string): void => emit({ type: "note", level: "info", message });

/** Throws what an export throws, `folder-in-the-way`, `account-not-here`. */
async function exportAll(work: Work, payer: Cloud, account: ListedAccount): Promise<Pick<End, "data">> {
  const { request, paths, deploy } = work;
  const { name } = request.account!;
  const config = (await readClouds(paths)).clouds.find(({ accountId }) => accountId === account.accountId);
  if (!config) {
    if (await hasCloud(work, payer, name, account.accountId)) throw faults.accountNotHere(name, account.email);
    say(work, `No cloud was set up in ${name}: there is nothing to export.`);
    return {};
  }
  const at = resolve(request.cwd, request.to ?? `${name}-export-${request.id.slice(0, 15)}`);
  if (existsSync(at)) throw faults.folderInTheWay(at, `freehold accounts close ${name} --confirm ${name} --to ANOTHER`);
  const there = await atHome(work, config);
  const release = await lockAll(work, there.name, [foundationStack]);
  try {
    const cloud = await enterCloud(work, there);
    const places = await placesIn(work, cloud);
    makeFolder(at);
    const { takeSnapshot } = await import("../snapshot-taken.ts");
    await takeSnapshot({ paths, deploy, config: there, cloud }, join(at, "snapshot.json"));
    if (places.length === 0) {
      say(work, `How ${name} was is in ${at}; no app in it kept data.`);
      return {};
    }
    const all: Work = { ...work, request: { ...request, all: true } };
    const manifest = await exportTo(all, cloud, places, join(at, "data"), { verify: true });
    say(
      work,
      `How ${name} was, and its data, are in ${at}, and were read back. Secrets and passkeys are in no export.`,
    );
    return { data: carried(join(at, "data"), manifest) };
  } finally {
    release();
  }
}

/** Of this account on another computer. */
async function hasCloud({ deploy, paths }: Work, payer: Cloud, name: string, accountId: string): Promise<boolean> {
  const accounts = await deploy.accounts();
  const member = (await accounts.recordedMembers(payer)).find((one) => one.name === name);
  const arn = accounts.roleIn(payer.region, accountId, member?.roleName ?? accounts.usualRole);
  const environment = roleEnvironment(paths, name, { arn, cloud: payer.name });
  const endpoint = payer.endpoint ? { endpoint: payer.endpoint } : {};
  return (await deploy.homeRegions({ name, accountId, region: payer.region, environment, ...endpoint })).length > 0;
}

async function forget({ paths }: Work, accountId: string): Promise<void> {
  for (const { name, accountId: of } of (await readClouds(paths)).clouds) {
    if (of !== accountId) continue;
    await forgetCloud(paths, name);
    rmSync(cloudDir(paths, name), { recursive: true, force: true });
  }
}
