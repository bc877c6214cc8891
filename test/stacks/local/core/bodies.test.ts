/** Bodies on their way in: framed, signed piece by piece, promised checksums; what is not as promised is not stored. */
import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { send, sha256, signed, signedChunks } from "../../../support/raw-http.ts";

let cloud: TestCloud;
let client: S3Client;
let count = 0;
const Bucket = "bodies";
const old = "what was there before";
const body = randomBytes(70_000);

beforeAll(async () => {
  cloud = await startTestCloud();
  client = new S3Client({ ...cloud.config, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(() => cloud.close());

/** A key with an object, which a refused write must leave as it is. */
async function place(): Promise<string> {
  const Key = `key-${++count}`;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: old }));
  return Key;
}

const stored = async (Key: string): Promise<Buffer> =>
  Buffer.from(await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());

const code = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1];
const base64Crc32 = (bytes: Buffer): string => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString("base64");
};

describe("chunks that are signed one by one", () => {
  const frame = (Key: string, length = body.length) => {
    const headers = { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": String(length) };
    const base = { port: cloud.port, method: "PUT", path: `/${Bucket}/${Key}`, headers };
    return { base, sig: signed(cloud.credentials, base, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") };
  };
  const pieces = [body.subarray(0, 65_536), body.subarray(65_536)];

  it("stores the bytes without the frames", async () => {
    const Key = await place();
    const { base, sig } = frame(Key);
    const answer = await send({ ...base, headers: sig.headers, body: signedChunks(sig, pieces) });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(Buffer.compare(await stored(Key), body)).toBe(0);
    const { ContentEncoding } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(ContentEncoding).toBeUndefined();
  });

  // Each chunk's signature goes on from the one before: none can be changed, left out or put elsewhere.
  it.each([
    ["the first", 0],
    ["the last with bytes", 1],
    ["the empty one at the end", 2],
  ])("refuses a wrong signature of %s", async (_, wrong) => {
    const Key = await place();
    const { base, sig } = frame(Key);
    const spoiled = signedChunks(sig, pieces, (right, n) =>
      n === wrong ? right.replace(/^./, (c) => (c === "0" ? "1" : "0")) : right,
    );
    const answer = await send({ ...base, headers: sig.headers, body: spoiled });
    expect([answer.status, code(answer.text)]).toEqual([403, "SignatureDoesNotMatch"]);
    expect(String(await stored(Key))).toBe(old);
  });

  it.each([
    ["without its end", (framed: Buffer) => framed.subarray(0, framed.length - 100)],
    ["with less than it says", (framed: Buffer) => framed.subarray(0, 1000)],
    ["with no frame at all", () => body],
    ["with nothing", () => Buffer.alloc(0)],
  ])("refuses a body %s", async (_, spoil) => {
    const Key = await place();
    const { base, sig } = frame(Key);
    const answer = await send({ ...base, headers: sig.headers, body: spoil(signedChunks(sig, pieces)) });
    expect([400, 403]).toContain(answer.status);
    expect(String(await stored(Key))).toBe(old);
  });

  it("refuses another length than was said", async () => {
    const Key = await place();
    const { base, sig } = frame(Key, body.length - 1);
    const answer = await send({ ...base, headers: sig.headers, body: signedChunks(sig, pieces) });
    expect([answer.status, code(answer.text)]).toEqual([400, "IncompleteBody"]);
    expect(String(await stored(Key))).toBe(old);
  });
});

// What the SDK v3 sends for streams: not signed in itself, with a checksum after the bytes.
describe("chunks with a checksum after them", () => {
  async function put(Key: string, trailer: string, named = "x-amz-checksum-crc32", bytes = body) {
    const headers = {
      "content-encoding": "gzip,aws-chunked",
      "x-amz-decoded-content-length": String(body.length),
      "x-amz-trailer": named,
    };
    const base = { port: cloud.port, method: "PUT", path: `/${Bucket}/${Key}`, headers };
    const sig = signed(cloud.credentials, base, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    const framed = [`${bytes.length.toString(16)}\r\n`, bytes, `\r\n0\r\n${trailer}`].map((one) =>
      Buffer.from(one as string),
    );
    const answer = await send({ ...base, headers: sig.headers, body: Buffer.concat(framed) });
    return [answer.status, code(answer.text)];
  }

  it("stores the bytes, and what they are encoded with", async () => {
    const Key = await place();
    expect(await put(Key, `x-amz-checksum-crc32:${base64Crc32(body)}\r\n\r\n`)).toEqual([200, undefined]);
    expect(Buffer.compare(await stored(Key), body)).toBe(0);
    const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    expect([got.ContentEncoding, got.ChecksumCRC32]).toEqual(["gzip", base64Crc32(body)]);
  });

  it.each([
    ["a wrong checksum", "x-amz-checksum-crc32:AAAAAA==\r\n\r\n", "BadDigest"],
    ["no checksum where one was promised", "\r\n", "MalformedTrailerError"],
    ["a trailer that is none", "nonsense\r\n\r\n", "IncompleteBody"],
  ])("refuses %s", async (_, trailer, expected) => {
    const Key = await place();
    expect(await put(Key, trailer)).toEqual([400, expected]);
    expect(String(await stored(Key))).toBe(old);
  });
});

describe("whole bodies", () => {
  async function put(Key: string, more: Record<string, string>, payload = sha256(body)) {
    const base = { port: cloud.port, method: "PUT", path: `/${Bucket}/${Key}`, headers: more };
    const answer = await send({ ...base, headers: signed(cloud.credentials, base, payload).headers, body });
    return [answer.status, code(answer.text)];
  }
  const md5 = (bytes: Buffer | string) => createHash("md5").update(bytes).digest("base64");

  it.each([
    ["a wrong Content-MD5", { "content-md5": md5("other") }, "BadDigest"],
    ["a Content-MD5 that is none", { "content-md5": "bm8=" }, "InvalidDigest"],
    ["a wrong CRC32", { "x-amz-checksum-crc32": "AAAAAA==" }, "BadDigest"],
    ["a wrong SHA-256", { "x-amz-checksum-sha256": Buffer.alloc(32).toString("base64") }, "BadDigest"],
    ["two checksums", { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA==" }, "InvalidRequest"],
  ] as const)("refuses %s", async (_, headers, expected) => {
    const Key = await place();
    expect(await put(Key, headers)).toEqual([400, expected]);
    expect(String(await stored(Key))).toBe(old);
  });

  it("takes the right ones", async () => {
    const Key = await place();
    expect(await put(Key, { "content-md5": md5(body), "x-amz-checksum-crc32": base64Crc32(body) })).toEqual([
      200,
      undefined,
    ]);
    expect(Buffer.compare(await stored(Key), body)).toBe(0);
  });

  it("refuses another body than was signed", async () => {
    const Key = await place();
    expect(await put(Key, {}, sha256("other"))).toEqual([400, "XAmzContentSHA256Mismatch"]);
    expect(String(await stored(Key))).toBe(old);
  });

  // A client that goes away half way has written nothing, and the cloud goes on.
  it("forgets an upload whose client went away", async () => {
    const Key = await place();
    const headers = { "content-length": String(body.length + 1) };
    const base = { port: cloud.port, method: "PUT", path: `/${Bucket}/${Key}`, headers };
    const sig = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD");
    await expect(send({ ...base, headers: sig.headers, body, cut: true })).rejects.toThrow("cut");
    expect(String(await stored(Key))).toBe(old);
  });
});
