/**
 * The Cloudflare provider's executable, as the official engine starts it: lives of records, what a lost answer leaves, and
 * state that either engine goes on with. The API is the small fake of test/support/cloudflare.ts.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { getDnsRecordOutput } from "@pulumi/cloudflare/getDnsRecord.js";
import { getZoneOutput } from "@pulumi/cloudflare/getZone.js";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pluginVersions } from "../../stacks/deploy/official.ts";
import { saltStack } from "../stacks/engine/support/salt.ts";
import { Ground, www } from "../stacks/providers/cloudflare/programs.ts";
import { root } from "../support/home.ts";
import { missing } from "../support/tools.ts";
import { offline } from "./support/offline.ts";

const pulumi = process.env["FREEHOLD_TEST_PULUMI"];

describe.skipIf(missing(pulumi, "the official pulumi"))("under the official engine", () => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await Ground.make();
  });
  afterEach(() => ground?.close());

  /** The state of Ground's own stack, in a workspace of its own: each engine writes its Pulumi.yaml. */
  async function official(program: PulumiFn): Promise<Stack> {
    const workDir = join(ground.dir, "official");
    await mkdir(workDir, { recursive: true });
    saltStack(workDir, "dev");
    const cloudflare = { name: "cloudflare", version: pluginVersions.cloudflare, path: join(root, "dist") };
    const project = { name: "domains", runtime: "nodejs", main: workDir, plugins: { providers: [cloudflare] } };
    await writeFile(join(workDir, "Pulumi.yaml"), JSON.stringify(project));
    return await LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "domains", program },
      {
        workDir,
        pulumiCommand: await PulumiCommand.get({ root: join(pulumi!, "../..") }),
        envVars: {
          ...offline,
          PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
          PULUMI_HOME: join(ground.dir, "pulumi"),
          PULUMI_BACKEND_URL: `file://${ground.dir}`,
          PULUMI_CONFIG_PASSPHRASE: "p",
          CLOUDFLARE_BASE_URL: ground.fake.endpoint,
          CLOUDFLARE_API_TOKEN: ground.token,
        },
      },
    );
  }
  const own = (program: PulumiFn) => ground.stack(program, { CLOUDFLARE_API_TOKEN: ground.token });
  const changes = async (stack: Stack) => (await stack.up(ground.heard)).summary.resourceChanges;

  // What our engine does in its process the other one does over the wire, with Cloudflare's own classes.
  it("finds its zone, makes, changes, imports and removes records", async () => {
    const foreign = ground.fake.addRecord(ground.zone, { name: "mail", type: "A", ttl: 1, content: "203.0.113.1" });
    let content = "app.example.net";
    const program: PulumiFn = async () => {
      const { zoneId } = getZoneOutput({ filter: { name: "example.com" } });
      const mail = getDnsRecordOutput({ zoneId, filter: { name: { exact: "mail.example.com" } } });
      new DnsRecord("text", { zoneId, name: "@", type: "TXT", ttl: 60, content: mail.content });
      return { name: www(zoneId, { content }).name };
    };
    const stack = await official(program);
    ground.fake.faults = [{ on: /^POST /, times: 1, how: { kind: "reset", reached: true } }];
    const up = await stack.up(ground.heard);
    expect(up.outputs["name"]?.value).toBe("www.example.com");
    expect(
      ground.fake
        .recordsOf(ground.zone)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["example.com", "mail.example.com", "www.example.com"]);
    expect(await changes(stack)).toEqual({ same: 3 });
    expect((await stack.refresh(ground.heard)).summary.resourceChanges).toEqual({ same: 3 });
    content = "Other.example.net.";
    expect(await changes(stack)).toEqual({ same: 2, update: 1 });
    await stack.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([foreign]);

    const place = `${ground.zone.id}/${foreign.id}`;
    const inputs = { zoneId: ground.zone.id, name: "mail.example.com", type: "A", ttl: 1, content: "203.0.113.1" };
    const importing = await official(async () => void new DnsRecord("mail", inputs, { import: place }));
    expect(await changes(importing)).toEqual({ create: 1, import: 1 });
    expect(await changes(await official(async () => void new DnsRecord("mail", inputs)))).toEqual({ same: 2 });
    expect(ground.kept()).not.toContain(ground.token);
  });

  // A record that is there is somebody's, whichever engine asks.
  it("refuses to make a record beside somebody else's, and says which", async () => {
    const record = ground.fake.addRecord(ground.zone, { name: "www", type: "A", ttl: 1, content: "203.0.113.1" });
    const stack = await official(async () => void www(ground.zone.id));
    await expect(stack.up(ground.heard)).rejects.toThrow(
      new RegExp(`cannot be made beside what the zone has already.*${ground.zone.id}/${record.id}`, "s"),
    );
    expect(ground.fake.recordsOf(ground.zone)).toEqual([record]);
  });

  // The state is one, and what one engine made the other has nothing to do with, until something changes.
  it("goes on with what our engine made, and the other way round", async () => {
    let content = "app.example.net";
    const program: PulumiFn = async () => void www(ground.zone.id, { content });
    expect(await changes(await own(program))).toEqual({ create: 2 });
    expect(await changes(await official(program))).toEqual({ same: 2 });
    content = "second.example.net";
    expect(await changes(await official(program))).toEqual({ same: 1, update: 1 });
    expect(await changes(await own(program))).toEqual({ same: 2 });
    content = "third.example.net";
    expect(await changes(await own(program))).toEqual({ same: 1, update: 1 });
    const last = await official(program);
    expect(await changes(last)).toEqual({ same: 2 });
    await last.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([]);
    expect(ground.kept()).not.toContain(ground.token);
  });
});
