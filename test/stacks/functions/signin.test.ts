/** The sign-in function: a link works once, for its app, in its time; what it answers is good at that app only. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { check } from "../../../stacks/functions/shared/session.ts";
import { type Asked, fakeAws, type Told } from "./fake-aws.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const link = "a-link-of-thirty-two-bytes-or-so";
let rows: Map<string, { app: string; expires: number }>;
/** Attempts by the row they are counted in. */
const attempts = new Map<string, number>();
let aws: Awaited<ReturnType<typeof fakeAws>>;
let signin: typeof import("../../../stacks/functions/signin/index.ts");

const from = "203.0.113.7";
const now = (): number => Math.floor(Date.now() / 1000);

const conditionFailed: Told = {
  status: 400,
  body: JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" }),
};

function answer({ headers, body }: Asked): Told {
  const input = JSON.parse(body);
  if (headers["x-amz-target"] === "AmazonSSM.GetParameter") {
    const Value = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    return { body: JSON.stringify({ Parameter: { Name: input.Name, Value } }) };
  }
  if (headers["x-amz-target"] === "DynamoDB_20120810.UpdateItem") {
    const { S: id } = input.Key.id;
    const next = (attempts.get(id) ?? 0) + 1;
    if (next > Number(input.ExpressionAttributeValues[":limit"].N)) return conditionFailed;
    attempts.set(id, next);
    return { body: "{}" };
  }
  const row = rows.get(input.Key.id.S);
  const values = input.ExpressionAttributeValues;
  if (!row || row.app !== values[":app"].S || row.expires <= Number(values[":now"].N)) return conditionFailed;
  rows.delete(input.Key.id.S);
  return { body: "{}" };
}

beforeAll(async () => {
  aws = await fakeAws(answer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: "eu-west-1",
    FREEHOLD_SIGNIN: JSON.stringify({ cloud: "home", links: "links", key: "/freehold/home/foundation/session-key" }),
  });
  const { createHash } = await import("node:crypto");
  const id = createHash("sha256").update(link).digest("hex");
  rows = new Map([[id, { app: "notes", expires: now() + 600 }]]);
  signin = await import("../../../stacks/functions/signin/index.ts");
});
afterAll(() => aws.close());

it("answers a session for the link's app, once", async () => {
  expect(await signin.handler({ link, app: "diary", from })).toEqual({ session: null });
  const { session } = await signin.handler({ link, app: "notes", from });
  expect(check(session ?? "", "home/notes", publicKey, now())).toMatchObject({ sub: "owner", role: "owner" });
  expect(check(session ?? "", "home/diary", publicKey, now())).toBeNull();
  expect(check(session ?? "", "home/notes", publicKey, now() + 24 * 3600 + 1)).toBeNull();
  expect(await signin.handler({ link, app: "notes", from })).toEqual({ session: null });
});

it("asks the table about nothing that cannot be a link", async () => {
  aws.asked.length = 0;
  for (const bad of ["", "short", "x".repeat(500), "a link with spaces in it...", 7 as never])
    expect(await signin.handler({ link: bad, app: "notes", from })).toEqual({ session: null });
  expect(aws.asked).toEqual([]);
});

// Row L13: whoever tries links by the thousand is stopped before a table is asked for them; others are not.
it("looks at no more than 300 links a minute from one address", async () => {
  const guess = (from: string) => signin.handler({ link: "guessed-0123456789abcdef", app: "notes", from });
  const answers = [];
  // Two windows at most, should a minute end meanwhile.
  for (let count = 0; count < 650; count++) answers.push(await guess("203.0.113.9"));
  const refused = answers.filter(({ wait }) => wait !== undefined);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(300);
  expect(answers.length - refused.length).toBeLessThanOrEqual(600);
  for (const { session, wait } of refused) expect([session, wait! > 0 && wait! <= 60]).toEqual([null, true]);
  aws.asked.length = 0;
  await guess("203.0.113.9");
  expect(aws.asked.map(({ headers }) => headers["x-amz-target"])).toEqual(["DynamoDB_20120810.UpdateItem"]);
  expect(await guess("203.0.113.10")).toEqual({ session: null });
});
