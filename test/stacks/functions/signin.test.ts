/** The sign-in function: a link works once, for its app, in its time; what it answers is good at that app only. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { check } from "../../../stacks/functions/shared/session.ts";
import { type Asked, fakeAws, type Told } from "./fake-aws.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const link = "a-link-of-thirty-two-bytes-or-so";
let rows: Map<string, { app: string; expires: number }>;
let aws: Awaited<ReturnType<typeof fakeAws>>;
let signin: typeof import("../../../stacks/functions/signin/index.ts");

const now = (): number => Math.floor(Date.now() / 1000);

function answer({ headers, body }: Asked): Told {
  const input = JSON.parse(body);
  if (headers["x-amz-target"] === "AmazonSSM.GetParameter") {
    const Value = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    return { body: JSON.stringify({ Parameter: { Name: input.Name, Value } }) };
  }
  const row = rows.get(input.Key.id.S);
  const values = input.ExpressionAttributeValues;
  if (!row || row.app !== values[":app"].S || row.expires <= Number(values[":now"].N))
    return {
      status: 400,
      body: JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" }),
    };
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
  expect(await signin.handler({ link, app: "diary" })).toEqual({ session: null });
  const { session } = await signin.handler({ link, app: "notes" });
  expect(check(session ?? "", "home/notes", publicKey, now())).toMatchObject({ sub: "owner", role: "owner" });
  expect(check(session ?? "", "home/diary", publicKey, now())).toBeNull();
  expect(check(session ?? "", "home/notes", publicKey, now() + 24 * 3600 + 1)).toBeNull();
  expect(await signin.handler({ link, app: "notes" })).toEqual({ session: null });
});

it("asks the table about nothing that cannot be a link", async () => {
  aws.asked.length = 0;
  for (const bad of ["", "short", "x".repeat(500), "a link with spaces in it...", 7 as never])
    expect(await signin.handler({ link: bad, app: "notes" })).toEqual({ session: null });
  expect(aws.asked).toEqual([]);
});
