/** How much an app is used, in words: the same in `status` and on the home screen. */
import type { StatusDocument } from "../commands/status.ts";
import { dollars } from "./reach.ts";
import { sizeWords } from "./size.ts";

type Used = Pick<StatusDocument["apps"][number], "requestsToday" | "data">;

/** `12 requests today`, `at least 50000 requests today`; nothing where it is not known. */
export function requestWords({ requestsToday }: Used): string {
  if (!requestsToday) return "";
  const { count, more } = requestsToday;
  return `${more ? "at least " : ""}${count} ${count === 1 ? "request" : "requests"} today`;
}

/** Of less than a cent nobody wants the digits. */
export const monthWords = (amount: number): string => (amount > 0 && amount < 0.01 ? "under $0.01" : dollars(amount));

/** `1.2 MB · $0/month`: of all apps together, as far as it is known. */
export function totalWords({ apps, idlePerMonth }: Pick<StatusDocument, "apps" | "idlePerMonth">): string {
  const known = apps.flatMap(({ data }) => data ?? []);
  const size = sizeWords(known.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const least = known.some(({ more }) => more) ? "at least " : "";
  const cost = idlePerMonth === undefined ? [] : [`${monthWords(idlePerMonth)}/month`];
  return [...(known.length > 0 ? [`${least}${size}`] : []), ...cost].join(" · ");
}
