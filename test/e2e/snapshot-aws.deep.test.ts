/**
 * A cloud in AWS (moto) as one file, brought up in another account by a person at a terminal: asked once for all of it and for
 * each secret, and what was adopted is taken in again where it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Home, withHome } from "../support/home.ts";
import { comparable } from "../support/listing.ts";
import { startMoto } from "../support/moto.ts";
import { closeTerminals, openFreehold } from "../support/terminal.ts";
import { missing, motoServer } from "../support/tools.ts";
import { writeVault } from "../support/vault.ts";

const secret = "ghp_typed-and-never-shown";

/** An account and a person with a cloud in it. */
async function account() {
  const moto = await startMoto();
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const config = { endpoint: moto.endpoint, region: "eu-west-1", credentials };
  const home = await withHome({ env: moto.env });
  await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
  return {
    home,
    s3: new S3Client({ ...config, forcePathStyle: true }),
    ssm: new SSMClient(config),
    close: async () => {
      await home.close();
      await moto.close();
    },
  };
}

describe.skipIf(missing(motoServer(), "moto_server"))("a cloud in AWS as one file", { timeout: 180_000 }, () => {
  let one: Awaited<ReturnType<typeof account>>;
  let two: Awaited<ReturnType<typeof account>>;
  let file: string;

  beforeAll(async () => {
    [one, two] = await Promise.all([account(), account()]);
    const { home, s3, ssm } = one;
    await ssm.send(new PutParameterCommand({ Name: "/old/motto", Type: "String", Value: "be well" }));
    await s3.send(new CreateBucketCommand({ Bucket: "photos-of-old" }));
    await home.pipe(secret, "secret", "set", "vault", "token");
    await home.freehold("up", writeVault(home.dir), "--settings", "title=Mine");
    await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
    mkdirSync(join(home.dir, "worker"));
    writeFileSync(join(home.dir, "worker/index.mjs"), "export const handler = async () => 1;\n");
    await home.freehold("add", "function", "counter", "--code", "worker", "--uses", "readings=read", "--yes");
    await home.freehold("adopt", "ssm/parameter", "/old/motto", "--yes");
    await home.freehold("adopt", "s3/bucket", "photos-of-old", "--yes");
    file = join(home.dir, "work.json");
    await home.json("snapshot", file);
  }, 180_000);
  afterEach(closeTerminals);
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  const listing = async (home: Home): Promise<any> => home.json("ls");
  const apply = () => openFreehold(two.home, ["snapshot", "apply", file], { cols: 110, rows: 45, patienceMs: 90_000 });
  const agreed = async (answer: string) => {
    const terminal = apply();
    await terminal.until("the question", () => terminal.text().includes("Type yes to bring up all of this:"));
    terminal.type(`${answer}\r`);
    return terminal;
  };

  // A file may be anybody's: all that comes is on the screen before anything comes, and enter is no yes.
  it("shows all of it first, and anything but yes changes nothing", async () => {
    const terminal = await agreed("y");
    expect(await terminal.exited).toBe(1);
    const said = terminal.all().join("\n");
    expect(said).toContain("vault comes: vault 1.0.0");
    expect(said).toContain("things/motto comes: aws:ssm/parameter:Parameter, which is /old/motto");
    expect(await listing(two.home)).toMatchObject({ apps: [], things: [] });
  });

  // What was adopted is in no snapshot: where it is missing that is said by its id, and the same command goes on once it is there.
  it("asks for secrets without showing them, says what is missing, and goes on to the same ls", async () => {
    await two.ssm.send(new PutParameterCommand({ Name: "/old/motto", Type: "String", Value: "be well" }));
    const terminal = await agreed("yes");
    // Typed the moment it is asked.
    await terminal.until("the secret", () => terminal.text().includes("vault: token:"));
    terminal.type(`${secret}\r`);
    expect(await terminal.exited).not.toBe(0);
    expect(terminal.all().join("\n")).toContain("photos-of-old");
    expect(terminal.all().join("\n")).not.toContain(secret);

    await two.s3.send(new CreateBucketCommand({ Bucket: "photos-of-old" }));
    // The secret is in the account already: it is not asked for again.
    const again = await agreed("yes");
    expect(await again.exited).toBe(0);
    expect(comparable(await listing(two.home))).toEqual(comparable(await listing(one.home)));
    expect(readFileSync(file, "utf8")).not.toContain(secret);
    const nothing = await two.home.freehold("snapshot", "apply", file);
    expect(nothing.stderr + nothing.stdout).toContain("Nothing of it is missing here");
  });
});
