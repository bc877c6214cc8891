/** A record's whole life on the fake of Cloudflare's API: each type, each input, import, delete, delete again. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createCloudflareProvider } from "../../../../stacks/providers/cloudflare/index.ts";
import { type CloudflareFake, type FakeZone, startCloudflare } from "../../../support/cloudflare.ts";
import { Driver } from "../aws/driver.ts";

const type = "cloudflare:index/dnsRecord:DnsRecord";
let fake: CloudflareFake;
let provider: Provider;
let zone: FakeZone;
let other: FakeZone;

beforeAll(async () => {
  fake = await startCloudflare();
  const account = { id: "a1", name: "Home" };
  [zone, other] = [fake.addZone("example.com", account), fake.addZone("example.org", account)];
  const apiToken = fake.addToken({ zones: [zone.id, other.id], scopes: ["Zone:Read", "DNS:Edit"] });
  provider = createCloudflareProvider({ environment: { CLOUDFLARE_BASE_URL: fake.endpoint } });
  await provider.configure({ apiToken });
});
afterAll(async () => {
  await provider?.close();
  await fake?.close();
});

interface Life {
  create: PropertyMap;
  /** What the state has of it. */
  outputs?: PropertyMap;
  /** What a change says in other words, or in the same. */
  same?: PropertyMap[];
  steps: PropertyMap[];
}

const lives: { [title: string]: Life } = {
  "an address": {
    create: { name: "www.example.com", type: "A", ttl: 300, content: "198.51.100.4" },
    outputs: { name: "www.example.com", content: "198.51.100.4", proxied: false, proxiable: true },
    same: [{ name: "WWW.Example.com." }, { proxied: false }, { tags: [] }, { settings: { ipv4Only: false } }],
    steps: [
      { content: "198.51.100.5" },
      { ttl: 600 },
      { comment: "of the notes app" },
      { comment: "of the links app" },
      { comment: null },
      { proxied: true, ttl: 1 },
      { settings: { ipv4Only: true } },
      { settings: null },
      { proxied: false, ttl: 120 },
      { tags: ["owner:ada", "app:notes"] },
      { tags: ["app:notes"] },
      { tags: null },
      { privateRouting: true },
      { privateRouting: null },
      { name: "moved.example.com" },
      { type: "AAAA", content: "2001:db8::4" },
    ],
  },
  "an address of the zone itself": {
    create: { name: "@", type: "A", ttl: 1, content: "198.51.100.9" },
    outputs: { name: "example.com" },
    same: [{ name: "example.com" }],
    steps: [{ content: "198.51.100.10" }],
  },
  "a long address": {
    create: { name: "six", type: "AAAA", ttl: 1, content: "2001:0DB8:0:0:0:0:0:0001" },
    outputs: { name: "six.example.com" },
    same: [{ name: "six.example.com" }, { content: "2001:db8::1" }],
    steps: [{ content: "2001:db8::2" }],
  },
  "an alias": {
    create: { name: "bücher", type: "CNAME", ttl: 1, content: "Target.Example.NET." },
    outputs: { name: "xn--bcher-kva.example.com", content: "target.example.net" },
    same: [{ content: "target.example.net" }, { name: "xn--bcher-kva.example.com" }],
    steps: [{ content: "other.example.net" }, { settings: { flattenCname: true } }],
  },
  text: {
    create: { name: "_check", type: "TXT", ttl: 60, content: "site=abc" },
    same: [{ content: '"site=abc"' }, { content: '"site" "=abc"' }],
    steps: [{ content: 'with "quotes" inside' }, { content: '"v=spf1 " "-all"' }],
  },
  "a mail server": {
    create: { name: "@", type: "MX", ttl: 300, content: "Mail.example.com.", priority: 0 },
    same: [{ content: "mail.example.com" }],
    steps: [{ priority: 10 }, { content: "mail2.example.com" }],
  },
  "a mail server in parts": {
    create: { name: "parts", type: "MX", ttl: 300, data: { target: "mail.example.com.", priority: 5 } },
    outputs: { content: "mail.example.com", priority: 5 },
    same: [{ data: { target: "mail.example.com", priority: 5 } }],
    steps: [{ data: { target: "mail.example.com", priority: 6 } }],
  },
  "a service": {
    create: {
      name: "_sip._tcp",
      type: "SRV",
      ttl: 300,
      data: { priority: 10, weight: 5, port: 5060, target: "Sip.example.com." },
    },
    outputs: { content: "5 5060 sip.example.com", priority: 10 },
    same: [{ data: { priority: 10, weight: 5, port: 5060, target: "sip.example.com" } }],
    steps: [{ data: { priority: 20, weight: 5, port: 5061, target: "sip.example.com" } }],
  },
  "an authority": {
    create: { name: "@", type: "CAA", ttl: 1, data: { flags: 0, tag: "issue", value: "amazon.com" } },
    outputs: { content: '0 issue "amazon.com"', data: { flags: 0, tag: "issue", value: "amazon.com" } },
    same: [{ data: { flags: "0", tag: "issue", value: "amazon.com" } }],
    steps: [{ data: { flags: 0, tag: "issuewild", value: "amazon.com" } }],
  },
  "a link": {
    create: { name: "uri", type: "URI", ttl: 1, data: { priority: 1, weight: 2, target: "https://example.net/A" } },
    outputs: { priority: 1 },
    steps: [{ data: { priority: 2, weight: 2, target: "https://example.net/A" } }],
  },
  "rules for names": {
    create: {
      name: "naptr",
      type: "NAPTR",
      ttl: 1,
      data: {
        flags: "S",
        order: 1,
        preference: 2,
        regex: "",
        replacement: "_sip._udp.example.com.",
        service: "SIP+D2U",
      },
    },
    steps: [
      {
        data: {
          flags: "U",
          order: 1,
          preference: 2,
          regex: "",
          replacement: "_sip._udp.example.com",
          service: "SIP+D2U",
        },
      },
    ],
  },
  "a place": {
    create: {
      name: "here",
      type: "LOC",
      ttl: 1,
      data: { latDegrees: 52, latDirection: "N", latMinutes: 31, longDegrees: 13, longDirection: "E", altitude: 34 },
    },
    same: [
      {
        data: {
          ...{ latDegrees: 52, latDirection: "N", latMinutes: 31, latSeconds: 0 },
          ...{ longDegrees: 13, longDirection: "E", longMinutes: 0, altitude: 34 },
        },
      },
    ],
    steps: [
      {
        data: { latDegrees: 53, latDirection: "N", latMinutes: 31, longDegrees: 13, longDirection: "E", altitude: 34 },
      },
    ],
  },
};

