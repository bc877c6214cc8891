/**
 * Tells the home page what is installed, at the end of an operation: what the card says, in words. It is a picture of
 * what runs: an operation does not fail because it could not be drawn, and says so instead.
 */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Card } from "../../blueprints/card.ts";
import { cardOf } from "../../blueprints/card-of.ts";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { AppRow, Blueprint, StoredAt, Thing } from "../../stacks/deploy.ts";
import type { InstalledApp } from "../registry.ts";
import { reachWords } from "../ui/reach.ts";
import { updatesOf } from "../updates.ts";
import type { Work } from "./work.ts";

const mostIconBytes = 20 * 1024;
const iconTypes: Record<string, string> = {
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
};

/** `blueprint`: as the owner changed it. */
export async function tellHomePage(work: Work, cloud: Cloud, app: InstalledApp, blueprint: Blueprint): Promise<void> {
  const { url } = app;
  if (!url) return;
  await orSay(work, app.name, "The home page shows what was there before", async () => {
    const card = await cardOf(blueprint, app.origin, { region: cloud.region });
    const update = (await updatesOf(work.paths, [app])).get(app.name)?.version;
    const row = { ...rowOf(card, url), ...(await iconOf(blueprint)), ...(update === undefined ? {} : { update }) };
    await (await work.deploy.access()).putAppRow(cloud, app.name, row);
  });
}

const storeKinds: Readonly<Record<string, StoredAt["kind"]>> = {
  "aws:dynamodb/table:Table": "table",
  "aws:s3/bucket:Bucket": "bucket",
};

/** Where things keep data. */
export async function tellThings(work: Work, cloud: Cloud, things: readonly Thing[]): Promise<void> {
  const data = things.flatMap(({ kind: made, name, state, id }): StoredAt[] => {
    const kind = storeKinds[made];
    return kind && id !== undefined && state === "running" ? [{ kind, name, id }] : [];
  });
  await orSay(work, "things", "The home page shows what was there before", async () =>
    (await work.deploy.access()).putThingsRow(cloud, data),
  );
}

/** Of an app that is gone, keys and guests, too: another one of its name would have them. */
export async function forgetOnHomePage(work: Work, cloud: Cloud, app: string): Promise<void> {
  await orSay(work, app, "Its keys and guests are still written down", async () =>
    (await work.deploy.access()).forgetApp(cloud, app),
  );
}

async function orSay({ emit }: Work, app: string, what: string, tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // A cloud of an earlier Freehold shows nothing, and lets in nobody whom it would have to forget.
    if (error.code === "access-not-yet") return;
    emit({ type: "note", level: "warning", message: `${what}: ${error.message}`, stack: app });
  }
}

function rowOf(card: Card, address: string): Omit<AppRow, "icon" | "update" | "data"> & { data: Card["data"] } {
  const { title, tagline, version, data, reach, routes } = card;
  return {
    ...{ title, version, address, changed: Math.floor(Date.now() / 1000) },
    ...(tagline === undefined ? {} : { tagline }),
    data,
    stores: data.map(({ kind, name }) => `${kind} ${name}`),
    reaches: reach.filter(({ may }) => may !== "public").map(reachWords),
    doors: routes
      .filter((route) => route.public)
      .map(({ path, limit }) => `${path}${limit ? ` at most ${limit}` : ""}`),
  };
}

async function iconOf({ manifest, dir }: Blueprint): Promise<Pick<AppRow, "icon">> {
  const type = manifest.icon === undefined ? undefined : iconTypes[extname(manifest.icon).toLowerCase()];
  if (manifest.icon === undefined || type === undefined) return {};
  const bytes = await readFile(join(dir, manifest.icon));
  const icon = `data:${type};base64,${bytes.toString("base64")}`;
  return icon.length > mostIconBytes ? {} : { icon };
}
