/**
 * AWS's list prices, dated, by region. Figures alone: what is reckoned with them is elsewhere, and is not loaded to look
 * one up.
 */

/**
 * ISO date: a day on which each figure below stood in AWS's price list of its region (docs/using/judging.md says how that
 * is looked up). The lists in force then were published from 2026-07-20 (transfer) to 2026-08-15 (DynamoDB).
 */
export const pricesOf = "2026-08-15";

/** US dollars. */
export interface Prices {
  lambda: { perMillionRequests: number; perGbSecond: number };
  dynamodb: { perMillionReads: number; perMillionWrites: number; perGbMonth: number; recoveryPerGbMonth: number };
  s3: { perGbMonth: number; perThousandReads: number; perThousandWrites: number };
  logs: { perGb: number };
  /** To the internet. */
  transfer: { perGb: number };
}

const lambda = { perMillionRequests: 0.2, perGbSecond: 0.0000166667 };
const transfer = { perGb: 0.09 };

const virginia: Prices = {
  lambda,
  dynamodb: { perMillionReads: 0.125, perMillionWrites: 0.625, perGbMonth: 0.25, recoveryPerGbMonth: 0.2 },
  s3: { perGbMonth: 0.023, perThousandReads: 0.0004, perThousandWrites: 0.005 },
  logs: { perGb: 0.5 },
  transfer,
};

/** Only regions whose every figure was found in its price list: others say whose prices stand for theirs. */
export const priceList: { readonly [region: string]: Prices } = {
  "us-east-1": virginia,
  "us-east-2": virginia,
  "us-west-2": virginia,
  "eu-west-1": {
    lambda,
    dynamodb: { perMillionReads: 0.1415, perMillionWrites: 0.705, perGbMonth: 0.283, recoveryPerGbMonth: 0.22 },
    s3: { perGbMonth: 0.023, perThousandReads: 0.0004, perThousandWrites: 0.005 },
    logs: { perGb: 0.57 },
    transfer,
  },
  "eu-central-1": {
    lambda,
    dynamodb: { perMillionReads: 0.1525, perMillionWrites: 0.7625, perGbMonth: 0.306, recoveryPerGbMonth: 0.2448 },
    s3: { perGbMonth: 0.0245, perThousandReads: 0.00043, perThousandWrites: 0.0054 },
    logs: { perGb: 0.63 },
    transfer,
  },
};

/** Whose prices stand for those of regions that are not in the list. */
export const stand = "us-east-1";

/** Those of the region, or those that stand for them. */
export const pricesAt = (region: string): Prices => priceList[region] ?? priceList[stand]!;

/** A price that AWS's price lists were not asked for: from a page that says it. */
export interface PagePrice {
  /** US dollars. */
  dollars: number;
  per: string;
  /** Where it was read. */
  source: string;
}

/** ISO date on which the pages below were read, in stored copies: they may be older. */
export const pagesReadAt = "2026-11-27";

/** The same in every region, or of us-east-1 where others may be higher. */
export const pagePrices = {
  hostedZone: { dollars: 0.5, per: "zone and month, of the first 25", source: "https://ns1.com/resources/aws-dns" },
  httpApiPerMillion: {
    dollars: 1,
    per: "million requests, us-east-1",
    source:
      "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
  },
  cdnPerGb: { dollars: 0.085, per: "GB to the US and Europe", source: "https://aws.amazon.com/cloudfront/pricing/" },
  cdnPerTenThousand: {
    dollars: 0.01,
    per: "10,000 HTTPS requests in the US and Europe",
    source: "https://wring.co/blog/aws-cloudfront-pricing-guide",
  },
  keptLogsPerGb: {
    dollars: 0.03,
    per: "GB and month, compressed",
    source: "https://github.com/vreutova/infracost-idem-support/pull/2",
  },
  metricsPerThousand: {
    dollars: 0.01,
    per: "1,000 metrics asked for by GetMetricData, which no free tier covers",
    source: "https://support.site24x7.com/portal/en/kb/articles/aws-cloudwatch-metrics-cost-calculation",
  },
  costExplorerPage: {
    dollars: 0.01,
    per: "request, each page of an answer being one",
    source: "https://aws.amazon.com/aws-cost-management/aws-cost-explorer/faqs",
  },
  budgetPerDay: {
    dollars: 0.02,
    free: 2,
    per: "budget and day, beyond two; newer pages say that all which only tell are free",
    source: "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/budgets-managing-costs.html",
  },
} satisfies { readonly [name: string]: PagePrice & { free?: number } };