const without = (inputs: PropertyMap): PropertyMap =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
const paths = async (driver: Driver, inputs: PropertyMap) =>
  Object.keys((await driver.diff(inputs)).detailedDiff ?? {});

describe("a DNS record", () => {
  // Whatever Cloudflare makes of names and contents, `up` has to settle.
  it.each(Object.keys(lives))("that is %s lives and dies", async (title) => {
    const life = lives[title]!;
    let said: PropertyMap = { zoneId: zone.id, ...life.create };
    const driver = await new Driver(provider, type, "life").create(said);
    expect(driver.id).toMatch(/^[0-9a-f]{32}$/);
    expect(driver.outputs).toMatchObject({ ...life.outputs, meta: "{}", createdOn: expect.any(String) });
    expect(driver.outputs["__defaults"]).toBeUndefined();
    expect(await paths(driver, said), "right after creation").toEqual([]);
    expect(await driver.refresh()).toBe(true);
    expect(await paths(driver, said), "after reading back").toEqual([]);
    for (const words of life.same ?? []) expect(await paths(driver, { ...said, ...words }), "said anew").toEqual([]);
    const id = driver.id;
    for (const step of life.steps) {
      said = without({ ...said, ...step });
      const diff = await driver.diff(said);
      expect([diff.changes, diff.replaces], JSON.stringify(step)).toEqual(["some", []]);
      await driver.update(said);
      expect(await paths(driver, said), `right after ${JSON.stringify(step)}`).toEqual([]);
      expect(await driver.refresh()).toBe(true);
      expect(await paths(driver, said), `after reading back ${JSON.stringify(step)}`).toEqual([]);
    }
    expect(driver.id, "changed in place").toBe(id);

    const imported = await driver.imported(`${zone.id}/${driver.id}`);
    expect(imported.id).toBe(driver.id);
    const whole = { ...said, name: driver.outputs["name"]! };
    expect(await paths(imported, whole), "after an import").toEqual([]);

    await driver.delete();
    expect(await driver.refresh(), "it is gone").toBe(false);
    await driver.delete();
    expect(fake.recordsOf(zone).filter((record) => record.id === id)).toEqual([]);
  });

  // Upstream's only input that replaces. The new record has another place, so the old one may stay until it is there.
  it("is made anew in another zone", async () => {
    const said = { zoneId: zone.id, name: "www", type: "A", ttl: 1, content: "198.51.100.4" };
    const driver = await new Driver(provider, type, "moves").create(said);
    const diff = await driver.diff({ ...said, zoneId: other.id });
    expect([diff.replaces, diff.deleteBeforeReplace]).toEqual([["zoneId"], false]);
    await driver.delete();
  });

  // What others change is seen by a refresh, also what the program never mentions.
  it("shows what was changed elsewhere", async () => {
    const said = { zoneId: zone.id, name: "drift", type: "A", ttl: 300, content: "198.51.100.4" };
    const driver = await new Driver(provider, type, "drifts").create(said);
    const record = fake.recordsOf(zone).find(({ id }) => id === driver.id)!;
    Object.assign(record, { content: "203.0.113.7", comment: "by hand", tags: ["by:hand"], ttl: 60 });
    expect(await driver.refresh()).toBe(true);
    expect(driver.outputs).toMatchObject({ content: "203.0.113.7", comment: "by hand", ttl: 60 });
    expect((await paths(driver, said)).sort()).toEqual(["comment", "content", "tags", "ttl"]);
    await driver.update(said);
    expect(await driver.refresh()).toBe(true);
    expect(await paths(driver, said)).toEqual([]);
    expect(record).toBeDefined();
    await driver.delete();
  });

  // Both would be told apart by nobody: an import needs the zone, too.
  it("is imported by its zone and its id only", async () => {
    const driver = new Driver(provider, type, "imports");
    await expect(driver.imported("b".repeat(32))).rejects.toThrow(/expected ZONE_ID\/RECORD_ID/);
    await expect(driver.imported(`${zone.id}/b/c`)).rejects.toThrow(/expected ZONE_ID\/RECORD_ID/);
    await expect(driver.imported(`${zone.id}/${"b".repeat(32)}`)).rejects.toThrow(/nothing to import/);
  });
});

