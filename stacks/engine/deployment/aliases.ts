/**
 * Which resource of the last deployment a registration goes on with: the one of its URN, or of a name it went by
 * before, its own or its parent's.
 */

import { Bail } from "../diagnosis.ts";
import type { AliasSpec } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { makeUrn, parseUrn } from "../values/urn.ts";
import type { Deployment } from "./deployment.ts";
import type { Goal } from "./goal.ts";

/** Finds it and takes it for this registration. Two that want the same one are told, and end the operation. */
export function claim(d: Deployment, goal: Goal, urn: string): ResourceState | undefined {
  const problems: string[] = [];
  const taken = d.renames.get(urn);
  if (taken !== undefined)
    problems.push(`Duplicate resource URN '${urn}' conflicting with alias on resource with URN '${taken}'`);
  const found = find(d, goal, urn, problems);
  for (const message of problems) d.events.diagnostic({ severity: "error", message, urn });
  if (problems.length > 0) {
    d.executor.stopFailed();
    throw new Bail();
  }
  if (!found) return undefined;
  const old = found.urn === urn ? found : d.rename(found, urn);
  d.claimed.add(urn);
  return old;
}

function find(d: Deployment, goal: Goal, urn: string, problems: string[]): ResourceState | undefined {
  if (d.olds.has(urn)) return d.olds.get(urn);
  for (const alias of formerUrns(d, goal)) {
    const other = d.renames.get(alias) ?? (d.goals.has(alias) && alias !== urn ? alias : undefined);
    const old = d.olds.get(alias);
    if (other !== undefined && (old || d.renames.has(alias)))
      problems.push(
        `Duplicate resource alias '${alias}' applied to resource with URN '${urn}' conflicting with resource with URN '${other}'`,
      );
    if (old) return old;
  }
  return undefined;
}

/** Its own aliases, then those it has because its parent was found by one. */
function formerUrns(d: Deployment, goal: Goal): Set<string> {
  const found = new Set<string>();
  const own = goal.aliases.map((alias) => collapse(d, goal, alias));
  for (const alias of own) found.add(alias);
  const parentAlias = goal.parent === undefined ? undefined : d.aliases.get(goal.parent);
  if (parentAlias === undefined) return found;
  found.add(inherited(d, goal.parent!, parentAlias, goal.type, goal.name));
  for (const alias of own) {
    const parts = parseUrn(alias);
    if (parts) found.add(inherited(d, goal.parent!, parentAlias, parts.type, parts.name));
  }
  return found;
}

function collapse(d: Deployment, goal: Goal, alias: AliasSpec): string {
  if (alias.kind === "urn") return alias.urn;
  const given = alias.parent === undefined ? undefined : (d.aliases.get(alias.parent) ?? alias.parent);
  return makeUrn(
    alias.stack ?? d.settings.stack,
    alias.project ?? d.settings.project,
    alias.noParent ? undefined : (given ?? goal.parent),
    alias.type ?? goal.type,
    alias.name ?? goal.name,
  );
}

/** Children are often named after their parents: `site` had `site-bucket`, so `web`, once `site`, has it as `web-bucket`. */
function inherited(d: Deployment, parent: string, parentAlias: string, type: string, name: string): string {
  const parentName = parseUrn(parent)?.name ?? "";
  const formerName = parseUrn(parentAlias)?.name ?? "";
  const former = name.startsWith(parentName) ? formerName + name.slice(parentName.length) : name;
  return makeUrn(d.settings.stack, d.settings.project, parentAlias, type, former);
}
