/** What clients that are not a provider's make of AWS's answers: one that cannot be read, one that refuses a call, or its keys. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it, onTestFinished } from "vitest";
import { getObject, hasObject } from "../../../../stacks/deploy/shelf.ts";
import { S3Objects } from "../../../../stacks/engine/state/s3-objects.ts";
import { asksAgain } from "../../../../stacks/engine/state/spoilt-answers.ts";
import { listen } from "../../../support/listen.ts";

/** Answers these, one after the other, and the last one again. */
/** `cut`: the connection breaks in the middle of the body, whose length was said. */
async function bucketThat(...answers: (readonly [status: number, body: string, cut?: "cut"])[]) {
  let asked = 0;
  const server = createServer((_, res) => {
    const [status, body, cut] = answers[Math.min(asked++, answers.length - 1)]!;
    const headers = { "content-type": "application/xml", "last-modified": new Date().toUTCString() };
    res.writeHead(status, { ...headers, "content-length": body.length });
    if (cut) res.write(body.slice(0, body.length / 2), () => res.destroy());
    else res.end(body);
  });
  const endpoint = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const credentials = { accessKeyId: "a", secretAccessKey: "s" };
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
  const objects = new S3Objects(`s3://state?region=eu-west-1&endpoint=${endpoint}&s3ForcePathStyle=true`, env);
  const client = asksAgain(new S3Client({ endpoint, region: "eu-west-1", credentials, forcePathStyle: true }));
  return { endpoint, client, objects, asked: () => asked };
}
const whole = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

// A3: what a gateway on the way made of it is no reason to leave half a cloud behind.
it.each([
  ["cut off", whole.slice(0, 40)],
  ["a page of somebody on the way", "<html>bad gateway"],
])("A3 an answer that is %s is asked for again", async (_title, body) => {
  const { client, asked } = await bucketThat([200, body], [200, whole]);
  expect(await client.send(new GetBucketVersioningCommand({ Bucket: "state" }))).toMatchObject({ Status: "Enabled" });
  expect(asked()).toBe(2);
});

// The SDK has answered by then: half a state had ended a destroy.
it("A3 a file that breaks off is asked for again, and told when it does so each time", async () => {
  const { objects, endpoint, asked } = await bucketThat(
    [200, "the state", "cut"],
    [200, "the state"],
    [200, "the state", "cut"],
    [200, "the state"],
  );
  expect((await objects.get("one"))?.bytes.toString()).toBe("the state");
  expect(asked()).toBe(2);
  const environment = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
  const cloud = { name: "work", region: "eu-west-1", endpoint, environment, accountId: "1", stateBucket: "state" };
  expect((await getObject(cloud, "one"))?.bytes.toString()).toBe("the state");
  expect(asked()).toBe(4);
  const always = await bucketThat([200, "the state", "cut"]);
  await expect(always.objects.get("one")).rejects.toThrow(/aborted|premature|terminated/i);
  expect(always.asked()).toBe(3);
});

// A parameter that is not there yet is refused, and half of that had ended an up.
it("A3 half a refusal is asked for again, and then it is that refusal", async () => {
  const refusal = "<Error><Code>NoSuchBucket</Code></Error>";
  const { client, asked } = await bucketThat([404, refusal.slice(0, 28)], [404, refusal]);
  const get = client.send(new GetBucketVersioningCommand({ Bucket: "state" }));
  await expect(get).rejects.toMatchObject({ name: "NoSuchBucket" });
  expect(asked()).toBe(2);
});

it("A3 asks no more often than after a broken connection, and tells what came", async () => {
  const { client, asked } = await bucketThat([200, "<html>bad gateway"]);
  await expect(client.send(new GetBucketVersioningCommand({ Bucket: "state" }))).rejects.toThrow(/parse error/);
  expect(asked()).toBe(3);
});

// AWS's own word stands: a condition that was not met is not tried again.
it("leaves AWS's own errors as they are", async () => {
  const { client, asked } = await bucketThat([412, "<Error><Code>PreconditionFailed</Code></Error>"]);
  const put = client.send(new PutObjectCommand({ Bucket: "state", Key: "lock", Body: "x", IfNoneMatch: "*" }));
  await expect(put).rejects.toMatchObject({ name: "PreconditionFailed" });
  expect(asked()).toBe(1);
});

