/** Row L10: many write the same items at once, and what each was told could have happened one after the other. */
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLinearizable, type Model, type Operation } from "../../../support/linearizable.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { rounds } from "../../../support/tools.ts";

/** Two items with a number each: `a` and `b`. */
type State = readonly [a: number, b: number];
type Input =
  | { do: "read"; item: 0 | 1 }
  | { do: "write"; item: 0 | 1; value: number }
  | { do: "add"; item: 0 | 1; value: number }
  /** Writes when the value is what is expected. */
  | { do: "swap"; item: 0 | 1; expected: number; value: number }
  | { do: "read both" }
  /** Both or none: takes from one what it gives to the other, if the first is as expected. */
  | { do: "move"; item: 0 | 1; expected: number; value: number };
/** A number that was read, both, or whether the condition held. */
type Output = number | State | boolean;

const replaced = ([a, b]: State, item: 0 | 1, value: number): State => (item === 0 ? [value, b] : [a, value]);

/** What DynamoDB promises of reads that are consistent, of conditions and of transactions. */
const specification: Model<State, Input, Output> = (state, input, output) => {
  if (input.do === "read both") return String(output) === String(state) ? state : undefined;
  const value = state[input.item];
  if (input.do === "read") return output === value ? state : undefined;
  if (input.do === "write") return replaced(state, input.item, input.value);
  if (input.do === "add")
    return output === value + input.value ? replaced(state, input.item, value + input.value) : undefined;
  if (output !== (value === input.expected)) return undefined;
  if (!output) return state;
  if (input.do === "swap") return replaced(state, input.item, input.value);
  return input.item === 0
    ? [state[0] - input.value, state[1] + input.value]
    : [state[0] + input.value, state[1] - input.value];
};

describe("the checker", () => {
  const at = (called: number, answered: number, input: Input, output: Output): Operation<Input, Output> => ({
    ...{ called, answered, input, output },
  });
  const judge = (...history: Operation<Input, Output>[]) => isLinearizable(history, [0, 0], specification);

  // One that takes everything proves nothing.
  it("refuses stale reads, lost updates, two winners and half a transaction", () => {
    const write = at(0, 1, { do: "write", item: 0, value: 5 }, true);
    expect(judge(write, at(2, 3, { do: "read", item: 0 }, 0))).toBe(false);
    const add: Input = { do: "add", item: 0, value: 1 };
    expect(judge(at(0, 4, add, 1), at(1, 3, add, 1))).toBe(false);
    const swap = (value: number): Input => ({ do: "swap", item: 0, expected: 0, value });
    expect(judge(at(0, 4, swap(1), true), at(1, 3, swap(2), true))).toBe(false);
    const move = at(0, 4, { do: "move", item: 0, expected: 0, value: 1 }, true);
    expect(judge(move, at(1, 3, { do: "read both" }, [-1, 0]))).toBe(false);
    expect(judge(move, at(1, 2, { do: "read", item: 1 }, 1), at(3, 5, { do: "read", item: 0 }, 0))).toBe(false);
  });

  it("takes what overlaps in any order that fits", () => {
    const write = at(0, 9, { do: "write", item: 0, value: 5 }, true);
    expect(judge(write, at(1, 2, { do: "read", item: 0 }, 0), at(3, 4, { do: "read", item: 0 }, 5))).toBe(true);
    expect(judge(write, at(1, 2, { do: "read", item: 0 }, 5), at(3, 4, { do: "read", item: 0 }, 0))).toBe(false);
  });
});

