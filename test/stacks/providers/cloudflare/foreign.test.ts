/** Records that somebody else made: shown, and never changed, taken over or removed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { createCloudflareProvider } from "../../../../stacks/providers/cloudflare/index.ts";
import { type CloudflareFake, type FakeZone, startCloudflare } from "../../../support/cloudflare.ts";
import { contextOf, Driver } from "../aws/driver.ts";

const type = "cloudflare:index/dnsRecord:DnsRecord";
let fake: CloudflareFake;
let provider: Provider;
let zone: FakeZone;
let apiToken: string;

const fresh = async (): Promise<Provider> => {
  const made = createCloudflareProvider({ environment: { CLOUDFLARE_BASE_URL: fake.endpoint } });
  await made.configure({ apiToken });
  return made;
};
beforeAll(async () => {
  fake = await startCloudflare();
  zone = fake.addZone("example.com", { id: "a1", name: "Home" });
  apiToken = fake.addToken({ zones: [zone.id], scopes: ["Zone:Read", "DNS:Edit"] });
  provider = await fresh();
});
afterAll(async () => {
  await provider?.close();
  await fake?.close();
});

const writes = () => fake.count(/^(POST|PUT|PATCH|DELETE) /);

describe("a record that exists", () => {
  // The same once more: a destroy would remove what it never made.
  it("is told of with its id and how to import it, and no call changes anything", async () => {
    const record = fake.addRecord(zone, {
      name: "www",
      type: "A",
      ttl: 300,
      content: "198.51.100.4",
      comment: "Ada's",
    });
    const kept = structuredClone(record);
    const said = { zoneId: zone.id, name: "WWW.example.com.", type: "A", ttl: 60, content: "198.51.100.4" };
    const driver = new Driver(provider, type, "same");
    const refused = driver.create(said);
    await expect(refused).rejects.toThrow(
      /the record A www\.example\.com cannot be made beside what the zone has already/,
    );
    await expect(refused).rejects.toThrow(/comment "Ada's"/);
    await expect(refused).rejects.toThrow(new RegExp(`import it by its id ${zone.id}/${record.id}`));
    expect(writes()).toBe(0);
    // What the engine asks after a create that failed, and in its next run: there is nothing that is ours.
    const request = { ...driver.identity, inputs: driver.inputs, preview: false };
    expect(await provider.adopt!(request, contextOf())).toBeNull();
    expect(record).toEqual(kept);
  });

  // The very same in all of it, made a moment ago: nothing in the record tells it from ours.
  it("is not taken afterwards for what the refused create left", async () => {
    const said = { zoneId: zone.id, name: "twin", type: "A", ttl: 300, content: "198.51.100.4" };
    fake.addRecord(zone, said);
    const driver = new Driver(provider, type, "twin");
    await expect(driver.create(said)).rejects.toThrow(/cannot be made beside/);
    const request = { ...driver.identity, inputs: driver.inputs, preview: false };
    expect(await provider.adopt!(request, contextOf())).toBeNull();
  });

  // A CNAME bears nothing beside it.
  it.each([
    [
      { type: "CNAME", content: "old.example.net" },
      { type: "A", content: "198.51.100.4" },
      /CNAME .* old\.example\.net/,
    ],
    [{ type: "A", content: "203.0.113.9" }, { type: "CNAME", content: "new.example.net" }, /A .* 203\.0\.113\.9/],
    [
      { type: "CNAME", content: "a.example.net" },
      { type: "CNAME", content: "b.example.net" },
      /CNAME .* a\.example\.net/,
    ],
  ])("%j is shown to whoever wants %j", async (there, wanted, shown) => {
    const name = `n${fake.seen.length}.example.com`;
    const record = fake.addRecord(zone, { name, ttl: 1, ...there });
    const kept = structuredClone(record);
    const driver = new Driver(provider, type, "beside");
    const refused = driver.create({ zoneId: zone.id, name, ttl: 1, ...wanted });
    await expect(refused).rejects.toThrow(shown);
    await expect(refused).rejects.toThrow(record.id);
    const request = { ...driver.identity, inputs: driver.inputs, preview: false };
    expect(await provider.adopt!(request, contextOf())).toBeNull();
    expect(fake.recordsOf(zone).filter((one) => one.name === name)).toEqual([kept]);
  });

  // A change of a name in place may meet one, too.
  it("stops a change that would meet it, and both stay as they are", async () => {
    fake.addRecord(zone, { name: "taken", type: "CNAME", ttl: 1, content: "old.example.net" });
    const said = { zoneId: zone.id, name: "free", type: "CNAME", ttl: 1, content: "new.example.net" };
    const driver = await new Driver(provider, type, "renamed").create(said);
    const before = structuredClone(fake.recordsOf(zone));
    await expect(driver.update({ ...said, name: "taken" })).rejects.toThrow(/old\.example\.net/);
    expect(fake.recordsOf(zone)).toEqual(before);
    await driver.delete();
  });

  // What others say of a record comes from outside: it is shown on one line, and not without end.
  it("cannot write to the terminal or drown the error", async () => {
    const content = `\u001b[2J${"x".repeat(500)}`;
    fake.addRecord(zone, { name: "odd", type: "CNAME", ttl: 1, content: "odd.example.net", comment: content });
    const error = await new Driver(provider, type, "odd")
      .create({ zoneId: zone.id, name: "odd", type: "A", ttl: 1, content: "198.51.100.1" })
      .then(String, String);
    expect(error).toContain("?[2Jxxx");
    expect(error).not.toContain("\u001b");
    expect(error.length).toBeLessThan(900);
  });

  // Several of one name and type are how DNS shares load: they are no conflict, and each is its own.
  it("of another content leaves room beside it", async () => {
    const record = fake.addRecord(zone, { name: "many", type: "A", ttl: 1, content: "198.51.100.1" });
    const said = { zoneId: zone.id, name: "many", type: "A", ttl: 1, content: "198.51.100.2" };
    const driver = await new Driver(provider, type, "many").create(said);
    await driver.delete();
    expect(fake.recordsOf(zone)).toContainEqual(record);
  });
});

describe("what an interrupted create left", () => {
  const said = (name: string) => ({ zoneId: zone.id, name, type: "A", ttl: 300, content: "198.51.100.4" });
  const requestOf = async (other: Provider, name: string, since: number) => {
    const driver = new Driver(other, type, "left");
    return { ...driver.identity, inputs: await driver.check(said(name), true), preview: false, since };
  };

  // By the time that the journal says: nothing else tells it from a record that was there before.
  it("is taken for ours when it was made since, and somebody's when it was made before", async () => {
    const other = await fresh();
    const record = fake.addRecord(zone, said("left"));
    const made = Date.parse(String(record["created_on"]));
    const found = await other.adopt!(await requestOf(other, "left", made - 60_000), contextOf());
    expect(found).toMatchObject({ id: record.id, outputs: { name: "left.example.com" } });
    expect(await other.adopt!(await requestOf(other, "left", made + 3_600_000), contextOf())).toBeNull();
    await other.close();
  });

  // Not wholly as the program says it: whoever changed it since has a say in it.
  it("is left alone when it is not as it was asked for", async () => {
    const other = await fresh();
    fake.addRecord(zone, { ...said("half"), ttl: 60 });
    expect(await other.adopt!(await requestOf(other, "half", Date.now() - 1_000), contextOf())).toBeNull();
    await other.close();
  });
});
