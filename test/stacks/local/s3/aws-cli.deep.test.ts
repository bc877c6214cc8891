/** S3 with the aws CLI as client: what a person types on the same data. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { awsCli, missing } from "../../../support/tools.ts";

const tool = awsCli();

describe.skipIf(missing(tool, "the aws CLI"))("the aws CLI", () => {
  let cloud: TestCloud;
  let env: NodeJS.ProcessEnv;
  const dir = mkdtempSync(join(tmpdir(), "freehold-cli-"));
  const file = (name: string) => join(dir, name);

  beforeAll(async () => {
    cloud = await startTestCloud({ checked: true });
    env = { PATH: process.env["PATH"], HOME: dir, ...cloud.env };
    await aws("s3", "mb", "s3://shelf");
  });

  afterAll(async () => {
    await cloud.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function aws(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(tool!, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
        error ? reject(new Error(stderr.trim())) : resolve(stdout),
      );
    });
  }

  // Over 8 MB the CLI uploads in parts and downloads in ranges, several at once.
  it("copies 20 MB up and down in parts", async () => {
    const bytes = randomBytes(20 * 1024 * 1024);
    writeFileSync(file("big"), bytes);
    await aws("s3", "cp", file("big"), "s3://shelf/big", "--quiet");
    await aws("s3", "cp", "s3://shelf/big", file("big.back"), "--quiet");
    expect(Buffer.compare(readFileSync(file("big.back")), bytes)).toBe(0);
    const head = JSON.parse(await aws("s3api", "head-object", "--bucket", "shelf", "--key", "big"));
    expect([head.ContentLength, head.ETag]).toEqual([bytes.length, expect.stringMatching(/-3"$/)]);
    // Over the limit of one copy this is UploadPartCopy; below it CopyObject.
    await aws("s3", "cp", "s3://shelf/big", "s3://shelf/big copy", "--quiet");
    await aws("s3", "mv", "s3://shelf/big copy", file("moved"), "--quiet");
    expect(Buffer.compare(readFileSync(file("moved")), bytes)).toBe(0);
    await expect(aws("s3api", "head-object", "--bucket", "shelf", "--key", "big copy")).rejects.toThrow("404");
  });

  // The CLI does not know a stream's length beforehand.
  it("copies from and to a pipe", async () => {
    const child = spawn(tool!, ["s3", "cp", "-", "s3://shelf/piped"], { env });
    child.stdin.end("through a pipe");
    const [said, [exit]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect([exit, said]).toEqual([0, ""]);
    expect(await aws("s3", "cp", "s3://shelf/piped", "-")).toBe("through a pipe");
  });

  // Empty files and odd names are files like others; a second sync has nothing to do.
  it("syncs a folder both ways", async () => {
    const names = ["empty", "a b/ü ☃.txt", "deep/er/plus+and&=%41.bin"];
    for (const name of names) {
      mkdirSync(join(dir, "tree", name, ".."), { recursive: true });
      writeFileSync(join(dir, "tree", name), name === "empty" ? "" : `I am ${name}`);
    }
    expect((await aws("s3", "sync", file("tree"), "s3://shelf/tree")).match(/upload:/g)).toHaveLength(names.length);
    expect(await aws("s3", "sync", file("tree"), "s3://shelf/tree")).toBe("");
    await aws("s3", "sync", "s3://shelf/tree", file("back"));
    for (const name of names)
      expect(readFileSync(join(dir, "back", name), "utf8")).toBe(readFileSync(join(dir, "tree", name), "utf8"));
    rmSync(join(dir, "tree", "empty"));
    await aws("s3", "sync", file("tree"), "s3://shelf/tree", "--delete");
    expect(await aws("s3", "ls", "--recursive", "s3://shelf/tree/")).not.toContain("empty");
  });

  it("lists, signs addresses and removes", async () => {
    await aws("s3api", "put-object", "--bucket", "shelf", "--key", "ls/zero");
    expect(await aws("s3", "ls")).toContain("shelf");
    expect(await aws("s3", "ls", "s3://shelf/ls/")).toMatch(/ 0 zero\n$/);
    await aws("s3", "cp", "s3://shelf/ls/zero", "s3://shelf/ls/one", "--quiet");
    const url = (await aws("s3", "presign", "s3://shelf/ls/one", "--expires-in", "60")).trim();
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.replace("ls/one", "ls/zero"))).status).toBe(403);
    await expect(aws("s3", "rb", "s3://shelf")).rejects.toThrow("BucketNotEmpty");
    await aws("s3", "rm", "s3://shelf/ls/", "--recursive", "--quiet");
    await expect(aws("s3", "ls", "s3://shelf/ls/")).rejects.toThrow();
    await aws("s3", "mb", "s3://brief");
    await aws("s3", "rb", "s3://brief", "--force");
    await expect(aws("s3api", "head-bucket", "--bucket", "brief")).rejects.toThrow("404");
  });

  // A key is data: none of these may be a file elsewhere, and each comes back under its own name.
  it("keeps odd keys apart", async () => {
    const keys = ["../../../../x", "a//b", "a/../b", "%41", "A", "tab\there", "🦊/\u00e9", "e\u0301"];
    for (const key of keys) {
      writeFileSync(file("body"), key);
      await aws("s3api", "put-object", "--bucket", "shelf", "--key", `odd/${key}`, "--body", file("body"));
    }
    const listed = JSON.parse(await aws("s3api", "list-objects-v2", "--bucket", "shelf", "--prefix", "odd/"));
    const sorted = keys.map((key) => `odd/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed.Contents.map(({ Key }: { Key: string }) => Key)).toEqual(sorted);
    for (const key of keys) expect(await aws("s3", "cp", `s3://shelf/odd/${key}`, "-")).toBe(key);
    expect(existsSync(join(cloud.dir, "..", "x"))).toBe(false);
  });
});
