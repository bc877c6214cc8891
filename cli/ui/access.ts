/** Who came, as a line: the same words in the log and on the screen. What is of the line itself is foreign text. */
import type { AccessLine } from "../../stacks/deploy.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "./paint.ts";

/** What a key can be for: the verbs that a gate passes on. */
export const verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** A person without a session who asked for a private page: the gate leads them to sign-in. */
const ledToSignIn = "sign-in-first";

/** `2026-… notes  owner  GET /api/notes  200  3 ms  from 127.0.0.1`; what was refused says why. */
export function accessWords(line: AccessLine, paint: Paint): string {
  const { at, app, method, path, what, status, allowed, why, from, ms } = line;
  const asked = what ?? `${method ?? "?"} ${path ?? "?"}`;
  const end = !allowed ? paint.bad("refused") : why === ledToSignIn ? "led to sign-in" : paint.good("allowed");
  const parts = [
    paint.dim(safeText(at)),
    paint.bold(safeText(app)),
    safeText(whoWords(line)),
    safeText(asked),
    ...(status === undefined ? [] : [String(status)]),
    why === undefined || (allowed && why === ledToSignIn) ? end : `${end} (${safeText(why)})`,
    ...(from === undefined ? [] : [`from ${safeText(from)}`]),
    ...(ms === undefined ? [] : [`${ms} ms`]),
  ];
  return parts.join("  ");
}

/** `owner`, `guest Ann`, `key backup`; by the id where the name is gone. */
export function whoWords({ who, name }: Pick<AccessLine, "who" | "name">): string {
  const [kind, id] = who.split("/");
  return id === undefined ? who : `${kind} ${name ?? id}`;
}