describe("inputs", () => {
  const base = { name: "www", type: "A", ttl: 300, content: "198.51.100.4" };
  // Cloudflare would refuse these in the middle of a run, some of them in words that help nobody.
  it.each([
    [{ proxied: true }, /ttl: Must be 1 when 'proxied' is true/],
    [{ ttl: 20 }, /ttl: Expected 1/],
    [{ content: "example.net" }, /content: Expected an IPv4 address/],
    [{ type: "AAAA" }, /content: Expected an IPv6 address/],
    [{ type: "TXT", proxied: true, ttl: 1 }, /proxied: A record of type TXT cannot be/],
    [{ type: "SRV", content: "5 5060 sip" }, /data: A record of type SRV is said by its parts in 'data'/],
    [{ type: "MX", content: "mail" }, /priority: A record of type MX needs one/],
    [{ type: "SPF" }, /type: Expected one of A, AAAA, CAA/],
    [{ contents: "x" }, /contents: Unknown property 'contents'/],
  ])("%j are refused before anything is asked", async (more, reason) => {
    const calls = fake.seen.length;
    const driver = new Driver(provider, type, "wrong");
    await expect(driver.check({ zoneId: zone.id, ...base, ...more } as PropertyMap)).rejects.toThrow(reason);
    expect(fake.seen.length).toBe(calls);
  });
});
