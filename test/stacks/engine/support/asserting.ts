/** What tests of steps ask of a stack and of an operation's events. */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

export const urn = (name: string, type = "test:index:Thing"): string => `urn:pulumi:dev::proj::${type}::${name}`;

export async function resources(stack: { exportStack(): Promise<any> }): Promise<any[]> {
  return (await stack.exportStack()).deployment.resources ?? [];
}

/** The state of one resource, by the last part of its URN. */
export async function stateOf(stack: { exportStack(): Promise<any> }, name: string): Promise<any> {
  return (await resources(stack)).find((r) => r.urn.endsWith(`::${name}`) && !r.delete);
}

export function told(events: EngineEvent[], severity: string): string {
  return events
    .flatMap((event) => (event.diagnosticEvent?.severity === severity ? [event.diagnosticEvent.message] : []))
    .join("\n");
}

/** Begun steps of resources that are neither the stack nor a default provider: `create one`. */
export function begun(events: EngineEvent[]): string[] {
  return events.flatMap(({ resourcePreEvent }) => {
    const { op, urn: of = "" } = resourcePreEvent?.metadata ?? {};
    const name = of.split("::").at(-1) ?? "";
    return op && !name.startsWith("default") && !of.includes("pulumi:pulumi:Stack") ? [`${op} ${name}`] : [];
  });
}
