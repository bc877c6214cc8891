/**
 * How often one address may try what it takes a secret for. Secrets are too long to be guessed: this is against load.
 * When nobody can count, nobody passes.
 */
import { createHash } from "node:crypto";
import { count } from "../shared/counter.ts";
import type { Answer } from "./answer.ts";
import { config } from "./config.ts";
import { toldTo } from "./pages.ts";
import type { Request } from "./request.ts";

/** A minute: more than a household does, less than a search. */
const most = { link: 300, code: 300, passkey: 120, invite: 120 } as const;

/** Null: go on. Else the seconds to wait. The address needs not be readable in the table. */
export function tried(kind: keyof typeof most, from: string, now: number): Promise<number | null> {
  const hash = createHash("sha256").update(from).digest("hex");
  return count({ table: config.access, id: `tried/${kind}/${hash}`, most: most[kind], seconds: 60 }, now);
}

export const tooMany = (request: Request, wait: number): Answer =>
  toldTo(request, {
    status: 429,
    code: "too-many",
    title: "Too many tries",
    text: "So many do not come from people. Try again in a minute.",
    headers: { "retry-after": String(wait) },
  });