// A12: HEAD is refused without a body, which the SDK calls Unknown.
it("says which right a refusal is about that says nothing", async () => {
  const { endpoint } = await bucketThat([403, ""]);
  const environment = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
  const cloud = { name: "work", region: "eu-west-1", endpoint, environment, accountId: "1", stateBucket: "state" };
  await expect(hasObject(cloud, "one")).rejects.toMatchObject({
    code: "denied",
    detail: expect.stringContaining("s3:GetObject on state"),
  });
});

// A12: "Access Denied" is all that S3 may say, and which right is missing is what its reader has to know.
it.each([
  ["s3:ListBucket", (objects: S3Objects) => objects.list("stacks", true)],
  ["s3:GetObject", (objects: S3Objects) => objects.get("stacks/one.json")],
  ["s3:PutObject", (objects: S3Objects) => objects.put("stacks/one.json", "{}")],
  ["s3:PutObject", (objects: S3Objects) => objects.copy("stacks/one.json", "history/one.json")],
  ["s3:DeleteObject", (objects: S3Objects) => objects.remove(["stacks/one.json"])],
])("says that it is %s which the state's bucket refuses", async (action, call) => {
  const { objects } = await bucketThat([
    403,
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
  ]);
  await expect(call(objects)).rejects.toThrow(`${action} on state: Access Denied (AccessDenied)`);
});

// A4: a lock is given back and a journal written when a run is long over the end of its keys, or after they were taken away.
describe("keys that the state's bucket refuses", () => {
  const first = "AKIAFIRST";

  /** A bucket that knows every key but the first, and a profile with that one until `others` are there. */
  async function refusing(code: string) {
    const keys: string[] = [];
    let onFirst = async (): Promise<void> => undefined;
    const server = createServer(async (req, res) => {
      const key = /Credential=([^/]+)/.exec(req.headers.authorization ?? "")?.[1] ?? "";
      if (keys.push(key) === 1) await onFirst();
      if (key !== first) return res.writeHead(200, { etag: '"1"' }).end();
      res.writeHead(403, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);
    });
    const endpoint = await listen(server);
    const dir = await mkdtemp(join(tmpdir(), "freehold-refused-"));
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await rm(dir, { recursive: true, force: true });
    });
    const [url, file] = [`s3://state?region=eu-west-1&endpoint=${endpoint}&s3ForcePathStyle=true`, join(dir, "keys")];
    const profile = (key: string) => writeFile(file, `[work]\naws_access_key_id = ${key}\naws_secret_access_key = s\n`);
    await profile(first);
    const env = { AWS_PROFILE: "work", AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(dir, "config") };
    const replacing = (): void => {
      onFirst = () => profile("AKIAOTHER");
    };
    return { objects: new S3Objects(url, env), url, env, keys, replacing };
  }

  it.each(["ExpiredToken", "InvalidAccessKeyId"])(
    "as %s are looked for once more, by all calls at once",
    async (code) => {
      const { objects, url, env, keys, replacing } = await refusing(code);
      replacing();
      await Promise.all(["a", "b", "c"].map((key) => objects.put(key, "{}")));
      expect(keys.slice(-3)).toEqual(["AKIAOTHER", "AKIAOTHER", "AKIAOTHER"]);
      expect(keys.length).toBeLessThanOrEqual(6);
      // Another stack's state, which begins later, has what was found.
      await new S3Objects(url, env).put("d", "{}");
      expect(keys.at(-1)).toBe("AKIAOTHER");
      // Nobody looks where keys were given as they are.
      const given = new S3Objects(url, { AWS_ACCESS_KEY_ID: first, AWS_SECRET_ACCESS_KEY: "s" });
      const before = keys.length;
      await expect(given.put("e", "{}")).rejects.toMatchObject({ name: code });
      expect(keys.slice(before)).toEqual([first]);
    },
  );

  it("and that are still the same end it", async () => {
    const { objects, keys } = await refusing("InvalidAccessKeyId");
    await expect(objects.put("a", "{}")).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
    expect(keys).toEqual([first, first]);
  });
});
