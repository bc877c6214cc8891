import { GetFunctionCommand, InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.stop());

async function invoke(name: string, event: unknown = {}, extra: object = {}) {
  const answer = await lambda.client.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), ...extra }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  return { ...answer, value: text === "" ? undefined : JSON.parse(text) };
}

// The main path: an ES module's async handler gets the event and the context Lambda gives.
test("an ES module answers with its event and context", async () => {
  const name = await createFunction(
    lambda.client,
    `export const handler = async (event, context) => ({ event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0, id: context.awsRequestId, region: process.env.AWS_REGION, key: process.env.AWS_ACCESS_KEY_ID, home: process.env.USER ?? null })`,
  );
  const { value, FunctionError, $metadata } = await invoke(name, { a: 1 });
  expect(FunctionError).toBeUndefined();
  expect(value).toEqual({
    ...{ event: { a: 1 }, name, left: true, id: $metadata.requestId, region: "eu-west-1", key: "ASIATEST", home: null },
  });
});
