/** A budget as it is typed and as it is told. AWS counts in US dollars, a calendar month at a time. */
import { dollars } from "./reach.ts";

/** What is suggested to whom is asked. */
export const usualBudget = 5;

/** `5`, `$7.50`; at most a million, in cents. Undefined where it is no such amount. */
export function amountOf(said: string): number | undefined {
  const amount = Number(/^\$?(\d{1,7}(\.\d{1,2})?)$/.exec(said.trim())?.[1]);
  return amount > 0 && amount <= 1_000_000 ? amount : undefined;
}

/** Enough to tell a slip; whether it is anybody's, AWS's mail finds out. Of these signs a shell takes none for its own. */
export const isAddress = (said: string): boolean =>
  said.length <= 254 && /^[\w.%+-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i.test(said);

/** `$5 a month; AWS mails me@example.com at 50, 80 and 100 %, and when it expects more` */
export const budgetWords = ({ perMonth, email }: { perMonth: number; email: string }): string =>
  `${dollars(perMonth)} a month for the whole account; AWS mails ${email} at 50, 80 and 100 %, and when it expects more. It counts every 8 to 12 hours, and stops nothing.`;
