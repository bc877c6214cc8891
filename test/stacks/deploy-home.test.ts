/** An AWS cloud's state moves into its account, cut off wherever it may be: one place has it at every moment. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import {
  encryptedOnly,
  ensureHome,
  findPassphrase,
  housedAt,
  readFacts,
  removeHome,
} from "../../stacks/deploy/home.ts";
import { moveHome } from "../../stacks/deploy/move.ts";
import { getObject, listObjects } from "../../stacks/deploy/shelf.ts";
import * as deploy from "../../stacks/deploy.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";
import { session, workspace } from "./deploy-session.ts";

/** Stands for the SDK's command: keeps what it was made with. */
function putPolicy(this: { input: unknown }, input: unknown): void {
  this.input = input;
}

describe("a state bucket's policy", () => {
  // TLS only: the one wall that cannot be shown against a server that has no TLS.
  it("denies everything that does not come over TLS, and nothing else", async () => {
    const sent: any[] = [];
    const wall = encryptedOnly({ region: "eu-west-1", stateBucket: "freehold-state-work-0123456789" });
    const sdk = { PutBucketPolicyCommand: putPolicy } as any;
    const client = { send: async ({ input }: any) => void sent.push(input) } as any;
    const own = { Sid: "Own", Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: "*" };
    await wall.put(client, sdk, { Bucket: "b", ExpectedBucketOwner: "1" }, [own]);
    const { Statement } = JSON.parse(sent[0].Policy);
    expect(Statement[0]).toEqual(own);
    expect(Statement.slice(1)).toEqual([
      {
        Sid: "OnlyEncryptedConnections",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::freehold-state-work-0123456789", "arn:aws:s3:::freehold-state-work-0123456789/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });
});

describe.skipIf(missing(motoServer(), "moto_server"))("moving a cloud's state into its account", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let dir: string;
  /** As an earlier Freehold left it. */
  let earlier: Cloud;

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startFaultProxy(moto.endpoint);
    dir = await workspace();
    earlier = {
      name: "old",
      target: "aws",
      region: "eu-west-1",
      accountId: moto.accountId,
      timeZone: "Europe/Berlin",
      endpoint: proxy.endpoint,
      dir: join(dir, "cloud"),
      passphraseFile: join(dir, "cloud", "passphrase"),
      environment: { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
    };
    await cp(join(dir, "passphrase"), earlier.passphraseFile!, { recursive: true });
    await session(earlier, dir).foundation();
  }, 90_000);
  afterAll(async () => {
    await proxy?.close();
    await moto?.close();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  async function copyOf(cloud: Cloud): Promise<Cloud> {
    const to = await mkdtemp(join(tmpdir(), "freehold-move-"));
    await cp(cloud.dir, to, { recursive: true });
    return { ...cloud, dir: to, passphraseFile: join(to, "passphrase") };
  }

  it("copies everything, compares it, and keeps the old folder aside", async () => {
    const cloud = await copyOf(earlier);
    const file = ".pulumi/stacks/freehold-foundation/old.json";
    const before = readFileSync(join(cloud.dir, file));
    const { bucket, aside, files } = await moveHome(cloud, async () => undefined);
    const housed = housedAt(cloud);
    expect(bucket).toBe(housed.stateBucket);
    expect((await getObject(housed, file))?.bytes.equals(before)).toBe(true);
    expect(files).toBe((await listObjects(housed, ".pulumi/")).length);
    expect(readdirSync(aside).sort()).toEqual([".pulumi", "passphrase"]);
    expect(existsSync(join(cloud.dir, ".pulumi"))).toBe(false);
    expect(await readFacts(housed)).toMatchObject({ cloud: "old", timeZone: "Europe/Berlin" });
    // It is the state now: nothing to do is what it says.
    const { passphraseFile: _, ...rest } = cloud;
    const moved = session({ ...rest, stateBucket: bucket }, dir);
    await moved.foundation();
    expect(moved.touched()).toEqual([]);
    await removeHome(housed);
  });

  it("cut off at any of its calls, goes on; until the last one this computer's folder is the state", async () => {
    const cloud = await copyOf(earlier);
    const housed = housedAt(cloud);
    let cut = 0;
    for (let at = 0, done = false; !done; at += 5) {
      // Not an error that is tried again: as if the process had ended there.
      const rule = { status: 403, code: "AccessDenied", message: "cut off", form: "xml" } as const;
      proxy.cutAt(at, { kind: "answer", ...rule });
      done = await moveHome(cloud, async () => undefined).then(
        () => true,
        () => false,
      );
      proxy.plan([]);
      if (done) break;
      cut++;
      const there = await readFacts(housed).catch(() => undefined);
      if (!there) expect(existsSync(join(cloud.dir, ".pulumi/stacks/freehold-foundation/old.json"))).toBe(true);
    }
    expect(cut).toBeGreaterThan(3);
    expect(await findPassphrase(housed)).toBe("correct horse");
    expect((await listObjects(housed, ".pulumi/")).length).toBeGreaterThan(3);
    await removeHome(housed);
  });

  it("refuses what another computer keeps there already, and touches neither", async () => {
    const [mine, theirs] = [await copyOf(earlier), await copyOf(earlier)];
    await moveHome(theirs, async () => undefined);
    await expect(moveHome(mine, async () => undefined)).rejects.toMatchObject({ code: "home-elsewhere" });
    expect(existsSync(join(mine.dir, ".pulumi"))).toBe(true);
    expect((await ensureHome(housedAt(theirs), "UTC")).facts.timeZone).toBe("Europe/Berlin");
    await removeHome(housedAt(theirs));
  });

  it("refuses a bucket of that name in another account", async () => {
    const cloud = await copyOf(earlier);
    proxy.plan([
      { on: /^HEAD /, fault: { kind: "answer", status: 403, code: "Forbidden", message: "", form: "xml" }, times: 1 },
    ]);
    await expect(deploy.moveHome(cloud, async () => undefined)).rejects.toMatchObject({ code: "home-taken" });
    expect(existsSync(join(cloud.dir, ".pulumi"))).toBe(true);
  });
});
