/** The plain view's lines about data: what a person reads when an app goes and its data stays. */
import { expect, it } from "vitest";
import { createPaint } from "../../cli/ui/paint.ts";
import { outcomeWords } from "../../cli/ui/steps.ts";
import { createPlainView, type ViewOptions } from "../../cli/views/operation-plain.ts";
import type { ResourceEvent, SummaryEvent } from "../../stacks/events.ts";

function linesOf(event: Partial<ResourceEvent>, preview = false, more: Partial<ViewOptions> = {}): string[] {
  const lines: string[] = [];
  const view = createPlainView(
    { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    { paint: createPaint(false), quiet: false, verbose: false, ...more },
  );
  if (more.expectedIn)
    view.event({ type: "start", format: 1, operation: "up", id: "1", cloud: "home", apps: [], at: "", pid: 1 });
  view.event({ type: "stack", stack: "notes", preview });
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
  return lines.slice(more.expectedIn ? 2 : 1);
}

// A table that was kept read "deleted": the one line nobody may get wrong.
it("says that kept data is left in place, and only says deleted of what is gone", () => {
  expect(linesOf({ retained: true, phase: "started" })).toEqual(["  leaving in place DynamoDB table notes"]);
  expect(linesOf({ retained: true, elapsedMs: 3 })).toEqual(["  left in place DynamoDB table notes (3 ms)"]);
  expect(linesOf({ elapsedMs: 3 })).toEqual(["  deleted DynamoDB table notes (3 ms)"]);
});

// The screen says it; a pipe and a screen reader have the plain lines alone.
it("says how long a step usually takes where it is long enough to be waited for", () => {
  const expectedIn = (cloud: string) => (_kind: string, op: string) =>
    cloud === "home" ? (op === "create" ? 12_000 : 300) : undefined;
  expect(linesOf({ op: "create", phase: "started" }, false, { expectedIn })).toEqual([
    "  creating DynamoDB table notes (usually 12.0 s)",
  ]);
  expect(linesOf({ op: "delete", phase: "started" }, false, { expectedIn })).toEqual([
    "  deleting DynamoDB table notes",
  ]);
});

// It read "waiting, waiting for function …": the provider's own sentence is enough.
it("says once what is waited for", () => {
  expect(linesOf({ op: "create", phase: "waiting", message: "waiting for table notes to be active" })).toEqual([
    "  creating DynamoDB table notes: waiting for table notes to be active",
  ]);
});

// A preview read "created DynamoDB table notes", and then that nothing was changed.
it("says of a preview what would be, once each", () => {
  expect(linesOf({ op: "create", phase: "started" }, true)).toEqual([]);
  expect(linesOf({ op: "create" }, true)).toEqual(["  DynamoDB table notes would be created"]);
  expect(linesOf({ retained: true }, true)).toEqual(["  DynamoDB table notes would be left in place"]);
  expect(outcomeWords(ended({ preview: true, changes: { create: 2, same: 3 } }))).toBe("2 would be created");
});

// "failed, nothing to do" is what a turn said that broke off at its first step.
it("says there was nothing to do only when all went well", () => {
  expect(outcomeWords(ended({}))).toBe("succeeded, nothing to do");
  expect(outcomeWords(ended({ result: "failed" }))).toBe("failed");
  expect(outcomeWords(ended({ result: "failed", changes: { create: 1 } }))).toBe("failed, 1 created");
  // Of four that left the state, three are in the cloud still.
  expect(outcomeWords(ended({ changes: { delete: 4 }, retained: 3 }))).toBe("succeeded, 1 deleted, 3 left in place");
  expect(linesOf({ op: "create", phase: "failed" })).toEqual(["  failed creating DynamoDB table notes"]);
});

const ended = (event: Partial<SummaryEvent>): SummaryEvent => ({
  type: "summary",
  stack: "notes",
  result: "succeeded",
  preview: false,
  changes: {},
  durationMs: 1,
  ...event,
});
