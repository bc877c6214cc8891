/**
 * The order of steps that matters, whatever runs side by side: a step ends after it began, what others need is made
 * before them and goes after them, and state lists what is needed first.
 */
import type { Seen } from "./drive.ts";
import { nameOf } from "./normalise.ts";

interface Moment {
  kind: "before" | "after";
  op: string;
  urn: string;
}

const making = /^(create|update|same|import|read|create-replacement|import-replacement|read-replacement)$/;
const removing = /^(delete|delete-replaced|discard|discard-replaced)$/;

export function disorder(seen: Seen): string[] {
  const moments = seen.events.flatMap((event): Moment[] => {
    const metadata = (event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata;
    if (!metadata) return [];
    return [{ kind: event.resourcePreEvent ? "before" : "after", op: metadata.op, urn: metadata.urn }];
  });
  return [...unbegun(moments), ...wrongOrder(seen, moments), ...stateOrder(seen)];
}

function unbegun(moments: Moment[]): string[] {
  const begun = new Map<string, number>();
  return moments.flatMap(({ kind, op, urn }) => {
    const key = `${op} ${urn}`;
    if (kind === "before") {
      begun.set(key, (begun.get(key) ?? 0) + 1);
      return [];
    }
    // A refresh ends as what it found.
    return begun.has(key) || begun.has(`refresh ${urn}`) ? [] : [`${op} ${nameOf(urn)} ended before it began`];
  });
}

function needs(resource: any): string[] {
  const provider = resource.provider ? [resource.provider.slice(0, resource.provider.lastIndexOf("::"))] : [];
  return [...(resource.dependencies ?? []), ...provider];
}

/** Against the dependencies of the state after the operation (for what is made) and of what goes (for what goes). */
function wrongOrder(seen: Seen, moments: Moment[]): string[] {
  const wrong: string[] = [];
  const at = (urn: string, kind: Moment["kind"], ops: RegExp, last: boolean): number => {
    const test = (moment: Moment) => moment.urn === urn && moment.kind === kind && ops.test(moment.op);
    return last ? moments.findLastIndex(test) : moments.findIndex(test);
  };
  for (const resource of (seen.state["resources"] ?? []) as any[]) {
    if (resource.delete) continue;
    for (const needed of needs(resource)) {
      const ready = at(needed, "after", making, false);
      const began = at(resource.urn, "before", making, false);
      if (ready > began && began >= 0)
        wrong.push(`${nameOf(resource.urn)} was begun before ${nameOf(needed)} was there`);
    }
  }
  const removed = seen.events.flatMap((event) => {
    const metadata = event.resourcePreEvent?.metadata;
    return metadata && removing.test(metadata.op) ? [metadata.old as any] : [];
  });
  for (const old of removed) {
    const provider = old.provider ? old.provider.slice(0, old.provider.lastIndexOf("::")) : "";
    for (const needed of [provider, old.parent].filter(Boolean)) {
      const gone = at(needed, "before", removing, false);
      const over = at(old.urn, "after", removing, true);
      if (gone >= 0 && gone < over) wrong.push(`${nameOf(needed)} went before ${nameOf(old.urn)} was gone`);
    }
  }
  return wrong;
}

function stateOrder(seen: Seen): string[] {
  const earlier = new Set<string>();
  return ((seen.state["resources"] ?? []) as any[]).flatMap((resource) => {
    const missing = [...needs(resource), ...(resource.parent ? [resource.parent] : [])].filter(
      (urn) => !earlier.has(urn) && !resource.pendingReplacement,
    );
    earlier.add(resource.urn);
    return missing.map((urn) => `state lists ${nameOf(resource.urn)} before ${nameOf(urn)}`);
  });
}