describe("items under many writers", () => {
  const TableName = "items";
  let cloud: TestCloud;
  let client: DynamoDBClient;

  beforeAll(async () => {
    cloud = await startTestCloud();
    client = new DynamoDBClient(cloud.config);
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
  });
  afterAll(async () => {
    client?.destroy();
    await cloud?.close();
  });

  const whether = (sent: Promise<unknown>): Promise<boolean> =>
    sent.then(
      () => true,
      (error: Error & { CancellationReasons?: { Code?: string }[] }) => {
        const reasons = error.CancellationReasons?.map(({ Code }) => Code);
        if (error.name === "ConditionalCheckFailedException" || reasons?.[0] === "ConditionalCheckFailed") return false;
        throw error;
      },
    );

  function carryOut(pair: string, input: Input): Promise<Output> {
    const key = (item: 0 | 1) => ({ TableName, Key: { id: { S: `${pair}/${item}` } } });
    const n = (value: number) => ({ N: String(value) });
    const put = (item: 0 | 1, value: number) => ({ TableName, Item: { ...key(item).Key, n: n(value) } });
    const add = (item: 0 | 1, value: number) => ({
      ...key(item),
      UpdateExpression: "ADD n :v",
      ExpressionAttributeValues: { ":v": n(value) },
    });
    switch (input.do) {
      case "read":
        return client
          .send(new GetItemCommand({ ...key(input.item), ConsistentRead: true }))
          .then(({ Item }) => Number(Item?.["n"]?.N));
      case "write":
        return whether(client.send(new PutItemCommand(put(input.item, input.value))));
      case "add":
        return client
          .send(new UpdateItemCommand({ ...add(input.item, input.value), ReturnValues: "UPDATED_NEW" }))
          .then(({ Attributes }) => Number(Attributes?.["n"]?.N));
      case "swap":
        return whether(
          client.send(
            new PutItemCommand({
              ...put(input.item, input.value),
              ConditionExpression: "n = :e",
              ExpressionAttributeValues: { ":e": n(input.expected) },
            }),
          ),
        );
      case "read both":
        return client
          .send(new TransactGetItemsCommand({ TransactItems: [{ Get: key(0) }, { Get: key(1) }] }))
          .then(({ Responses }) => Responses!.map(({ Item }) => Number(Item?.["n"]?.N)) as unknown as State);
      case "move": {
        const other = input.item === 0 ? 1 : 0;
        const from = add(input.item, -input.value);
        const values = { ...from.ExpressionAttributeValues, ":e": n(input.expected) };
        const Update = { ...from, ConditionExpression: "n = :e", ExpressionAttributeValues: values };
        return whether(
          client.send(
            new TransactWriteItemsCommand({ TransactItems: [{ Update }, { Update: add(other, input.value) }] }),
          ),
        );
      }
    }
  }

  const item = fc.constantFrom<0 | 1>(0, 1);
  const value = fc.integer({ min: 0, max: 3 });
  const input: fc.Arbitrary<Input> = fc.oneof(
    fc.record({ do: fc.constant("read" as const), item }),
    fc.record({ do: fc.constant("write" as const), item, value }),
    fc.record({ do: fc.constant("add" as const), item, value }),
    fc.record({ do: fc.constant("swap" as const), item, expected: value, value }),
    fc.record({ do: fc.constant("read both" as const) }),
    fc.record({ do: fc.constant("move" as const), item, expected: value, value }),
  );

  // Eight clients, each with one operation under way; small numbers, so that conditions hold often enough.
  it("answer as if one operation came after the other", { timeout: 60_000 + rounds * 10_000 }, async () => {
    const clients = fc.array(fc.array(input, { minLength: 12, maxLength: 40 }), { minLength: 8, maxLength: 8 });
    let pairs = 0;
    let held = 0;
    let overlapping = 0;
    await fc.assert(
      fc.asyncProperty(clients, async (plans) => {
        const pair = `pair-${++pairs}`;
        for (const at of [0, 1] as const) await carryOut(pair, { do: "write", item: at, value: 0 });
        const history: Operation<Input, Output>[] = [];
        await Promise.all(
          plans.map(async (plan) => {
            for (const input of plan) {
              const called = performance.now();
              const output = await carryOut(pair, input);
              if (output === true && input.do !== "write") held++;
              history.push({ input, output, called, answered: performance.now() });
            }
          }),
        );
        overlapping += history.filter((one) =>
          history.some((other) => other !== one && other.called < one.answered && one.called < other.answered),
        ).length;
        return isLinearizable(history, [0, 0], specification);
      }),
      { numRuns: rounds, endOnFailure: true },
    );
    // Of a run in which nothing met, everything is true.
    expect(held).toBeGreaterThan(pairs);
    expect(overlapping).toBeGreaterThan(pairs * 50);
  });

  // Who makes it first is the one who is told so, whoever else tries in the same moment.
  it("have one maker each, of four at once", { timeout: 60_000 + rounds * 5_000 }, async () => {
    const races = rounds * 20;
    for (let race = 0; race < races; race++) {
      const made = await Promise.all(
        [0, 1, 2, 3].map((by) =>
          whether(
            client.send(
              new PutItemCommand({
                TableName,
                Item: { id: { S: `race-${race}` }, by: { N: String(by) } },
                ConditionExpression: "attribute_not_exists(id)",
              }),
            ),
          ),
        ),
      );
      const winners = made.flatMap((won, by) => (won ? [by] : []));
      expect(winners, `race ${race}`).toHaveLength(1);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: `race-${race}` } } }));
      expect(Item?.["by"]?.N).toBe(String(winners[0]));
    }
  });
});
