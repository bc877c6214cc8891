/** The local cloud's one door: what pages, other computers and forged signatures get from it, which is nothing. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { raw } from "./raw.ts";

let cloud: TestCloud;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  s3 = new S3Client({ ...cloud.config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "private-things" }));
  await s3.send(new PutObjectCommand({ Bucket: "private-things", Key: "a", Body: "for the owner" }));
});
afterAll(async () => {
  s3?.destroy();
  await cloud?.close();
});

const local = (): string => `127.0.0.1:${cloud.port}`;

// Row L1.
describe("pages of the internet", () => {
  // DNS rebinding: the page's own name comes to mean 127.0.0.1, and the browser thinks it talks to its site.
  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:80",
    "xlocalhost",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "[::]",
    "[::ffff:127.0.0.1]",
    "192.168.0.1",
    "evil.example\\.localhost@evil.example",
    "evil.example/.localhost",
    "evil.example,127.0.0.1",
    "evil.example, a.localhost",
    "a.localhost.",
    "",
  ])("find nothing under another name: %j", async (host) => {
    for (const path of ["/", "/_freehold/health", "/private-things/a"]) {
      const { status, text } = await raw(cloud.port, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
      expect([400, 403], `${path}`).toContain(status);
      // The refusal is the door's own: no service was asked.
      if (status === 403) expect(text).toContain("answers to 127.0.0.1");
      expect(text).not.toMatch(/for the owner|"pid"|accountId/);
    }
  });

  it("may call no service but S3, and that by signature only", async () => {
    for (const origin of [
      "https://evil.example",
      "null",
      "http://localhost:3000",
      `http://notes--home.localhost:${cloud.port}`,
    ])
      for (const lines of [
        ["POST / HTTP/1.1", "X-Amz-Target: DynamoDB_20120810.ListTables", "Content-Type: application/x-amz-json-1.0"],
        ["POST / HTTP/1.1", "Content-Type: application/x-www-form-urlencoded"],
        ["POST / HTTP/1.1", "Content-Type: text/plain"],
        ["GET /2015-03-31/functions HTTP/1.1"],
        ["POST /2015-03-31/functions/x/invocations HTTP/1.1", "Content-Type: text/plain"],
        ["PUT /private-things/a HTTP/1.1", "Content-Type: text/plain"],
        ["DELETE /private-things/a HTTP/1.1"],
        ["GET /private-things/a HTTP/1.1"],
      ]) {
        const sent = [...lines, `Host: ${local()}`, `Origin: ${origin}`, "Content-Length: 2"];
        const { status, head, text } = await raw(cloud.port, sent, "{}");
        expect(status, lines[0]).toBe(403);
        expect(head.toLowerCase()).not.toContain("access-control-allow-origin");
        expect(text).not.toContain("for the owner");
      }
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "private-things", Key: "a" }));
    expect(await Body!.transformToString()).toBe("for the owner");
  });

  it("may not ask by preflight what is there, nor open a socket", async () => {
    const preflight = [
      "OPTIONS /private-things/a HTTP/1.1",
      `Host: ${local()}`,
      "Origin: https://evil.example",
      "Access-Control-Request-Method: PUT",
    ];
    const asked = await raw(cloud.port, preflight);
    expect(asked.status).toBe(403);
    expect(asked.head.toLowerCase()).not.toContain("access-control-allow-origin");
    const upgrade = [
      "GET / HTTP/1.1",
      `Host: ${local()}`,
      "Origin: https://evil.example",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    expect((await raw(cloud.port, upgrade)).status).not.toBe(101);
  });
});

// Row L2.
describe("other computers", () => {
  it.runIf(process.platform === "linux")("cannot connect: every listener is on loopback", async () => {
    const outside = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address),
    );
    for (const address of outside)
      expect(
        await new Promise((resolve) => {
          const socket = connect(cloud.port, address, () => resolve("open"));
          socket.on("error", () => resolve("closed"));
          socket.on("connect", () => socket.destroy());
        }),
        address,
      ).toBe("closed");
    const port = cloud.port.toString(16).toUpperCase().padStart(4, "0");
    const listeners = ["tcp", "tcp6"].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, "latin1")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, at, , state]) => at?.endsWith(`:${port}`) && state === "0A")
        .map(([, at]) => at),
    );
    expect(listeners).toEqual([`0100007F:${port}`]);
  });
});

describe("forged signatures", () => {
  const link = (expiresIn = 60) =>
    getSignedUrl(s3, new GetObjectCommand({ Bucket: "private-things", Key: "a" }), { expiresIn });
  const fetched = (url: string) => {
    // As it is written: URL would tidy it up.
    return raw(cloud.port, [`GET ${url.slice(url.indexOf("/", "http://".length))} HTTP/1.1`, `Host: ${local()}`]);
  };

  it("of a link open nothing, however the link is changed", async () => {
    const good = await link();
    expect((await fetched(good)).text).toBe("for the owner");
    const key = cloud.credentials.accessKeyId;
    for (const bad of [
      good.replace("/a?", "/b?"),
      good.replace("/a?", "/%61/../a?"),
      good.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=86400"),
      good.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=-1"),
      good.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=9999999"),
      good.replace(/X-Amz-Signature=\w+/, "X-Amz-Signature="),
      good.replace(/Signature=(.)/, (_, first) => `Signature=${first === "0" ? "1" : "0"}`),
      good.replace(/X-Amz-Signature=(\w+)/, (_, text) => `X-Amz-Signature=${text}0`),
      good.replace(/&?X-Amz-Signature=\w+/, ""),
      good.replace(key, "AKIAIOSFODNN7EXAMPLE"),
      good.replace(key, "__proto__"),
      good.replace("host", ""),
      `${good}&response-content-type=text/html`,
      `${good}&X-Amz-Signature=${"0".repeat(64)}`,
    ]) {
      const { status, text } = await fetched(bad);
      expect([400, 403], bad).toContain(status);
      expect(text).not.toContain("for the owner");
    }
  });

  it("made for another method, another time or with another key open nothing", async () => {
    const { pathname, search } = new URL(await link());
    for (const method of ["PUT", "DELETE", "POST"])
      expect((await raw(cloud.port, [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${local()}`])).status).toBe(403);
    const other = new DynamoDBClient({
      ...cloud.config,
      credentials: { ...cloud.credentials, secretAccessKey: "wrong" },
    });
    await expect(other.send(new ListTablesCommand())).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    other.destroy();
    const late = new DynamoDBClient({ ...cloud.config, systemClockOffset: -20 * 60_000, maxAttempts: 1 });
    await expect(late.send(new ListTablesCommand())).rejects.toThrow(/Signature expired/);
    late.destroy();
  });

  it("say nothing of the right one", async () => {
    const { text } = await fetched((await link()).replace(/X-Amz-Signature=\w{4}/, "X-Amz-Signature=none"));
    const { secretAccessKey } = cloud.credentials;
    expect(text).not.toContain(secretAccessKey);
    expect(text).not.toContain(createHmac("sha256", `AWS4${secretAccessKey}`).update("").digest("hex"));
  });
});

// Row L9.
describe("names", () => {
  // A key is data; were it a path, `../` would lead to the store, the keys, the owner's home.
  it("of objects are never paths", async () => {
    const before = readdirSync(join(cloud.dir, ".."));
    const keys = [
      "../../x",
      "..",
      ".",
      "/etc/passwd",
      "a/../../b",
      "a//b",
      "%2e%2e/x",
      "C:\\x",
      "nul",
      "\u0001\u007f",
      "🙂".repeat(200),
      "x".repeat(1024),
      "__proto__",
      " ",
    ];
    for (const Key of keys) {
      await s3.send(new PutObjectCommand({ Bucket: "private-things", Key, Body: `is ${Key}` }));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "private-things", Key }));
      expect(await Body!.transformToString(), Key).toBe(`is ${Key}`);
    }
    expect(readdirSync(join(cloud.dir, "..")).filter((name) => !before.includes(name) && /^[xb]$/.test(name))).toEqual(
      [],
    );
    await expect(
      s3.send(new PutObjectCommand({ Bucket: "private-things", Key: "x".repeat(1025), Body: "" })),
    ).rejects.toThrow(/too long/i);
    for (const Bucket of ["..", "a/b", "A_B", "x".repeat(64), "-a", "192.168.0.1", "xn--a"])
      await expect(s3.send(new CreateBucketCommand({ Bucket })), Bucket).rejects.toThrow();
  });
});
