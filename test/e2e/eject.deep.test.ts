/**
 * Leaving: an app, things of several kinds and the foundation as plain Pulumi projects, on which an engine goes on with nothing to
 * do; a cloud of this computer, and one in AWS (moto), whose passphrase is its account's. With Pulumi's own engine where there is one (FREEHOLD_TEST_PULUMI), and with ours always.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { statePassphraseParameter } from "../../stacks/names.ts";
import { clientConfig } from "../support/aws.ts";
import { engines, type Leaver, previewOf } from "../support/ejected.ts";
import { type Home, root, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

const leavers = engines();

interface Place {
  home: Home;
  environment: Record<string, string>;
  /** Once there is a state. */
  passphraseFile(ssm: SSMClient): Promise<string>;
  close(): Promise<void>;
}

const places: { title: string; name: string; skip: boolean; start(): Promise<Place> }[] = [
  {
    ...{ title: "the local cloud", name: "home", skip: false },
    start: async () => {
      const home = await withHome();
      await home.freehold("setup");
      return {
        ...{ home, environment: await home.json("cloud", "env"), close: () => home.close() },
        passphraseFile: async () => join(home.dir, "freehold/data/clouds/home/passphrase"),
      };
    },
  },
  {
    ...{ title: "moto", name: "work", skip: missing(motoServer(), "moto_server") },
    start: async () => {
      const moto = await startMoto();
      const home = await withHome({ env: moto.env });
      await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
      return {
        ...{ home, environment: moto.env },
        close: async () => {
          await home.close();
          await moto.close();
        },
        // As the README that is left says it.
        passphraseFile: async (ssm) => {
          const asked = { Name: statePassphraseParameter("work"), WithDecryption: true };
          const file = join(home.dir, "passphrase");
          writeFileSync(file, (await ssm.send(new GetParameterCommand(asked))).Parameter!.Value!, { mode: 0o600 });
          return file;
        },
      };
    },
  },
];

describe.each(places.filter(({ skip }) => !skip))("on $title", ({ name, start }) => {
  let place: Place;
  let dir: string;
  let leaver: Leaver;

  beforeAll(async () => {
    place = await start();
    const { home, environment } = place;
    await home.freehold("up", "notes");
    mkdirSync(join(home.dir, "own"));
    writeFileSync(join(home.dir, "own/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
    await home.freehold("add", "bucket", "photos", "--yes");
    await home.freehold("add", "table", "readings", "--yes");
    await home.freehold("add", "function", "own", "--code", "own", "--uses", "photos=write", "--route", "--yes");
    const ssm = new SSMClient(clientConfig(environment));
    await ssm.send(new PutParameterCommand({ Name: "/old/motto", Type: "String", Value: "be well" }));
    await home.freehold("adopt", "ssm/parameter", "/old/motto", "--yes");
    await home.freehold("eject", "left");
    dir = join(home.dir, "left");
    leaver = { cloud: name, passphraseFile: await place.passphraseFile(ssm), environment };
  }, 180_000);
  afterAll(() => place?.close());

  // Nothing of Freehold's may be needed to go on, nor stand in what is left.
  it("leaves nothing of ours in the programs, and no secret in plain", () => {
    expect(readdirSync(dir).sort()).toEqual(["foundation", "notes", "things"]);
    for (const stack of readdirSync(dir)) {
      const text = readFileSync(join(dir, stack, "index.ts"), "utf8");
      expect([...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from)).toEqual([
        "@pulumi/aws",
        "@pulumi/pulumi",
      ]);
      expect(text).not.toContain(place.home.dir);
      const { dependencies } = JSON.parse(readFileSync(join(dir, stack, "package.json"), "utf8"));
      const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      for (const [name, version] of Object.entries(dependencies)) expect(version).toBe(devDependencies[name]);
    }
    expect(readFileSync(join(dir, "things/index.ts"), "utf8")).toContain("config.requireSecretObject");
    expect(readFileSync(join(dir, "things/index.ts"), "utf8")).not.toContain("be well");
  });

  // Whoever goes on would change something at once, if the program said less, or more, than what is there.
  it.each(leavers)("a preview with the %s engine has nothing to do", { timeout: 180_000 }, async (which) => {
    for (const stack of readdirSync(dir)) {
      const { same, ...changes } = await previewOf(join(dir, stack), which, leaver);
      expect(changes, stack).toEqual({});
      expect(same, stack).toBeGreaterThan(5);
    }
  });
});
