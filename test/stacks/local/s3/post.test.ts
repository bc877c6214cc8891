/** Uploads from a form: what the policy allows is stored, and nothing else. */
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createPresignedPost, type PresignedPostOptions } from "@aws-sdk/s3-presigned-post";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { send } from "../../../support/raw-http.ts";

let now = Date.now();
let cloud: TestCloud;
let client: S3Client;
let count = 0;
const Bucket = "forms";

beforeAll(async () => {
  cloud = await startTestCloud({ clock: { now: () => now }, checked: true });
  client = new S3Client({ ...cloud.config, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(() => cloud.close());

const make = (more: Partial<PresignedPostOptions> = {}) =>
  createPresignedPost(client, { Bucket, Key: `up-${++count}`, Expires: 60, ...more });

/** Fills in the form as a browser would; `fields` are changed, added or (undefined) left out. */
async function submit(
  form: Awaited<ReturnType<typeof make>>,
  file: Uint8Array | string = "a file",
  fields: Record<string, string | undefined> = {},
) {
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...fields }))
    if (value !== undefined) data.set(name, value);
  data.set("file", new File([file as Uint8Array<ArrayBuffer>], "C:\\photos\\pic ü.png", { type: "image/png" }));
  data.set("submit", "after the file nothing counts");
  const answer = await fetch(form.url, { method: "POST", body: data, redirect: "manual" });
  const text = await answer.text();
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text, headers: answer.headers };
}

const stored = async (Key: string) =>
  Buffer.from(await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());
const absent = (Key: string) =>
  client.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => false,
    (error: Error) => error.name === "NotFound",
  );

describe("a form with a signed policy", () => {
  // Bytes that look like boundaries, and a length no chunk ends at.
  it("stores the file as it is, with what the fields say of it", async () => {
    const file = Buffer.concat([Buffer.from("\r\n------\r\n--"), randomBytes(1_000_003), Buffer.from("\r\n--\r\n")]);
    const form = await make({ Fields: { "Content-Type": "image/png", "x-amz-meta-who": "me" } });
    const { status, headers } = await submit(form, file);
    const Key = form.fields["key"]!;
    expect([status, headers.get("location")]).toEqual([204, `${cloud.endpoint}/${Bucket}/${Key}`]);
    expect(Buffer.compare(await stored(Key), file)).toBe(0);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect([head.ContentType, head.Metadata, head.ETag]).toEqual(["image/png", { who: "me" }, headers.get("etag")]);
  });

  it("takes an empty file, and the file's own name for the key", async () => {
    const form = await make({ Key: "drop/${filename}" });
    expect((await submit(form, "")).status).toBe(204);
    expect((await stored("drop/pic ü.png")).length).toBe(0);
  });

  it("answers as the form asks", async () => {
    const created = await submit(await make({ Fields: { success_action_status: "201" } }));
    expect([created.status, created.text]).toEqual([201, expect.stringContaining(`<Bucket>${Bucket}</Bucket>`)]);
    const form = await make({ Fields: { success_action_redirect: "http://app.localhost/done?a=1" } });
    const { status, headers } = await submit(form);
    expect(status).toBe(303);
    expect(new URL(headers.get("location")!).searchParams.get("key")).toBe(form.fields["key"]);
  });
});

describe("what the policy does not allow", () => {
  it.each([
    ["another key", { key: "elsewhere" }, "AccessDenied"],
    ["a field it does not name", { "x-amz-meta-extra": "1" }, "AccessDenied"],
    ["another signature", { "X-Amz-Signature": "0".repeat(64) }, "SignatureDoesNotMatch"],
    ["an unknown key id", { "X-Amz-Credential": "NOBODY/20260101/eu-west-1/s3/aws4_request" }, "InvalidAccessKeyId"],
    ["no policy", { Policy: undefined }, "AccessDenied"],
    ["a policy of one's own", { Policy: Buffer.from("{}").toString("base64") }, "SignatureDoesNotMatch"],
  ] as const)("refuses %s", async (_, fields, expected) => {
    const form = await make();
    const answer = await submit(form, "a file", fields);
    expect([Math.floor(answer.status / 100), answer.code]).toEqual([4, expected]);
    expect(await absent(form.fields["key"]!)).toBe(true);
    expect(await absent("elsewhere")).toBe(true);
  });

  it("refuses files that are too long or too short, wherever the limit falls", async () => {
    const form = await make({ Conditions: [["content-length-range", 3, 100_000]] });
    const Key = form.fields["key"]!;
    expect((await submit(form, Buffer.alloc(100_001))).code).toBe("EntityTooLarge");
    expect((await submit(form, "ab")).code).toBe("EntityTooSmall");
    expect(await absent(Key)).toBe(true);
    expect((await submit(form, Buffer.alloc(100_000))).status).toBe(204);
    expect((await stored(Key)).length).toBe(100_000);
  });

  it("holds to beginnings", async () => {
    const form = await make({ Key: "me/a", Conditions: [["starts-with", "$key", "me/"]] });
    form.fields["key"] = "you/a";
    expect((await submit(form)).code).toBe("AccessDenied");
  });

  it("refuses a policy whose time is over", async () => {
    const form = await make();
    now += 61_000;
    try {
      expect((await submit(form)).code).toBe("AccessDenied");
    } finally {
      now -= 61_000;
    }
    expect((await submit(form)).status).toBe(204);
  });
});

// A form that breaks off stores nothing, however far it came.
it.each([
  ["without its end", (whole: string) => whole.slice(0, whole.lastIndexOf("\r\n--"))],
  [
    "without a file",
    (whole: string) =>
      `${whole.slice(0, whole.indexOf('\r\n--b\r\nContent-Disposition: form-data; name="file"'))}\r\n--b--\r\n`,
  ],
  ["that is no form", () => "hello"],
])("refuses a form %s", async (_, spoil) => {
  const form = await make();
  const parts = Object.entries({ ...form.fields, file: "bytes" }).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const whole = `${parts.join("")}--b--\r\n`;
  const post = (body: string) =>
    send({
      port: cloud.port,
      method: "POST",
      path: `/${Bucket}`,
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body,
    });
  expect((await post(spoil(whole))).status).toBe(400);
  expect(await absent(form.fields["key"]!)).toBe(true);
  expect((await post(whole)).status).toBe(204);
});
