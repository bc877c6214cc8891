/** An app's address is told when it answers, and not before: the gate may be there before AWS lets anybody in. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { expect, onTestFinished, test } from "vitest";
import { firstAnswer } from "../../stacks/deploy/first-answer.ts";
import { watchStack } from "../../stacks/deploy/watch.ts";
import type { OperationEvent } from "../../stacks/events.ts";

/** Answers these one after the other, then the last one again; `asked` are the hosts that were named. */
async function answering(statuses: readonly number[]) {
  const asked: string[] = [];
  const server = createServer(({ headers }, response) => {
    const status = statuses[Math.min(asked.length, statuses.length - 1)]!;
    asked.push(headers.host ?? "");
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const host = `notes--work.localhost:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/`, host, asked };
}

// A grant that is not known everywhere yet is a refusal of AWS's, not an answer of the app's.
test("refusals and failures are asked again, a redirect to the sign-in is an answer", async () => {
  const { url, host, asked } = await answering([403, 502, 404, 302]);
  expect(await firstAnswer(url, new AbortController().signal)).toBe(true);
  expect(asked).toEqual([host, host, host, host]);
});

// Nobody asks on when the stack's turn is over.
test("ends with false when nobody waits any more", async () => {
  const { url, asked } = await answering([403]);
  const over = new AbortController();
  const answered = firstAnswer(url, over.signal);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  over.abort();
  expect(await answered).toBe(false);
});

const made = (url: string, op: string): EngineEvent =>
  ({
    resOutputsEvent: {
      metadata: {
        op,
        urn: "urn:pulumi:work::freehold-app-notes::aws:lambda/functionUrl:FunctionUrl::gate",
        type: "aws:lambda/functionUrl:FunctionUrl",
        new: { outputs: { functionUrl: url } },
      },
    },
  }) as unknown as EngineEvent;

// Whoever watches can open it while tables are still made; one that was there before is no news.
test("a new address is told once it answers, in the middle of the turn", async () => {
  const { url } = await answering([403, 302]);
  const told: OperationEvent[] = [];
  const emit = (event: OperationEvent): void => void told.push(event);
  const turn = watchStack({ stack: "notes", app: "notes", preview: false, emit, tellsAddress: true });
  turn.onEvent(made(url, "same"));
  turn.onEvent(made(url, "create"));
  await expect.poll(() => told.filter(({ type }) => type === "address")).toHaveLength(1);
  turn.end("succeeded");
  expect(told.map(({ type }) => type).at(-1)).toBe("summary");
  expect(told.find(({ type }) => type === "address")).toMatchObject({ stack: "notes", app: "notes", url });
});
