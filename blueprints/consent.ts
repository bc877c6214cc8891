/**
 * What is asked before an app is installed or changed, and the digest that an answer is about. Decides nothing: who has
 * to be asked is the operation's (cli/operations).
 */
import { createHash } from "node:crypto";
import { canonical } from "./canonical.ts";
import type { Card, Consent, ConsentReason, Finding, Origin } from "./card.ts";
import { compareReach, sorted, widerReach } from "./reach.ts";

export interface ConsentInput {
  /** What the app is called in the cloud. */
  app: string;
  card: Card;
  /** What is installed. Without its card all of the new one's reach counts as added. */
  before?: { card?: Card; version: string; digest: string };
  /** On the plan, by stacks/rules. */
  findings: readonly Finding[];
}

export function consentOf({ app, card, before, findings }: ConsentInput): Consent {
  const { added, removed } = compareReach(before?.card?.reach ?? [], card.reach);
  return {
    app,
    digest: consentDigest(card, findings),
    reasons: reasonsOf(card, before, findings),
    card,
    ...(before ? { before: { version: before.version, digest: before.digest } } : {}),
    added,
    removed,
    findings: [...findings],
  };
}

function reasonsOf(card: Card, before: ConsentInput["before"], findings: readonly Finding[]): ConsentReason[] {
  const reasons: [boolean, ConsentReason][] = [
    [before === undefined && card.origin.source !== "bundled", "outside"],
    [before !== undefined && widerReach(before.card?.reach ?? [], card.reach).length > 0, "wider-reach"],
    [before?.card !== undefined && ownerChanged(before.card.origin, card.origin), "owner-changed"],
    [findings.some(({ severity }) => severity === "ask"), "finding"],
  ];
  return reasons.filter(([is]) => is).map(([, reason]) => reason);
}

/** Another repository, the same one in other hands, or from somewhere else altogether. */
export const ownerChanged = (before: Origin, after: Origin): boolean =>
  canonical(handsOf(before)) !== canonical(handsOf(after));

/** Whose it is. A catalog and GitHub itself are two ways to the same repository; GitHub's names have no case. */
function handsOf({ source, repository, repositoryId }: Origin): object {
  const place = source === "catalog" ? "github" : source;
  return { place, repositoryId, owner: repository?.split("/")[0]?.toLowerCase() };
}

/**
 * `sha256:…` over what is agreed to: the folder and whose it is, its reach, routes and hosts, the kinds of what is made,
 * and the findings that ask. Hosts are in the reach. Anything else on the card follows from the folder.
 */
export function consentDigest(card: Card, findings: readonly Finding[]): string {
  const agreed = {
    format: 1,
    folder: card.digest,
    from: handsOf(card.origin),
    reach: sorted(card.reach),
    routes: [...card.routes].sort((a, b) => (a.path < b.path ? -1 : 1)),
    creates: card.creates.map(({ kind }) => kind).sort(),
    findings: findings
      .filter(({ severity }) => severity === "ask")
      .map(canonical)
      .sort(),
  };
  return `sha256:${createHash("sha256").update(canonical(agreed)).digest("hex")}`;
}
