/** What S3 makes of each part of a request: made from the model, so that AWS's next operations and members are met. */
import { Readable } from "node:stream";
import * as s3 from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelOf, type Shape } from "../../../../stacks/local/models/index.ts";
import { admit } from "../../../../stacks/local/s3/admit.ts";
import { readDocument } from "../../../../stacks/local/s3/documents.ts";
import { refusedWhole, treatmentOf } from "../../../../stacks/local/s3/input-rules.ts";
import { addressName, type Level, operationsAt } from "../../../../stacks/local/s3/naming.ts";
import { operations, route } from "../../../../stacks/local/s3/routes.ts";
import { type Call, type Reply, ServiceError } from "../../../../stacks/local/service.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { wrongInS3 } from "../../../support/s3-answers.ts";

const model = modelOf("s3");
const served = Object.keys(operations)
  .flatMap(operationsAt)
  .filter((name) => !refusedWhole.has(name));
const inputOf = (operation: string): Shape =>
  model.shapes[model.operations[operation]!.input ?? ""] ?? { type: "structure" };

async function said(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { ArgumentName: name, ArgumentValue: value, Header: header } = error.fields;
    const more = [name, value, header].filter((one) => one !== undefined).join(" ");
    return `${error.code}: ${error.message}${more === "" ? "" : ` (${more})`}`;
  }
  return "nothing";
}

type Parts = { headers?: Record<string, string>; query?: string };
const asked = (operation: string, { headers = {}, query = "" }: Parts) =>
  said(() => admit(operation, { headers, query: new URLSearchParams(query) }));

describe("an operation that is not carried out", () => {
  // GET ?annotation must not answer the object, nor PUT ?legal-hold overwrite it.
  it("is never taken for the plain one", () => {
    const levels: Record<string, Level> = { "/": "service", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "object" };
    const plain = new Set(
      ["bucket", "object", "service"].flatMap((one) =>
        ["GET", "PUT", "POST", "DELETE", "HEAD"].map((method) => `${method} ${one}`),
      ),
    );
    const taken = Object.entries(model.operations).flatMap(([name, { http }]) => {
      const [path = "", parameters = ""] = http!.requestUri.split("?");
      const level = levels[path];
      if (level === undefined || !parameters || parameters === "list-type=2") return [];
      const call = { method: http!.method, query: new URLSearchParams(parameters) } as Call;
      const { name: address, run } = route(call, level);
      return plain.has(address) ||
        (run && !operationsAt(address).some((one) => name.startsWith(one.replace(/Configuration$/, ""))))
        ? [name]
        : [];
    });
    expect(taken).toEqual([]);
  });

  // AWS refuses to guess, too.
  it("does not hide behind another's sub-resource", async () => {
    const query = new URLSearchParams("tagging&acl");
    expect(await said(() => addressName({ method: "GET", query }, "object"))).toBe(
      "InvalidArgument: Conflicting query string parameters: acl, tagging (ResourceType acl)",
    );
  });
});

