/**
 * What use costs in AWS: amounts as AWS counts them, times list prices. Plain sums, so that what apps cost together is what
 * each of them costs. Asks nobody; what is measured is measured elsewhere (stacks/deploy/use).
 */
import { type Prices, pagePrices, pricesAt } from "./price-list.ts";

/** What happens, and is charged by how often or how much of it there was. */
export const flows = [
  "functionCalls",
  "gbSeconds",
  "tableReads",
  "tableWrites",
  "bucketReads",
  "logGb",
  "transferGb",
  "apiCalls",
  "cdnRequests",
  "cdnGb",
] as const;

/** What is there, and is charged for as long as it is. */
export const stocks = ["tableGb", "recoveryGb", "bucketGb", "keptLogGb", "zones"] as const;

export type Flow = (typeof flows)[number];
export type Stock = (typeof stocks)[number];
export type Flows = Record<Flow, number>;
export type Stocks = Record<Stock, number>;

export const noFlows = (): Flows => Object.fromEntries(flows.map((name) => [name, 0])) as Flows;
export const noStocks = (): Stocks => Object.fromEntries(stocks.map((name) => [name, 0])) as Stocks;

/** What was measured of one app, the foundation or things. */
export interface Use {
  /** Since the month began. */
  soFar: Flows;
  /** A day, as the last days were; nothing while it is too new to tell. */
  perDay?: Flows;
  /** Now. */
  stocks: Stocks;
}

/** The calendar month in UTC, as AWS charges it. In days. */
export interface Month {
  days: number;
  elapsed: number;
}

interface Charged {
  /** What is charged, as bills call it. */
  what: string;
  unit: string;
  /** US dollars for one. */
  price(prices: Prices): number;
  /** Every month, for ever and for the whole account. */
  free?: number;
}

export const charges: { readonly [Name in Flow | Stock]: Charged } = {
  functionCalls: {
    ...{ what: "Lambda requests", unit: "requests", free: 1e6 },
    price: ({ lambda }) => lambda.perMillionRequests / 1e6,
  },
  gbSeconds: {
    ...{ what: "Lambda duration", unit: "GB-seconds", free: 400_000 },
    price: ({ lambda }) => lambda.perGbSecond,
  },
  tableReads: {
    ...{ what: "DynamoDB reads", unit: "read units" },
    price: ({ dynamodb }) => dynamodb.perMillionReads / 1e6,
  },
  tableWrites: {
    ...{ what: "DynamoDB writes", unit: "write units" },
    price: ({ dynamodb }) => dynamodb.perMillionWrites / 1e6,
  },
  bucketReads: {
    ...{ what: "S3 reads", unit: "requests" },
    price: ({ s3 }) => s3.perThousandReads / 1000,
  },
  logGb: { what: "logs written", unit: "GB", free: 5, price: ({ logs }) => logs.perGb },
  transferGb: { what: "transfer to the internet", unit: "GB", free: 100, price: ({ transfer }) => transfer.perGb },
  apiCalls: {
    ...{ what: "HTTP API requests", unit: "requests" },
    price: () => pagePrices.httpApiPerMillion.dollars / 1e6,
  },
  cdnRequests: {
    ...{ what: "CloudFront requests", unit: "requests", free: 1e7 },
    price: () => pagePrices.cdnPerTenThousand.dollars / 10_000,
  },
  cdnGb: {
    ...{ what: "CloudFront transfer", unit: "GB", free: 1000 },
    price: () => pagePrices.cdnPerGb.dollars,
  },
  tableGb: { what: "DynamoDB data", unit: "GB-months", free: 25, price: ({ dynamodb }) => dynamodb.perGbMonth },
  recoveryGb: {
    ...{ what: "DynamoDB point-in-time recovery", unit: "GB-months" },
    price: ({ dynamodb }) => dynamodb.recoveryPerGbMonth,
  },
  bucketGb: { what: "S3 data", unit: "GB-months", price: ({ s3 }) => s3.perGbMonth },
  keptLogGb: { what: "logs kept", unit: "GB-months", price: () => pagePrices.keptLogsPerGb.dollars },
  zones: { what: "Route 53 hosted zones", unit: "zone-months", price: () => pagePrices.hostedZone.dollars },
};

