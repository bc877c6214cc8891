/**
 * Whole programs of the real @pulumi/cloudflare classes, over the Automation API, through our engine and provider.
 */
import { getDnsRecordOutput } from "@pulumi/cloudflare/getDnsRecord.js";
import { getDnsRecordsOutput } from "@pulumi/cloudflare/getDnsRecords.js";
import { getZoneOutput } from "@pulumi/cloudflare/getZone.js";
import { getZonesOutput } from "@pulumi/cloudflare/getZones.js";
import type * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ground, www } from "./programs.ts";

let ground: Ground;
beforeEach(async () => {
  ground = await Ground.make();
});
afterEach(async () => await ground.close());

describe("a program", () => {
  // The whole way: the zone by its name, a record in it, and nothing to do afterwards.
  it("finds its zone, makes, changes and removes a record, and leaves what is not its own", async () => {
    const foreign = ground.fake.addRecord(ground.zone, { name: "mail", type: "A", ttl: 1, content: "203.0.113.1" });
    let content = "app.example.net";
    const stack = await ground.stack(async () => {
      const found = getZoneOutput({ filter: { name: "Example.com" } });
      const all = getZonesOutput({ account: { name: "Home" }, status: "active" });
      const record = www(found.zoneId, { content });
      return {
        name: record.name,
        servers: found.nameServers,
        zones: all.results.apply((zones) => zones.map(({ name, status }) => `${name} ${status}`)),
        created: record.createdOn,
      };
    });
    await stack.setConfig("cloudflare:apiToken", { value: ground.token, secret: true });
    const up = await stack.up(ground.heard);
    expect(up.outputs["name"]?.value).toBe("www.example.com");
    expect(up.outputs["servers"]?.value).toEqual(["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]);
    expect(up.outputs["zones"]?.value).toEqual(["example.com active"]);
    expect(ground.fake.recordsOf(ground.zone).map(({ name }) => name)).toEqual(["mail.example.com", "www.example.com"]);

    expect((await stack.up(ground.heard)).summary.resourceChanges).toEqual({ same: 2 });
    expect((await stack.refresh(ground.heard)).summary.resourceChanges).toEqual({ same: 2 });
    content = "Other.example.net.";
    expect((await stack.preview(ground.heard)).changeSummary).toEqual({ same: 1, update: 1 });
    expect((await stack.up(ground.heard)).summary.resourceChanges).toEqual({ same: 1, update: 1 });
    expect((await stack.up(ground.heard)).summary.resourceChanges).toEqual({ same: 2 });
    expect(ground.fake.recordsOf(ground.zone)[1]).toMatchObject({ content: "other.example.net" });

    await stack.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([foreign]);
    expect(ground.kept()).not.toContain(ground.token);
  });

  // A program may go by records that somebody else keeps.
  it("reads records that are not its own, and says when none or several fit", async () => {
    const add = (name: string, content: string) =>
      ground.fake.addRecord(ground.zone, { name, type: "A", ttl: 300, content });
    const [mail, first, second] = [add("mail", "203.0.113.1"), add("two", "203.0.113.2"), add("two", "203.0.113.3")];
    const look = async (filter: Parameters<typeof getDnsRecordOutput>[0]) => {
      const program = async () => ({ found: getDnsRecordOutput({ zoneId: ground.zone.id, ...filter }) });
      const stack = await ground.stack(program, { CLOUDFLARE_API_TOKEN: ground.token });
      return (await stack.up(ground.heard)).outputs["found"]?.value;
    };
    const ofMail = { id: mail.id, dnsRecordId: mail.id, name: "mail.example.com", content: "203.0.113.1", ttl: 300 };
    expect(await look({ filter: { name: { exact: "Mail.Example.com." }, type: "A" } })).toMatchObject(ofMail);
    expect(await look({ dnsRecordId: mail.id })).toMatchObject({ ...ofMail, proxied: false, zoneId: ground.zone.id });
    await expect(look({ filter: { name: { exact: "none.example.com" } } })).rejects.toThrow(
      /no DNS record of the zone/,
    );
    await expect(look({ filter: { name: { exact: "two.example.com" } } })).rejects.toThrow(
      new RegExp(`several DNS records fit .*${first.id}.*${second.id}`),
    );
    await expect(look({ dnsRecordId: "b".repeat(32) })).rejects.toThrow(/code 81044/);
    const all = await ground.stack(
      async () => ({
        two: getDnsRecordsOutput({ zoneId: ground.zone.id, name: { startswith: "two" } }).results.apply((records) =>
          records.map(({ content }) => content),
        ),
      }),
      { CLOUDFLARE_API_TOKEN: ground.token },
    );
    expect((await all.up(ground.heard)).outputs["two"]?.value).toEqual(["203.0.113.2", "203.0.113.3"]);
    expect(ground.fake.count(/^(POST|PUT|DELETE) /)).toBe(0);
  });

  // What is told of a record that exists is what the person types next.
  it("imports the record that stopped it", async () => {
    const record = ground.fake.addRecord(ground.zone, {
      name: "www",
      type: "CNAME",
      ttl: 1,
      content: "app.example.net",
    });
    const programOf = (options: pulumi.CustomResourceOptions) =>
      ground.stack(async () => void www(ground.zone.id, { name: "www.example.com" }, options), {
        CLOUDFLARE_API_TOKEN: ground.token,
      });
    const stack = await programOf({});
    const failed = await stack.up(ground.heard).then(String, String);
    const place = /import it by its id (\S+);/.exec(failed)?.[1];
    expect(place).toBe(`${ground.zone.id}/${record.id}`);
    // Nor does the next run take it for what the failed one left.
    await expect(stack.up(ground.heard)).rejects.toThrow(/cannot be made beside/);
    const importing = await programOf({ import: place });
    expect((await importing.up(ground.heard)).summary.resourceChanges).toMatchObject({ import: 1 });
    expect(ground.fake.count(/^(PUT|DELETE) /)).toBe(0);
    const owning = await programOf({});
    expect((await owning.up(ground.heard)).summary.resourceChanges).toEqual({ same: 2 });
    await owning.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([]);
  });
});
