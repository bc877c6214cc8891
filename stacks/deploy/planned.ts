/** What a preview says would be made, out of the engine's events: each resource once, with its inputs as they are resolved. */
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { signatureKey, signatures, unknownText } from "../engine/values/signatures.ts";
import { type PlannedResource, Unreadable } from "../rules/plan.ts";

export function collectPlan(): { onEvent(event: EngineEvent): void; resources(): PlannedResource[] } {
  const found = new Map<string, PlannedResource>();
  return {
    onEvent({ resourcePreEvent }) {
      const metadata = resourcePreEvent?.metadata;
      // Of a replacement the last step has what is to be; deletes have nothing.
      if (!metadata?.new || metadata.op.startsWith("delete")) return;
      const { urn, type, op } = metadata;
      const inputs = readable(metadata.new.inputs ?? {}) as Record<string, unknown>;
      found.set(urn, { urn, kind: type, name: urn.slice(urn.lastIndexOf("::") + 2), op, inputs });
    },
    resources: () => [...found.values()],
  };
}

function readable(value: unknown): unknown {
  if (value === unknownText) return new Unreadable("unknown");
  if (Array.isArray(value)) return value.map(readable);
  if (value === null || typeof value !== "object") return value;
  if ((value as Record<string, unknown>)[signatureKey] === signatures.secret) return new Unreadable("secret");
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
