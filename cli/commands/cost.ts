/**
 * `cost`: what each app, the foundation and things have cost this month and will by its end, by what AWS publishes of their
 * use and a table of prices; with --explorer what AWS charged, which is paid for and so asked about. Changes nothing.
 */

import { pagePrices } from "../../blueprints/price-list.ts";
import { priced } from "../../blueprints/prices.ts";
import { suggest } from "../../blueprints/suggest.ts";
import { type CostLine, costOfUse, freeTierWords, type UseCost } from "../../blueprints/use-costs.ts";
import { foundationStack } from "../../stacks/cloud.ts";
import type { AskedUse, Charged, Cloud, UseOfAll } from "../../stacks/deploy.ts";
import { enterCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { readApps } from "../registry.ts";

export interface CostDocument {
  cloud: string;
  /** `local`: nothing was charged; it is what the same use would cost in AWS. */
  target: "local" | "aws";
  region: string;
  /** ISO date of the prices; the region whose prices stand in, where those of `region` are not known. */
  pricesOf: string;
  pricesIn?: string;
  /** In UTC, ISO 8601: the calendar month, and when it was looked. */
  month: { from: string; until: string; at: string };
  apps: CostOfApp[];
  /** US dollars; no forecast while one of them is too new for it. */
  total: { soFar: number; forecast?: number };
  /** What AWS gives every account each month was taken off. */
  freeTier: boolean;
  /** Of the account; AWS mails somebody. */
  budget?: { perMonth: number; email: string };
  /** US dollars that this look cost. */
  asking: number;
  assumes: string[];
  /** With --explorer. */
  charged?: Charged;
}

export interface CostOfApp extends Omit<UseCost, "lines"> {
  name: string;
  lines: CostLine[];
  notes: string[];
}

export async function run(input: Input): Promise<Outcome> {
  const { paths, flags, args } = input;
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.stateBucket) await (await import("../operations/home.ts")).lookAtHome(paths, config);
  const [only] = args;
  const asked = whatOf(input, config, only);
  const cloud = await enterCloud(paths, config);
  const explorer = flags["explorer"] === true;
  if (explorer) await agree(input, config, only);
  const deploy = await import("../../stacks/deploy.ts");
  const now = Date.now();
  const used = await deploy.measureUse(cloud, asked, now);
  const document = documentOf(config, used, now, flags["free-tier"] === true);
  const budget = config.target === "aws" && only === undefined ? await budgetOf(deploy, cloud) : undefined;
  const charged = explorer ? await deploy.chargedByAws(cloud, now) : undefined;
  return {
    document: {
      ...document,
      ...(budget ? { budget } : {}),
      ...(charged ? { charged, asking: document.asking + pagePrices.costExplorerPage.dollars } : {}),
    } satisfies CostDocument,
  };
}

/** Apps by the registry, and what no app is. Throws `app-unknown`. */
function whatOf({ paths }: Input, { name: cloud }: CloudConfig, only: string | undefined): AskedUse[] {
  const apps = readApps(paths, cloud).map(({ name, state, kept, installedAt }) => ({
    ...{ name, since: Date.parse(installedAt) },
    ...(state === "kept" ? { kept } : {}),
  }));
  const all: AskedUse[] = [...apps, { name: foundationStack }, { name: "things" }];
  if (only === undefined) return all;
  const found = all.find(({ name }) => name === only);
  if (!found)
    throw faults.unknownApp(
      only,
      suggest(
        only,
        all.map(({ name }) => name),
      ),
    );
  return [found];
}

/** A query that is paid for is never made unasked. */
async function agree(input: Input, { name, target }: CloudConfig, only: string | undefined): Promise<void> {
  if (target === "local")
    throw faults.badFlag("cost", "--explorer", "is for a cloud in AWS: a local one is charged for nothing");
  if (only !== undefined) throw faults.badFlag("cost", "--explorer", "tells of the whole account, so no app is named");
  if (input.flags["yes"] === true) return;
  const price = `Cost Explorer takes $${pagePrices.costExplorerPage.dollars.toFixed(2)} for each question.`;
  if (!input.interactive)
    throw faults.answer(`${price} It was not asked.`, `freehold cost --explorer --cloud ${name} --yes`);
  if (!/^y(es)?$/i.test((await input.ask(`${price} Ask it once? [y/N] `)).trim())) throw faults.declined();
}

/** A foundation that is not there, or half there, has none. */
async function budgetOf(deploy: typeof import("../../stacks/deploy.ts"), cloud: Cloud) {
  const names = await deploy.stackNames(cloud);
  return names.includes(foundationStack) ? deploy.budgetOf(cloud) : undefined;
}

const dayMs = 24 * 3_600_000;

function documentOf(
  { name, target, region }: CloudConfig,
  { parts, metrics, from, until }: UseOfAll,
  now: number,
  freeTier: boolean,
): CostDocument {
  const month = { days: (until - from) / dayMs, elapsed: (now - from) / dayMs };
  const costs = costOfUse(parts, { region, month, freeTier });
  const apps = costs.each.map((cost, at): CostOfApp => {
    const { unpriced, notes } = parts[at]!;
    return { ...cost, notes: [...notes, ...unpriced.map((what) => `Not counted: ${what}.`)] };
  });
  const iso = (at: number): string => new Date(at).toISOString();
  const { pricesOf, pricesIn } = priced(region);
  return {
    ...{ cloud: name, target, region, pricesOf, ...(pricesIn ? { pricesIn } : {}) },
    month: { from: iso(from), until: iso(until), at: iso(now) },
    ...{ apps, total: costs.total, freeTier },
    asking: (metrics * pagePrices.metricsPerThousand.dollars) / 1000,
    assumes: [
      ...(target === "local" ? ["A local cloud costs nothing; this is what the same use would cost in AWS."] : []),
      ...(target === "local"
        ? [
            "Calls and their time are those that were logged; each call of an app's function reads once from its tables, every 10th writes.",
          ]
        : [
            "Counted by what AWS publishes; it is not the bill. S3 publishes no requests: each answer of an app with pages is taken to read one.",
          ]),
      "Each answer is taken to be 10 KB. What is stored is taken to have been there since the month began.",
      ...(freeTier ? [] : [freeTierWords]),
      "Taxes, credits and discounts are left out.",
    ],
  };
}
