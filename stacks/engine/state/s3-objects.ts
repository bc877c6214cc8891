/**
 * The few calls of S3 that state needs, with what they mean here: absent is undefined, a condition not met is `changed`.
 * The SDK is loaded with the first call.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { withOthers } from "../../sign-in/others.ts";
import { type AwsAddress, bucketOptions, clientConfig, type Environment, parseAwsAddress } from "./aws-address.ts";
import { errors } from "./errors.ts";
import { asksAgain, whole } from "./spoilt-answers.ts";
import type { Condition, Stored } from "./storage.ts";

export interface StoredObject extends Stored {
  /** By the store's own clock, so that nobody else's has to be right. Milliseconds. */
  age: number;
}

export interface Listed {
  key: string;
  modified: number;
}

type Sdk = typeof import("@aws-sdk/client-s3");

/** How often a write is tried that met another one of the same moment. */
const conflictTries = 10;

export class S3Objects {
  readonly bucket: string;
  readonly #url: string;
  readonly #address: AwsAddress;
  readonly #prefix: string;
  readonly #env: Environment;
  readonly #encryption: { ServerSideEncryption?: any; SSEKMSKeyId?: string };
  #opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  constructor(url: string, env: Environment) {
    this.#url = url;
    this.#env = env;
    this.#address = parseAwsAddress(url, bucketOptions, ["ssetype", "kmskeyid"], env);
    const [bucket = "", ...path] = this.#address.name.split("/");
    if (bucket === "") throw errors.backend(url);
    this.bucket = bucket;
    const folders = path.filter((part) => part !== "");
    this.#prefix = folders.map((part) => `${decodeURIComponent(part)}/`).join("");
    const { ssetype, kmskeyid } = this.#address.own;
    this.#encryption = {
      ...(ssetype ? { ServerSideEncryption: ssetype } : {}),
      ...(kmskeyid ? { SSEKMSKeyId: kmskeyid } : {}),
    };
  }

  show = (key: string): string => `s3://${this.bucket}/${this.#prefix}${key}`;

  #open(): Promise<{ sdk: Sdk; client: S3Client }> {
    this.#opened ??= (async () => {
      const sdk = await import("@aws-sdk/client-s3");
      const config = clientConfig(this.#address, "S3", this.#env);
      const client = withOthers(asksAgain(new sdk.S3Client(config)), config.credentials);
      client.middlewareStack.add(keepServerDate, { step: "deserialize", priority: "high", name: "keepServerDate" });
      return { sdk, client };
    })();
    return this.#opened;
  }

  /** `action` as IAM has it. */
  async #send<T>(action: string, make: (sdk: Sdk) => any): Promise<T> {
    const { sdk, client } = await this.#open();
    try {
      return (await client.send(make(sdk))) as T;
    } catch (cause) {
      if ((cause as Error).name === "NoSuchBucket") throw errors.noBucket(this.bucket, this.#url);
      throw saying(cause, `s3:${action} on ${this.bucket}`);
    }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const found = await whole(() =>
      this.#send<any>("GetObject", (sdk) => new sdk.GetObjectCommand({ Bucket: this.bucket, Key: this.#prefix + key })),
    ).catch((cause: { name?: string; $metadata?: { httpStatusCode?: number } }) => {
      if (cause.name === "NoSuchKey" || cause.$metadata?.httpStatusCode === 404) return undefined;
      throw cause;
    });
    if (!found) return undefined;
    const now = Date.parse(found.$metadata.serverDate ?? "");
    return { bytes: found.bytes, tag: found.ETag, age: now - found.LastModified.getTime() };
  }

  /** Answers the new tag. */
  async put(key: string, content: string | Uint8Array, condition?: Condition): Promise<string> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const met = !condition ? {} : "absent" in condition ? { IfNoneMatch: "*" } : { IfMatch: condition.tag };
    for (let tries = 1; ; tries++)
      try {
        const done = await this.#send<{ ETag: string }>(
          "PutObject",
          (sdk) =>
            new sdk.PutObjectCommand({
              Bucket: this.bucket,
              Key: this.#prefix + key,
              Body: bytes,
              ContentType: "application/json",
              ...this.#encryption,
              ...met,
            }),
        );
        return done.ETag;
      } catch (cause) {
        const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
        if (!condition || (status !== 412 && status !== 409 && status !== 404)) throw cause;
        // A reply that got lost: what is there is what was to be written.
        const there = await this.get(key);
        if (there?.bytes.equals(bytes)) return there.tag;
        if (status !== 409 || tries === conflictTries) throw errors.changed(this.show(key));
      }
  }

  async copy(from: string, to: string): Promise<void> {
    const source = [this.bucket, ...(this.#prefix + from).split("/")].map(encodeURIComponent).join("/");
    await this.#send(
      "PutObject",
      (sdk) =>
        new sdk.CopyObjectCommand({
          Bucket: this.bucket,
          Key: this.#prefix + to,
          CopySource: source,
          ...this.#encryption,
        }),
    );
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((key) => ({ Key: this.#prefix + key }));
      const answer = await this.#send<{ Errors?: { Key?: string; Message?: string }[] }>(
        "DeleteObject",
        (sdk) => new sdk.DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
      );
      const [failed] = answer.Errors ?? [];
      if (failed) throw new Error(`${failed.Key} could not be removed: ${failed.Message}`);
    }
  }

  /** Everything below `folder`, or with `shallow` what is directly in it and the folders there. In the order of keys. */
  async list(folder: string, shallow: boolean): Promise<{ objects: Listed[]; folders: string[] }> {
    const start = `${this.#prefix}${folder}/`;
    const objects: Listed[] = [];
    const folders: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await this.#send<any>(
        "ListBucket",
        (sdk) =>
          new sdk.ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: start,
            ...(shallow ? { Delimiter: "/" } : {}),
            ...(ContinuationToken ? { ContinuationToken } : {}),
          }),
      );
      for (const { Key, LastModified } of page.Contents ?? [])
        if (Key !== start) objects.push({ key: Key.slice(start.length), modified: LastModified.getTime() });
      for (const { Prefix } of page.CommonPrefixes ?? []) folders.push(Prefix.slice(start.length, -1));
      if (!page.IsTruncated) return { objects, folders };
      ContinuationToken = page.NextContinuationToken;
    }
  }
}

/** AWS's own words often name neither. The same object goes on: its name is what callers test. */
function saying(cause: unknown, what: string): unknown {
  if (cause instanceof Error && "$metadata" in cause)
    cause.message = `${what}: ${cause.message || "no message"} (${cause.name})`;
  return cause;
}

/** The SDK keeps a reply's headers to itself. */
const keepServerDate =
  (next: any) =>
  async (args: any): Promise<any> => {
    const result = await next(args);
    result.output.$metadata.serverDate = result.response?.headers?.date;
    return result;
  };
