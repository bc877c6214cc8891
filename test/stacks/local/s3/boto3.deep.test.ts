/** S3 with boto3 as client, which has its own ideas of framing, checksums and addresses. */
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { send } from "../../../support/raw-http.ts";
import { missing, pythonWith } from "../../../support/tools.ts";

const python = pythonWith("boto3");

describe.skipIf(missing(python, "boto3"))("boto3", () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await startTestCloud({ checked: true });
    await run(`s3.create_bucket(Bucket="pybooks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})`);
  });

  afterAll(() => cloud.close());

  /** Runs the lines with a client `s3`; what they `say` comes back. */
  function run(lines: string): Promise<any> {
    const script = `
import boto3, json, io, os, hashlib
from botocore.config import Config
from botocore.exceptions import ClientError
from boto3.s3.transfer import TransferConfig
s3 = boto3.client("s3")
out = []
say = out.append
def code(run, **args):
    try:
        run(**args)
        return "no error"
    except ClientError as error:
        return error.response["Error"]["Code"]
${lines}
print(json.dumps(out))`;
    return new Promise((resolve, reject) => {
      execFile(
        python!,
        ["-c", script],
        { env: { PATH: process.env["PATH"], ...cloud.env } },
        (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(JSON.parse(stdout))),
      );
    });
  }

  // boto3's default: aws-chunked with a CRC32 after the bytes, for files it cannot look into.
  it("puts and gets, with fields AWS always answers", async () => {
    expect(
      await run(`
made = s3.put_object(Bucket="pybooks", Key="k", Body=io.BytesIO(b"hello"), Metadata={"who": "me"})
got = s3.get_object(Bucket="pybooks", Key="k", ChecksumMode="ENABLED")
say([made["ServerSideEncryption"], made["ChecksumType"], made["ChecksumCRC32"]])
say([got["Body"].read().decode(), got["ContentType"], got["Metadata"]["who"], got["ChecksumCRC32"] == made["ChecksumCRC32"]])
s3.put_object(Bucket="pybooks", Key="zero")
say(s3.head_object(Bucket="pybooks", Key="zero")["ContentLength"])`),
    ).toEqual([["AES256", "FULL_OBJECT", "NhCmhg=="], ["hello", "binary/octet-stream", "me", true], 0]);
  });

  it("answers conditions and ranges with AWS's codes", async () => {
    expect(
      await run(`
s3.put_object(Bucket="pybooks", Key="c", Body=b"0123456789")
tag = s3.head_object(Bucket="pybooks", Key="c")["ETag"]
say(code(s3.put_object, Bucket="pybooks", Key="c", Body=b"x", IfNoneMatch="*"))
say(code(s3.put_object, Bucket="pybooks", Key="c", Body=b"x", IfMatch='"00000000000000000000000000000000"'))
say(code(s3.put_object, Bucket="pybooks", Key="never", Body=b"x", IfMatch=tag))
say(code(s3.get_object, Bucket="pybooks", Key="c", IfNoneMatch=tag))
say(code(s3.get_object, Bucket="pybooks", Key="c", IfMatch='"other"'))
part = s3.get_object(Bucket="pybooks", Key="c", Range="bytes=-3")
say([part["ResponseMetadata"]["HTTPStatusCode"], part["ContentRange"], part["Body"].read().decode()])
say(code(s3.get_object, Bucket="pybooks", Key="c", Range="bytes=10-"))
say(code(s3.get_object, Bucket="pybooks", Key="nope"))`),
    ).toEqual([
      "PreconditionFailed",
      "PreconditionFailed",
      "NoSuchKey",
      "304",
      "PreconditionFailed",
      [206, "bytes 7-9/10", "789"],
      "InvalidRange",
      "NoSuchKey",
    ]);
  });

  it("uploads 20 MB with several threads, and copies it in parts", async () => {
    expect(
      await run(`
data = os.urandom(20 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(data), "pybooks", "big", Config=TransferConfig(multipart_chunksize=6 * 1024 * 1024))
into = io.BytesIO()
s3.download_fileobj("pybooks", "big", into)
say(into.getvalue() == data)
copying = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=7 * 1024 * 1024)
s3.copy({"Bucket": "pybooks", "Key": "big"}, "pybooks", "copied", Config=copying)
say(hashlib.sha256(s3.get_object(Bucket="pybooks", Key="copied")["Body"].read()).digest() == hashlib.sha256(data).digest())
say(s3.head_object(Bucket="pybooks", Key="copied")["ETag"].split("-")[1])`),
    ).toEqual([true, true, '3"']);
  }, 60_000);

  // 1,250 keys are two pages, and groups count as one entry each.
  it("pages through 1,250 keys, flat and grouped, old way and new", async () => {
    expect(
      await run(`
from concurrent.futures import ThreadPoolExecutor
keys = sorted(["g%d/%04d" % (n % 250, n) for n in range(1250)])
s3.create_bucket(Bucket="many", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
fast = boto3.client("s3", config=Config(max_pool_connections=8))
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda key: fast.put_object(Bucket="many", Key=key, Body=b"x"), keys))
for name in ["list_objects_v2", "list_objects"]:
    pages = list(s3.get_paginator(name).paginate(Bucket="many"))
    say([len(pages), [one["Key"] for page in pages for one in page["Contents"]] == keys])
    pages = list(s3.get_paginator(name).paginate(Bucket="many", Delimiter="/", PaginationConfig={"PageSize": 100}))
    groups = [one["Prefix"] for page in pages for one in page["CommonPrefixes"]]
    say([len(pages), len(groups), len(set(groups)), groups == sorted(groups)])
after = s3.list_objects_v2(Bucket="many", StartAfter="g99/", Prefix="g9", MaxKeys=3)
say([after["KeyCount"], after["Contents"][0]["Key"]])`),
    ).toEqual([
      [2, true],
      [3, 250, 250, true],
      [2, true],
      [3, 250, 250, true],
      [3, "g99/0099"],
    ]);
  }, 60_000);

  // boto3 signs addresses the older way unless told otherwise.
  it("presigns, and finds buckets by their names in the Host", async () => {
    const [url, virtual] = await run(`
s3.put_object(Bucket="pybooks", Key="p q", Body=b"signed")
say(s3.generate_presigned_url("get_object", Params={"Bucket": "pybooks", "Key": "p q"}, ExpiresIn=60))
named = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"].replace("127.0.0.1", "s3.localhost"), config=Config(s3={"addressing_style": "virtual"}))
say(named.generate_presigned_url("get_object", Params={"Bucket": "pybooks", "Key": "p q"}, ExpiresIn=60))`);
    expect(new URL(url).searchParams.has("AWSAccessKeyId")).toBe(true);
    expect(await (await fetch(url)).text()).toBe("signed");
    const asked = async (changed: string, init?: RequestInit) => (await fetch(changed, init)).status;
    expect(await asked(url.replace("p%20q", "big"))).toBe(403);
    expect(await asked(url, { method: "DELETE" })).toBe(403);
    expect(await asked(url, { headers: { "x-amz-meta-a": "b" } })).toBe(403);
    expect(await asked(`${url}&attributes`)).toBe(403);
    expect(await asked(`${url}&response-content-type=text%2Fhtml`)).toBe(403);
    expect(await asked(url.replace(/Expires=\d+/, "Expires=9999999999"))).toBe(403);
    expect(await asked(url.replace(/Expires=\d+/, "Expires=1"))).toBe(403);
    const { host, hostname, pathname, search } = new URL(virtual);
    expect(hostname).toBe("pybooks.s3.localhost");
    // Not every resolver knows names below localhost; browsers do.
    const answer = await send({ port: cloud.port, path: pathname + search, headers: { host } });
    expect([answer.status, answer.text]).toEqual([200, "signed"]);
  });
});
