/** Cloudflare's bad days, and tokens that do too little: nothing is made twice, and errors say what helps. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createCloudflareProvider } from "../../../../stacks/providers/cloudflare/index.ts";
import {
  type CloudflareFake,
  type CloudflareFault,
  type FakeToken,
  type FakeZone,
  newToken,
  startCloudflare,
} from "../../../support/cloudflare.ts";
import { contextOf, Driver } from "../aws/driver.ts";

// Without the waits that only make room: what Cloudflare asks for is still waited for.
vi.mock("../../../../stacks/providers/kit/clock.ts", async (original) => ({
  ...(await original<typeof import("../../../../stacks/providers/kit/clock.ts")>()),
  jitter: () => 0,
}));

const type = "cloudflare:index/dnsRecord:DnsRecord";
let fake: CloudflareFake;
let zone: FakeZone;
let token: string;
let provider: Provider;

async function providerWith(apiToken: string): Promise<Provider> {
  const made = createCloudflareProvider({ environment: { CLOUDFLARE_BASE_URL: fake.endpoint } });
  await made.configure({ apiToken });
  return made;
}

beforeEach(async () => {
  fake = await startCloudflare();
  zone = fake.addZone("example.com", { id: "a1", name: "Home" });
  token = fake.addToken({ zones: [zone.id], scopes: ["Zone:Read", "DNS:Edit"] });
  provider = await providerWith(token);
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

const said = (): PropertyMap => ({ zoneId: zone.id, name: "www", type: "A", ttl: 300, content: "198.51.100.4" });
const fail = (on: RegExp, how: CloudflareFault["how"], times = 1): void => void fake.faults.push({ on, how, times });

describe("a create", () => {
  const lost: [string, CloudflareFault["how"]][] = [
    ["the connection ends after it was carried out", { kind: "reset", reached: true }],
    ["the connection ends before it was carried out", { kind: "reset", reached: false }],
    ["its answer stops in the middle", { kind: "truncate" }],
    ["Cloudflare fails", { kind: "answer", status: 502, body: "<html>bad gateway</html>" }],
    ["Cloudflare is not there", { kind: "answer", status: 503, body: { success: false, errors: [] } }],
    ["Cloudflare answers nothing that is JSON", { kind: "answer", status: 200, body: "<html>hello</html>" }],
    ["Cloudflare answers no result", { kind: "answer", status: 200, body: { success: true } }],
  ];
  // A second record of the same content would be answered to everybody who asks.
  it.each(lost)("makes one record when %s", async (_title, how) => {
    fail(/^POST .*dns_records/, how);
    const driver = await new Driver(provider, type, "once").create(said());
    expect(fake.recordsOf(zone).map(({ id }) => id)).toEqual([driver.id]);
    await driver.delete();
    expect(fake.recordsOf(zone)).toEqual([]);
  });

  // Made by our lost call, and not yet in the list: Cloudflare itself then says that it is there.
  it("finds what it made when the list is behind", async () => {
    fail(/^POST .*dns_records/, { kind: "reset", reached: true });
    const empty = { success: true, result: [], result_info: { page: 1 } };
    const late = { on: /^GET .*dns_records\?/, times: 0, how: { kind: "answer", status: 200, body: empty } } as const;
    const rule: CloudflareFault = { ...late };
    fake.faults.push(rule, {
      on: /^POST .*dns_records/,
      times: 1,
      how: { kind: "meanwhile", run: () => (rule.times = 0) },
    });
    rule.times = 2;
    const driver = await new Driver(provider, type, "late").create(said());
    expect(fake.count(/^POST /)).toBe(2);
    expect(fake.recordsOf(zone).map(({ id }) => id)).toEqual([driver.id]);
  });

  // Somebody was quicker by a moment: it is theirs, though it is the same.
  it("does not take what somebody made meanwhile for its own", async () => {
    const run = (): void => void fake.addRecord(zone, { ...said(), comment: "theirs" });
    fail(/^POST .*dns_records/, { kind: "meanwhile", run });
    await expect(new Driver(provider, type, "raced").create(said())).rejects.toThrow(/comment "theirs"/);
    expect(fake.recordsOf(zone)).toHaveLength(1);
  });

  // After six attempts somebody else has to look: the next run of the same command goes on.
  it("ends with an error that says so when Cloudflare stays away", async () => {
    fail(/^POST .*dns_records/, { kind: "answer", status: 500, body: { success: false, errors: [] } }, 99);
    await expect(new Driver(provider, type, "never").create(said())).rejects.toThrow(
      /cannot create the record A www\.example\.com: .*HTTP 500.*run the same command again/,
    );
    expect(fake.count(/^POST /)).toBe(6);
  });
});

describe("the other calls", () => {
  // What was carried out and not answered is carried out again, which changes nothing.
  it.each(["PUT", "DELETE"])("a %s whose answer is lost is repeated", async (method) => {
    const driver = await new Driver(provider, type, "again").create(said());
    fail(new RegExp(`^${method} `), { kind: "reset", reached: true });
    if (method === "DELETE") await driver.delete();
    else await driver.update({ ...said(), ttl: 600 });
    expect(fake.count(new RegExp(`^${method} `))).toBe(2);
    expect(fake.recordsOf(zone).map(({ ttl }) => ttl)).toEqual(method === "DELETE" ? [] : [600]);
  });

  // It is gone, and an update cannot bring it back: the person decides.
  it("a change of what was removed meanwhile says so", async () => {
    const driver = await new Driver(provider, type, "gone").create(said());
    fake.recordsOf(zone).length = 0;
    await expect(driver.update({ ...said(), ttl: 600 })).rejects.toThrow(/the record A www\.example\.com disappeared/);
    expect(await driver.refresh()).toBe(false);
  });
});

describe("the limit of calls", () => {
  // 1,200 in five minutes, for everything of the account: whoever goes on is refused longer.
  it("is waited for as long as Cloudflare says, by all calls, and the person is told", async () => {
    const told = { statuses: [] as string[] };
    const driver = await new Driver(provider, type, "paced", contextOf(told)).create(said());
    fake.left = 0;
    await Promise.all([driver.refresh(), driver.update({ ...said(), ttl: 600 })]);
    expect(told.statuses.join("\n")).toMatch(/waiting 1 s: Cloudflare takes no more calls until then/);
    expect(fake.recordsOf(zone)[0]).toMatchObject({ ttl: 600 });
  });

  // Nobody sits before a command for an hour.
  it("ends the step when Cloudflare asks for longer than its own five minutes", async () => {
    const driver = await new Driver(provider, type, "hour").create(said());
    const body = { success: false, errors: [{ code: 971, message: "Please wait" }] };
    fail(/^GET /, { kind: "answer", status: 429, body, headers: { "retry-after": "3600" } });
    await expect(driver.refresh()).rejects.toThrow(/Please wait \(code 971\).*1,200 calls in five minutes/);
  });

  // Ctrl-C has to end a wait of minutes.
  it("is not waited for when the operation is cancelled", async () => {
    const driver = await new Driver(provider, type, "stopped").create(said());
    const body = { success: false, errors: [] };
    fail(/^GET /, { kind: "answer", status: 429, body, headers: { "retry-after": "200" } });
    const refreshed = driver.refresh();
    await vi.waitFor(() => expect(fake.faults[0]!.times).toBe(0));
    await provider.cancel();
    await expect(refreshed).rejects.toThrow();
  });
});

describe("a token", () => {
  const scopes: [string, Partial<FakeToken>, RegExp][] = [
    ["reads DNS only", { scopes: ["Zone:Read", "DNS:Read"] }, /cannot create .*code 10000.*lacks DNS:Edit here/],
    ["reads zones only", { scopes: ["Zone:Read"] }, /cannot list .*code 10000.*lacks DNS:Read here/],
    ["edits DNS only", { scopes: ["DNS:Edit"] }, /cannot read the zone .*code 9109.*lacks Zone:Read here/],
    ["is of another zone", { zones: [] }, /code 9109.*lacks Zone:Read here/],
  ];
  // The person makes a new one by what is said here.
  it.each(scopes)("that %s is told what it lacks", async (_title, limited, reason) => {
    const weak = await providerWith(fake.addToken({ zones: [zone.id], scopes: ["Zone:Read", "DNS:Edit"], ...limited }));
    const error = await new Driver(weak, type, "weak").create(said()).then(String, String);
    expect(error).toMatch(reason);
    expect(error).toContain("Zone:Read and DNS:Edit, for the zone in question only");
    expect(error).toContain("https://dash.cloudflare.com/profile/api-tokens");
    expect(fake.recordsOf(zone)).toEqual([]);
    await weak.close();
  });

  // What was made before stays in the state, and the next call says why it did not go on.
  it("that is revoked in the middle ends what comes after, and nothing is lost", async () => {
    const driver = await new Driver(provider, type, "before").create(said());
    fake.tokens.delete(token);
    const more = new Driver(provider, type, "after").create({ ...said(), name: "more" });
    await expect(more).rejects.toThrow(/Invalid API Token \(code 1000\).*wrong, has expired or been revoked/);
    await expect(driver.refresh()).rejects.toThrow(/Invalid API Token/);
    await expect(driver.delete()).rejects.toThrow(/Invalid API Token/);
    expect(fake.recordsOf(zone)).toHaveLength(1);
  });

  // Whatever goes wrong: a token in an error is in a log the next moment.
  it("is in no error", async () => {
    const body = { success: false, errors: [{ code: 1, message: `no ${token} here` }], messages: [] };
    fail(/^GET /, { kind: "answer", status: 400, body }, 99);
    const errors = [await new Driver(provider, type, "echo").create(said()).then(String, String)];
    expect(errors[0]).toContain("no [secret] here");
    for (const odd of [`${newToken()} x`, `${newToken()}\nx`, `${newToken()}é`, "short"]) {
      const wrong = await providerWith(odd);
      const error = await new Driver(wrong, type, "odd").create(said()).then(
        () => "",
        (cause: Error) => `${cause.stack} ${JSON.stringify(cause)}`,
      );
      expect(error).not.toBe("");
      expect(error).not.toContain(odd.slice(0, 20).trim().length > 10 ? odd.slice(0, 20) : odd);
      await wrong.close();
    }
  });
});

describe("a zone that is not there", () => {
  // A wrong id must not look like a record that was removed: a refresh would drop it.
  it("is an error, and no record is taken for gone", async () => {
    const driver = await new Driver(provider, type, "kept").create(said());
    fake.zones.length = 0;
    await expect(driver.refresh()).rejects.toThrow(
      /Could not route to .*there is no such zone, or the API token is for/,
    );
  });
});
