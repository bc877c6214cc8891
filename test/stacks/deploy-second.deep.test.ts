/** An app's whole life through the door of the stacks, as deploy.test.ts has it, on an AWS that nobody here wrote. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";
import { type Session, session, workspace } from "./deploy-session.ts";

// What works on our own cloud alone does not work.
describe.skipIf(missing(motoServer(), "moto_server"))("on a second AWS", () => {
  let dir: string;
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let on: Session;

  beforeAll(async () => {
    dir = await workspace();
    moto = await startMoto();
    on = session(
      {
        name: "work",
        target: "aws",
        region: "eu-west-1",
        accountId: "123456789012",
        timeZone: "UTC",
        endpoint: moto.endpoint,
        dir: join(dir, "cloud"),
        passphraseFile: join(dir, "passphrase"),
        environment: { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
      },
      dir,
    );
  }, 120_000);

  afterAll(async () => {
    await moto?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("goes up, changes one function, has nothing to do, comes down, takes its data back, goes without a trace", async () => {
    await on.foundation();
    expect((await on.up()).url).toMatch(/^https?:\/\//);
    await on.up();
    expect(on.touched()).toEqual([]);
    await on.changeLine('"one"', '"two"');
    await on.up();
    expect(on.touched()).toEqual(["update aws:lambda/function:Function api"]);
    const { kept } = await on.down("keep");
    expect(kept).toHaveLength(2);
    await on.up({ attach: kept });
    expect(on.touched()).toContain("import aws:dynamodb/table:Table counts");
    await on.up();
    expect(on.touched()).toEqual([]);
    expect((await on.down("delete")).kept).toEqual([]);
    await on.end();
  }, 240_000);
});
