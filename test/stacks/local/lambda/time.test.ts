import { InvokeCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { movableClock } from "../../../support/clock.ts";
import { createFunction, type Harness, startLambda } from "./harness.ts";

const clock = movableClock();
let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda({ clock });
});
afterAll(() => lambda.stop());

const minuteMs = 60_000;
const event = (FunctionName: string) =>
  lambda.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: "{}" }));
const count = (name: string, word: RegExp) =>
  lambda.logged.filter(({ group, message }) => group.endsWith(name) && word.test(message)).length;
/** Its outcome is in the store, too: the next move finds the event waiting. */
const waiting = () =>
  lambda.cloud.store.db.prepare("SELECT errors, due_ms - created_ms AS after_ms FROM lambda_async").all();

// Lambda's own times, a minute and then two: an event that keeps failing runs three times, and no earlier.
test("a failed event is tried again a minute later, then two minutes later, and then no more", async () => {
  const name = await createFunction(lambda.client, "export const handler = async () => { throw new Error('no'); };");
  await event(name);
  await expect.poll(() => count(name, /^END/), { timeout: 10_000 }).toBe(1);
  await expect.poll(waiting).toEqual([{ errors: 1, after_ms: expect.closeTo(minuteMs, -4) }]);
  clock.move(minuteMs / 2);
  expect(waiting()).toHaveLength(1);
  clock.move(minuteMs / 2);
  await expect.poll(() => count(name, /^END/), { timeout: 10_000 }).toBe(2);
  await expect.poll(waiting).toEqual([{ errors: 2, after_ms: expect.closeTo(3 * minuteMs, -4) }]);
  clock.move(minuteMs);
  // It looks again and finds nothing due: the second wait is twice as long.
  expect(count(name, /^START/)).toBe(2);
  clock.move(minuteMs);
  await expect.poll(() => count(name, /^END/), { timeout: 10_000 }).toBe(3);
  await expect.poll(waiting).toEqual([]);
});

// MaximumEventAge is by the same time: the retry that would come too late is not waited for.
test("an event whose next try would come after its greatest age is given up", async () => {
  const name = await createFunction(lambda.client, "export const handler = async () => { throw new Error('no'); };");
  const age = { FunctionName: name, MaximumEventAgeInSeconds: 100 };
  await lambda.client.send(new PutFunctionEventInvokeConfigCommand(age));
  await event(name);
  await expect.poll(() => count(name, /^END/), { timeout: 10_000 }).toBe(1);
  await expect.poll(waiting).toEqual([{ errors: 1, after_ms: expect.closeTo(minuteMs, -4) }]);
  clock.move(minuteMs);
  await expect.poll(() => count(name, /^END/), { timeout: 10_000 }).toBe(2);
  await expect.poll(waiting).toEqual([]);
});

// An environment nobody calls goes after ten minutes; the next call starts another.
test("an environment that idles is ended", async () => {
  const name = await createFunction(lambda.client, "let n = 0; export const handler = async () => ++n;");
  const call = async () => {
    const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName: name }));
    return JSON.parse(Payload!.transformToString());
  };
  expect([await call(), await call()]).toEqual([1, 2]);
  clock.move(9 * minuteMs);
  expect(await call()).toBe(3);
  clock.move(11 * minuteMs);
  expect(await call()).toBe(1);
});
