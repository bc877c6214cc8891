/** How much data there is, in words: what goes when it is deleted. */
import type { Measured } from "../../stacks/deploy.ts";
import { sizeWords } from "./size.ts";
import { kindWords } from "./steps.ts";

/** `notes (DynamoDB table): 3 items, 1.2 kB` */
export function measuredWords({ kind, name, items, sizeBytes, more }: Measured): string {
  const noun = kind.includes("s3/") ? "object" : "item";
  const counted = `${items} ${noun}${items === 1 ? "" : "s"}, ${sizeWords(sizeBytes)}`;
  return `${name} (${kindWords(kind)}): ${more ? `more than ${counted}` : counted}`;
}