type Amounts = Record<Flow | Stock, number>;

export interface CostLine {
  what: string;
  unit: string;
  amount: number;
  /** US dollars. */
  dollars: number;
}

export interface UseCost {
  /** US dollars since the month began. */
  soFar: number;
  /** Of the whole month, if it goes on as it was; nothing while it is too new to tell. */
  forecast?: number;
  /** Of what was so far: what cost anything. */
  lines: CostLine[];
}

/** Of each as named, and of all together. `freeTier`: what AWS gives an account for ever is taken off first. */
export function costOfUse<Name extends string>(
  uses: readonly { name: Name; use: Use }[],
  o: { region: string; month: Month; freeTier?: boolean },
): { each: ({ name: Name } & UseCost)[]; total: Omit<UseCost, "lines"> } {
  const prices = pricesAt(o.region);
  const soFar = uses.map(({ use }) => soFarOf(use, o.month));
  const whole = uses.map(({ use }) => wholeOf(use, o.month));
  const known = whole.filter((amounts) => amounts !== undefined);
  const [ofSoFar, ofWhole] = o.freeTier ? [paidShare(soFar), paidShare(known)] : [all, all];
  const each = uses.map(({ name }, at) => {
    const lines = linesOf(soFar[at]!, ofSoFar, prices);
    const later = whole[at] && rounded(sum(linesOf(whole[at], ofWhole, prices).map(({ dollars }) => dollars)));
    const cost: UseCost = { soFar: rounded(sum(lines.map(({ dollars }) => dollars))), lines };
    return { name, ...cost, ...(later === undefined ? {} : { forecast: later }) };
  });
  const told = each.every(({ forecast }) => forecast !== undefined);
  return {
    each,
    total: {
      soFar: rounded(sum(each.map((one) => one.soFar))),
      ...(told ? { forecast: rounded(sum(each.map(({ forecast = 0 }) => forecast))) } : {}),
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** To billionths of a dollar: what one request costs is still seen. */
const rounded = (dollars: number): number => Math.round(dollars * 1e9) / 1e9;

const names = [...flows, ...stocks];

/** What is there is taken to have been there since the month began. */
function soFarOf(use: Use, { days, elapsed }: Month): Amounts {
  const held = stocks.map((name) => [name, use.stocks[name] * (elapsed / days)]);
  return { ...use.soFar, ...(Object.fromEntries(held) as Stocks) };
}

function wholeOf({ soFar, perDay, stocks: held }: Use, { days, elapsed }: Month): Amounts | undefined {
  if (!perDay) return undefined;
  const more = flows.map((name) => [name, soFar[name] + perDay[name] * (days - elapsed)]);
  return { ...(Object.fromEntries(more) as Flows), ...held };
}

type Share = (name: Flow | Stock) => number;
const all: Share = () => 1;

/** What of an amount is charged once the account's free part of it is spread evenly over all. */
function paidShare(amounts: readonly Amounts[]): Share {
  return (name) => {
    const total = sum(amounts.map((one) => one[name]));
    return total > 0 ? Math.max(0, total - (charges[name].free ?? 0)) / total : 1;
  };
}

function linesOf(amounts: Amounts, share: Share, prices: Prices): CostLine[] {
  return names.flatMap((name) => {
    const { what, unit, price } = charges[name];
    const amount = amounts[name];
    return amount > 0 ? [{ what, unit, amount, dollars: amount * share(name) * price(prices) }] : [];
  });
}

/** The free tier in words, said where it is not counted. */
export const freeTierWords =
  "Not taken off: what AWS gives every account each month, as 1 million Lambda requests, 400,000 GB-seconds, 25 GB of tables, 5 GB of logs, 100 GB of transfer.";
