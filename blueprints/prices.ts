/**
 * What an app costs in AWS, from a dated table of list prices and assumptions that are said. Free tiers, discounts and
 * taxes are left out. Asks nobody: the table is changed with a new version of Freehold.
 */
import type { Cost } from "./card.ts";
import { type FunctionDefinition, type Manifest, memoryMb, routesOf } from "./manifest.ts";
import { type Prices, priceList, pricesAt, pricesOf, stand } from "./price-list.ts";
import { grantsOf, secretSettings } from "./reach.ts";

/** What a request is taken to be. */
const assumed = {
  functionMs: 100,
  gateMs: 120,
  gateMemoryMb: 512,
  /** One request in so many writes, or calls another function. */
  requestsPerWrite: 10,
  /** Of both functions' logs together, and of an answer. */
  logBytes: 1024,
  answerBytes: 10 * 1024,
} as const;

const gb = 1024 ** 3;

/** `siteBytes`: of the static files. */
export function costOf(manifest: Manifest, where: { region: string; siteBytes: number }): Cost {
  const prices = pricesAt(where.region);
  const one = Math.max(
    siteRequest(prices),
    ...reached(manifest).map((name) => functionRequest(manifest, name, prices)),
  );
  return {
    ...priced(where.region),
    idlePerMonth: rounded((where.siteBytes / gb) * prices.s3.perGbMonth),
    perThousandRequests: rounded(one * 1000),
    assumes: sentences(manifest, where.region, prices),
  };
}

/** A cloud with nothing in it: what it keeps of itself in a bucket. */
export function idleCloud(where: { region: string; storedBytes: number }): Omit<Cost, "perThousandRequests"> {
  const prices = pricesAt(where.region);
  const idlePerMonth = rounded((where.storedBytes / gb) * prices.s3.perGbMonth);
  return {
    ...priced(where.region),
    idlePerMonth,
    assumes: [
      ...standIn(where.region),
      `Its state takes ${Math.ceil(where.storedBytes / 1024 ** 2)} MB of a bucket. Functions, tables, parameters and logs cost nothing while nobody calls.`,
      "What each app costs is said before it is installed.",
    ],
  };
}

/** So many bytes in a bucket, in US dollars a month; a local cloud's disk costs none. */
export const storageCost = (where: { region: string; target: "local" | "aws" }, bytes: number): number =>
  where.target === "local" ? 0 : rounded((bytes / gb) * pricesAt(where.region).s3.perGbMonth);

/** Of when and where the prices are that count in a region. */
export const priced = (region: string): Pick<Cost, "pricesOf" | "region" | "pricesIn"> => ({
  ...{ pricesOf, region },
  ...(priceList[region] ? {} : { pricesIn: stand }),
});

function standIn(region: string): string[] {
  return priceList[region]
    ? []
    : [`Prices of ${region} are not known; those of ${stand} stand for them and may be lower.`];
}

/** To millionths of a dollar. */
const rounded = (dollars: number): number => Math.round(dollars * 1e6) / 1e6;

const run = (prices: Prices, megabytes: number, ms: number): number =>
  prices.lambda.perMillionRequests / 1e6 + (megabytes / 1024) * (ms / 1000) * prices.lambda.perGbSecond;

/** Functions that some route leads to; of an app without routes, all. */
function reached(manifest: Manifest): string[] {
  const routed = new Set(routesOf(manifest).map(({ to }) => to));
  const names = Object.keys(manifest.functions);
  return names.some((name) => routed.has(name)) ? names.filter((name) => routed.has(name)) : names;
}

/** The gate's part, and what comes with every answer. */
function gateRequest(prices: Prices): number {
  const { gateMemoryMb, gateMs, logBytes, answerBytes } = assumed;
  return (
    run(prices, gateMemoryMb, gateMs) + (logBytes / gb) * prices.logs.perGb + (answerBytes / gb) * prices.transfer.perGb
  );
}

/** A page of the site: the gate reads one object. */
const siteRequest = (prices: Prices): number => gateRequest(prices) + prices.s3.perThousandReads / 1000;

function functionRequest(manifest: Manifest, name: string, prices: Prices): number {
  const definition = manifest.functions[name]!;
  const counted = routesOf(manifest).some(({ to, limit }) => to === name && limit);
  return (
    gateRequest(prices) +
    run(prices, memoryMb(definition.memory), assumed.functionMs) +
    dataRequest(manifest, definition, prices) +
    // The counter of a limit is written at each call.
    (counted ? prices.dynamodb.perMillionWrites / 1e6 : 0)
  );
}

function dataRequest(manifest: Manifest, definition: FunctionDefinition, prices: Prices): number {
  const { dynamodb, s3 } = prices;
  const share = 1 / assumed.requestsPerWrite;
  let dollars = 0;
  for (const grant of grantsOf(manifest, definition)) {
    if (grant.kind === "secrets") continue;
    if (grant.kind === "cloud") {
      dollars += dynamodb.perMillionReads / 1e6;
      continue;
    }
    if (grant.kind === "function") {
      dollars += share * run(prices, memoryMb(manifest.functions[grant.name]!.memory), assumed.functionMs);
      continue;
    }
    const writes = grant.may === "write" ? share : 0;
    if (grant.kind === "table") {
      const indexes = Object.keys(manifest.tables[grant.name]?.indexes ?? {}).length;
      dollars += (dynamodb.perMillionReads + writes * (1 + indexes) * dynamodb.perMillionWrites) / 1e6;
    } else dollars += (s3.perThousandReads + writes * s3.perThousandWrites) / 1000;
  }
  return dollars;
}

function sentences(manifest: Manifest, region: string, prices: Prices): string[] {
  const { functionMs, gateMs, requestsPerWrite, logBytes, answerBytes } = assumed;
  const { dynamodb, s3 } = prices;
  const precious = dynamodb.perGbMonth + dynamodb.recoveryPerGbMonth;
  return [
    ...standIn(region),
    "Functions, tables and logs cost nothing while nobody calls; free tiers and taxes are left out.",
    `A request takes its function ${functionMs} ms and the gate ${gateMs} ms, logs ${logBytes / 1024} KB and answers ${answerBytes / 1024} KB; the dearest function counts.`,
    ...(Object.keys(manifest.tables).length + Object.keys(manifest.buckets).length > 0
      ? [
          `It reads once from each table and bucket the function may reach, and every ${requestsPerWrite}th writes, or calls another function.`,
        ]
      : []),
    ...(Object.keys(manifest.tables).length > 0
      ? [
          `Each GB in a table costs $${trim(dynamodb.perGbMonth)} a month more, $${trim(precious)} where the data is precious.`,
        ]
      : []),
    ...(Object.keys(manifest.buckets).length > 0
      ? [`Each GB in a bucket costs $${trim(s3.perGbMonth)} a month more.`]
      : []),
    ...(secretSettings(manifest).length > 0 ? ["Secret settings cost nothing to keep."] : []),
  ];
}

const trim = (dollars: number): string => String(rounded(dollars));
