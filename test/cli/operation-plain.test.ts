/** The plain view's lines about data: what a person reads when an app goes and its data stays. */
import { expect, it } from "vitest";
import { createPaint } from "../../cli/ui/paint.ts";
import { createPlainView } from "../../cli/views/operation-plain.ts";
import type { ResourceEvent } from "../../stacks/events.ts";

function linesOf(event: Partial<ResourceEvent>): string[] {
  const lines: string[] = [];
  const view = createPlainView(
    { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    { paint: createPaint(false), quiet: false, verbose: false },
  );
  view.event({
    type: "resource",
    phase: "done",
    stack: "notes",
    op: "delete",
    urn: "urn:pulumi:home::notes::aws:dynamodb/table:Table::notes",
    kind: "aws:dynamodb/table:Table",
    name: "notes",
    at: "2026-01-31T12:00:00Z",
    ...event,
  });
  return lines;
}

// A table that was kept read "deleted": the one line nobody may get wrong.
it("says that kept data is left in place, and only says deleted of what is gone", () => {
  expect(linesOf({ retained: true, phase: "started" })).toEqual(["  leaving in place DynamoDB table notes"]);
  expect(linesOf({ retained: true, elapsedMs: 3 })).toEqual(["  left in place DynamoDB table notes (3 ms)"]);
  expect(linesOf({ elapsedMs: 3 })).toEqual(["  deleted DynamoDB table notes (3 ms)"]);
});

// It read "waiting, waiting for function …": the provider's own sentence is enough.
it("says once what is waited for", () => {
  expect(linesOf({ op: "create", phase: "waiting", message: "waiting for table notes to be active" })).toEqual([
    "  creating DynamoDB table notes: waiting for table notes to be active",
  ]);
});