describe("a header or parameter", () => {
  // Each is refused in every operation that has it; what it takes is what is done anyway.
  it("that is not carried out is an error, in each operation that has it", async () => {
    const silent: string[] = [];
    let seen = 0;
    for (const operation of served)
      for (const [name, { location, locationName = name }] of Object.entries(inputOf(operation).members ?? {})) {
        const treatment = treatmentOf(operation, name);
        if (typeof treatment !== "object" || "because" in treatment || location !== "header") continue;
        seen++;
        const header = locationName.toLowerCase();
        const text = await asked(operation, { headers: { [header]: "something" } });
        if (text === "nothing") silent.push(`${operation}.${name}`);
        for (const value of treatment.taken ?? [])
          if (
            !/^(nothing|InvalidRequest: The x-amz-object|InvalidArgument: Part number)/.test(
              await asked(operation, { headers: { [header]: value } }),
            )
          )
            silent.push(`${operation}.${name}: ${value} is refused`);
      }
    expect(seen).toBeGreaterThan(100);
    expect(silent).toEqual([]);
  });

  // From the model: every enum and every number that S3 judges.
  it("outside its enum or its range is an error, in each operation that has it", async () => {
    const silent: string[] = [];
    for (const operation of served)
      for (const [name, { shape, location, locationName = name }] of Object.entries(inputOf(operation).members ?? {})) {
        const { type, enum: values, max } = model.shapes[shape]!;
        // Checksums are judged with the body; true and false of XML are judged there.
        if (
          !(values || type === "integer") ||
          /^Checksum/.test(name) ||
          /^x-amz-(request-payer|object-annotation)/.test(locationName)
        )
          continue;
        for (const value of type === "integer"
          ? ["-1", "many", "2147483648", ...(max ? [String(max + 1)] : [])]
          : ["NO-SUCH"]) {
          const parts =
            location === "header"
              ? { headers: { [locationName.toLowerCase()]: value } }
              : { query: `${locationName}=${value}` };
          if (location && (await asked(operation, parts)) === "nothing") silent.push(`${operation}.${name}=${value}`);
        }
      }
    expect(silent).toEqual([]);
  });

  // Clients and people search for these words.
  it.each<[string, Parts, string]>([
    [
      "ListObjectsV2",
      { query: "max-keys=-1" },
      "InvalidArgument: Argument maxKeys must be an integer between 0 and 2147483647 (maxKeys -1)",
    ],
    [
      "ListObjectsV2",
      { query: "max-keys=x" },
      "InvalidArgument: Provided max-keys not an integer or within integer range (max-keys x)",
    ],
    ["ListObjectVersions", { query: "max-keys=-1" }, "InvalidArgument: max-keys cannot be negative (max-keys)"],
    [
      "ListMultipartUploads",
      { query: "max-uploads=-1" },
      "InvalidArgument: Argument max-uploads must be an integer between 0 and 2147483647 (max-uploads -1)",
    ],
    [
      "ListBuckets",
      { query: "max-buckets=0" },
      "InvalidArgument: Argument max-buckets must be an integer between 1 and 10000 (max-buckets 0)",
    ],
    [
      "ListObjects",
      { query: "encoding-type=utf" },
      "InvalidArgument: Invalid Encoding Method specified in Request (encoding-type utf)",
    ],
    [
      "UploadPart",
      { query: "partNumber=0&uploadId=u" },
      "InvalidArgument: Part number must be an integer between 1 and 10000, inclusive (partNumber 0)",
    ],
    ["GetObject", { query: "versionId=" }, "InvalidArgument: Version id cannot be the empty string (versionId )"],
    [
      "GetObjectAttributes",
      {},
      "InvalidRequest: The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
    ],
    [
      "GetObjectAttributes",
      { headers: { "x-amz-object-attributes": "ETag,Colour" } },
      "InvalidArgument: Invalid attribute name specified. (x-amz-object-attributes Colour)",
    ],
    [
      "CopyObject",
      { headers: { "x-amz-metadata-directive": "MERGE" } },
      "InvalidArgument: Unknown metadata directive. (x-amz-metadata-directive MERGE)",
    ],
    [
      "PutObject",
      { headers: { "x-amz-storage-class": "COLD" } },
      "InvalidStorageClass: The storage class you specified is not valid",
    ],
    [
      "PutObject",
      { headers: { "x-amz-server-side-encryption": "rot13" } },
      "InvalidArgument: The encryption method specified is not supported (x-amz-server-side-encryption rot13)",
    ],
    [
      "PutObject",
      { headers: { "x-amz-object-lock-mode": "GOVERNANCE" } },
      "InvalidRequest: Bucket is missing Object Lock Configuration",
    ],
    [
      "PutObject",
      { headers: { "x-amz-grant-read": "id=1" } },
      "AccessControlListNotSupported: The bucket does not allow ACLs",
    ],
    [
      "CreateBucket",
      { headers: { "x-amz-acl": "public-read" } },
      "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ],
    // A key is not said back.
    [
      "GetObject",
      { headers: { "x-amz-server-side-encryption-customer-key": "c2VjcmV0" } },
      "NotImplemented: x-amz-server-side-encryption-customer-key: the local cloud does not carry this out, so it does not accept it. (x-amz-server-side-encryption-customer-key)",
    ],
  ])("of %s is refused in S3's words (%#)", async (operation, parts, text) => {
    expect(await asked(operation, parts)).toBe(text);
  });
});

/** A document that a shape takes: its required members, or all of them. */
function sample(
  shapeName: string,
  change: (path: string, shape: Shape, content: string) => string,
  path: string,
): string {
  const shape = model.shapes[shapeName]!;
  if (shape.type === "structure") {
    const inner = Object.entries(shape.members!).map(([name, { shape: of, locationName = name, xmlAttribute }]) => {
      if (xmlAttribute) return "";
      const type = model.shapes[of]!;
      const at = `${path}.${name}`;
      const element = type.type === "list" ? type.member! : undefined;
      const content = sample(element?.shape ?? of, change, at);
      const whole =
        element && !type.flattened ? `<${element.locationName}>${content}</${element.locationName}>` : content;
      return change(
        at,
        shape.required?.includes(name) ? { ...type, required: [name] } : type,
        `<${locationName}>${whole}</${locationName}>`,
      );
    });
    return inner.join("");
  }
  if (shape.enum) return shape.enum[0]!;
  return { boolean: "true", integer: "1", long: "1", timestamp: "2026-01-01T00:00:00Z" }[shape.type as string] ?? "x";
}

describe("a document", () => {
  const documents = served.flatMap((operation) => {
    const { payload, members = {} } = inputOf(operation);
    const member = members[payload ?? ""];
    return member && model.shapes[member.shape]!.type === "structure"
      ? [{ operation, member, root: member.locationName ?? payload! }]
      : [];
  });
  const read = (operation: string, text: string) =>
    said(() =>
      readDocument(
        { body: Readable.from([Buffer.from(text)]), headers: {}, trailers: {} } as unknown as Call,
        operation,
      ),
    );

  // S3 validates by its schema: what it does not know, misses or cannot read is MalformedXML.
  it.each(documents)("of $operation is read by its shape", async ({ operation, member, root }) => {
    const of = (change: Parameters<typeof sample>[1]) =>
      `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n${sample(member.shape, change, root)}\n</${root}>`;
    expect(
      await read(
        operation,
        of((_, __, content) => content),
      ),
    ).toBe("nothing");
    const wrong: Record<string, string> = {
      "another root": `<Other/>`,
      "an unknown element": of((_, __, content) => content).replace(`</${root}>`, `<Unknown>1</Unknown></${root}>`),
      "text between elements": of((_, __, content) => content).replace(`\n</${root}>`, `text</${root}>`),
    };
    of((path, shape, content) => {
      const alone = (text: string) => of((at, _, same) => (at === path ? text : same));
      if (shape.required && shape.type !== "structure") wrong[`${path} missing`] = alone("");
      if (shape.type !== "list") wrong[`${path} twice`] = alone(content + content);
      if (shape.enum && path !== "CreateBucketConfiguration.LocationConstraint")
        wrong[`${path} outside its enum`] = alone(content.replace(/>[^<]+</, ">NO-SUCH<"));
      if (/^(boolean|integer|long|timestamp)$/.test(shape.type))
        wrong[`${path} of another type`] = alone(content.replace(/>[^<]+</, ">some<"));
      return content;
    });
    const passed = [];
    for (const [what, text] of Object.entries(wrong))
      if (!(await read(operation, text)).startsWith("MalformedXML")) passed.push(what);
    expect(passed).toEqual([]);
  });
});

// The check that every other test of S3 relies on must be able to fail.
it("answers of another shape are seen", () => {
  const call = {
    method: "GET",
    host: "127.0.0.1",
    path: "/b/k",
    query: new URLSearchParams("uploadId=u"),
    headers: {},
  } as unknown as Call;
  const answer = (body: string, headers: Reply["headers"] = {}) => wrongInS3(call, { status: 200, body, headers });
  expect(answer("<ListPartsResult><Bucket>b</Bucket><Part><Size>1</Size></Part></ListPartsResult>")).toEqual([]);
  expect(answer("<ListPartsResult><Part><Sise>1</Sise></Part></ListPartsResult>")).toEqual([
    "s3 ListParts Part.Sise: AWS has no such element",
  ]);
  expect(answer("<ListPartsResult><IsTruncated>no</IsTruncated></ListPartsResult>")).toEqual([
    's3 ListParts IsTruncated: "no" is no boolean',
  ]);
  expect(answer("<ListPartResult/>")).toEqual(["s3 ListParts : its root is ListPartResult, AWS's is ListPartsResult"]);
  expect(answer("", { "x-amz-colour": "red" })).toEqual(["s3 ListParts x-amz-colour: AWS has no such header"]);
});

describe("over the wire", () => {
  let cloud: TestCloud;
  let client: s3.S3Client;
  const Bucket = "input";

  beforeAll(async () => {
    cloud = await startTestCloud({ checked: true });
    client = new s3.S3Client({ ...cloud.config, forcePathStyle: true });
    const Tags = [{ Key: "app", Value: "notes" }];
    await client.send(
      new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1", Tags } }),
    );
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "one" }));
  });

  afterAll(() => cloud.close());

  const failure = (command: any) =>
    client.send(command).then(
      () => "nothing",
      (error: Error) => `${error.name}: ${error.message}`,
    );

  // A bucket's first tags come with its creation.
  it("keeps the tags that a bucket is made with", async () => {
    expect((await client.send(new s3.GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([
      { Key: "app", Value: "notes" },
    ]);
  });

  // A name in the wrong account is the classic way to write into a stranger's bucket.
  it("refuses another owner than the bucket's", async () => {
    const ExpectedBucketOwner = "999999999999";
    for (const command of [
      new s3.GetObjectCommand({ Bucket, Key: "k", ExpectedBucketOwner }),
      new s3.PutObjectCommand({ Bucket, Key: "k", Body: "", ExpectedBucketOwner }),
      new s3.DeleteBucketCommand({ Bucket, ExpectedBucketOwner }),
      new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] }, ExpectedBucketOwner }),
    ])
      expect(await failure(command)).toBe("AccessDenied: Access Denied");
  });

  // Documents carry checksums as objects do: a damaged one must not be stored.
  it("checks the checksum of a document", async () => {
    const put = new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } });
    put.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-checksum-crc32"] = "AAAAAA==";
        return next(args);
      },
      { step: "build", priority: "low" },
    );
    expect(await failure(put)).toBe("BadDigest: The CRC32 you specified did not match the calculated checksum.");
    expect((await client.send(new s3.GetBucketTaggingCommand({ Bucket }))).TagSet).toHaveLength(1);
  });

  // A page uploads with nothing but the address: what was signed into it counts.
  it("takes the headers that a presigned address carries", async () => {
    const command = new s3.PutObjectCommand({ Bucket, Key: "signed", Metadata: { who: "me" }, Tagging: "a=b" });
    const url = await getSignedUrl(client, command, { expiresIn: 60 });
    expect((await fetch(url, { method: "PUT", body: "from a page" })).status).toBe(200);
    const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "signed" }));
    expect([head.Metadata, head.ContentLength, head.TagCount]).toEqual([{ who: "me" }, 11, 1]);
    const other = new s3.PutObjectCommand({ Bucket, Key: "signed", ExpectedBucketOwner: "999999999999" });
    const foreign = await getSignedUrl(client, other, { expiresIn: 60 });
    expect((await fetch(foreign, { method: "PUT", body: "x" })).status).toBe(403);
  });

  // What is stored is answered again; what would change nothing on AWS either may be stored.
  it("keeps a bucket's encryption as it was set", async () => {
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const }, BucketKeyEnabled: true };
    const Rules = [{ ...rule, BlockedEncryptionTypes: { EncryptionType: ["SSE-C" as const] } }];
    const put = (rules: s3.ServerSideEncryptionRule[]) =>
      new s3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: rules } });
    const get = async () =>
      (await client.send(new s3.GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;
    await client.send(put(Rules));
    expect(await get()).toEqual(Rules);
    expect(await failure(put([{ ...rule, BlockedEncryptionTypes: { EncryptionType: ["NONE"] } }]))).toMatch(
      /^NotImplemented: BlockedEncryptionTypes NONE/,
    );
    expect(await failure(put([{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }]))).toMatch(
      /^NotImplemented: Server-side encryption aws:kms/,
    );
    await client.send(new s3.DeleteBucketEncryptionCommand({ Bucket }));
    expect(await get()).toEqual([{ ...rule, BucketKeyEnabled: false }]);
  });

  // Nothing answers as if it were there.
  it("misses what is not there", async () => {
    expect(await failure(new s3.GetObjectAclCommand({ Bucket, Key: "none" }))).toMatch(/^NoSuchKey/);
    expect((await client.send(new s3.GetObjectAclCommand({ Bucket, Key: "k" }))).Grants?.[0]?.Permission).toBe(
      "FULL_CONTROL",
    );
    expect(await failure(new s3.GetBucketMetricsConfigurationCommand({ Bucket, Id: "m" }))).toMatch(
      /^NoSuchConfiguration/,
    );
    expect(await failure(new s3.DeleteBucketInventoryConfigurationCommand({ Bucket, Id: "m" }))).toMatch(
      /^NoSuchConfiguration/,
    );
    expect((await client.send(new s3.ListBucketMetricsConfigurationsCommand({ Bucket }))).IsTruncated).toBe(false);
    const ETag = (await client.send(new s3.HeadObjectCommand({ Bucket, Key: "k" }))).ETag!;
    const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: "k", IfNoneMatch: ETag }), {
      expiresIn: 60,
    });
    const same = await fetch(url, { headers: { "if-none-match": ETag } });
    expect([same.status, same.headers.get("etag")]).toEqual([304, ETag]);
  });

  // Algorithms that are not here must not pass unchecked.
  it("refuses checksums that it would not check", async () => {
    const put = (more: Partial<s3.PutObjectCommandInput>) =>
      failure(new s3.PutObjectCommand({ Bucket, Key: "c", Body: "x", ...more }));
    expect(await put({ ChecksumXXHASH64: "x" } as object)).toMatch(/^NotImplemented: x-amz-checksum-xxhash64/);
    const { UploadId } = await client.send(
      new s3.CreateMultipartUploadCommand({ Bucket, Key: "m", ChecksumAlgorithm: "CRC32" }),
    );
    const part = { Bucket, Key: "m", UploadId, PartNumber: 1 };
    const { ETag, ChecksumCRC32 } = await client.send(
      new s3.UploadPartCommand({ ...part, Body: "x", ChecksumAlgorithm: "CRC32" }),
    );
    const complete = (more: object) =>
      failure(
        new s3.CompleteMultipartUploadCommand({
          Bucket,
          Key: "m",
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
          ...more,
        }),
      );
    expect(await complete({ ChecksumSHA256: "x" })).toBe(
      "InvalidRequest: Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha256",
    );
    expect(await complete({ ChecksumType: "FULL_OBJECT" })).toMatch(
      /^InvalidRequest: The upload was created using the COMPOSITE/,
    );
    expect(await complete({})).toBe("nothing");
  });
});
