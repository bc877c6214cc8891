/** The life of every type, and which AWS cannot be asked for which of them, with the reason. */
import { accountCases } from "./account-cases.ts";
import { type Case, dataCases, lambdaCases, restCases, s3Cases } from "./cases.ts";
import { domainCases } from "./domain-cases.ts";
import { identityCases } from "./identity-cases.ts";

export const everyCase: { readonly [title: string]: Case } = {
  ...{ ...s3Cases, ...dataCases, ...identityCases, ...lambdaCases, ...restCases },
  ...{ ...domainCases, ...accountCases },
};

const ofOwners = Object.keys({ ...domainCases, ...accountCases });
/** Of Route 53 and ACM. */
const ofNames = ["zone", "record", "text record", "certificate", "certificate of CloudFront", "certificate validation"];

const without: { [aws: string]: { [why: string]: string[] } } = {
  LocalStack: {
    "it has no DynamoDB without a download": [...Object.keys(dataCases), "event source mapping"],
    "it runs no function without Docker": ["provisioned concurrency"],
    "its free edition has none of these services": ofOwners.filter((title) => !ofNames.includes(title)),
  },
  moto: {
    "moto 5.2 has none": ["provisioned concurrency"],
    "moto 5.2 has no changes and no tags of them": ["budget"],
  },
  "small Budgets": { "it is of budgets alone": Object.keys(everyCase).filter((title) => title !== "budget") },
  "the local cloud": {
    "nothing expires objects there, so it is refused by name": ["lifecycle"],
    "it does not have these services": ofOwners,
  },
};

/** Titles of the cases that this AWS can be asked for; says loudly which ones it cannot. */
export function casesOn(aws: string): string[] {
  const reasons = Object.entries(without[aws] ?? {});
  for (const [why, titles] of reasons) console.warn(`\n!!! SKIPPED on ${aws}: ${titles.join(", ")}: ${why} !!!\n`);
  const skipped = new Set(reasons.flatMap(([, titles]) => titles));
  return Object.keys(everyCase).filter((title) => !skipped.has(title));
}
