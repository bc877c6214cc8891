/** Which zone a host belongs in: what a person types once, and has to be told when it cannot be said. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { zoneFor } from "../../../../stacks/providers/cloudflare/zone-for.ts";
import { type CloudflareFake, type FakeZone, startCloudflare } from "../../../support/cloudflare.ts";
import { contextOf } from "../aws/driver.ts";

let fake: CloudflareFake;
let token: string;
const zones = new Map<string, FakeZone>();

const find = (host: string, apiToken = token) =>
  zoneFor(host, { environment: { CLOUDFLARE_BASE_URL: fake.endpoint }, apiToken }, contextOf());

beforeAll(async () => {
  fake = await startCloudflare();
  const [home, club] = ["Home", "Club"].map((name) => ({ id: `id of ${name}`, name }));
  const add = (name: string, account: FakeZone["account"], status: FakeZone["status"]): void =>
    void zones.set(`${name} ${account.name}`, fake.addZone(name, account, status));
  add("example.com", home!, "active");
  add("dev.example.com", home!, "active");
  add("new.example.com", home!, "pending");
  add("example.co.uk", home!, "active");
  add("xn--bcher-kva.example", home!, "active");
  add("both.net", home!, "pending");
  add("both.net", club!, "active");
  add("waits.net", home!, "pending");
  add("doubt.net", home!, "pending");
  add("doubt.net", club!, "pending");
  token = fake.addToken({ zones: "all", scopes: ["Zone:Read", "DNS:Edit"] });
});
afterAll(async () => await fake?.close());

describe("the zone of a host", () => {
  it.each([
    // The longest: records of a zone that another has taken a part of are not asked for there.
    ["notes.example.com", "notes.example.com", "example.com Home"],
    ["notes.dev.example.com", "notes.dev.example.com", "dev.example.com Home"],
    ["dev.example.com", "dev.example.com", "dev.example.com Home"],
    // A zone that waits for its name servers is asked by nobody.
    ["notes.new.example.com", "notes.new.example.com", "example.com Home"],
    ["a.b.c.d.example.co.uk", "a.b.c.d.example.co.uk", "example.co.uk Home"],
    // As people write it.
    ["Notes.Example.COM.", "notes.example.com", "example.com Home"],
    ["notizen.Bücher.example", "notizen.xn--bcher-kva.example", "xn--bcher-kva.example Home"],
    ["notizen.xn--bcher-kva.example", "notizen.xn--bcher-kva.example", "xn--bcher-kva.example Home"],
    // It became active in one of two accounts.
    ["notes.both.net", "notes.both.net", "both.net Club"],
    // No other: the person still has to change the domain's name servers.
    ["notes.waits.net", "notes.waits.net", "waits.net Home"],
  ])("%s is found", async (said, host, key) => {
    const { id, name, account, status } = zones.get(key)!;
    const nameServers = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"];
    expect(await find(said)).toEqual({ host, zoneId: id, zone: name, account, status, nameServers });
  });

  // Nobody guesses between two accounts.
  it("is not guessed when it waits in two accounts", async () => {
    await expect(find("notes.doubt.net")).rejects.toThrow(
      /several zones of Cloudflare fit notes\.doubt\.net \(doubt\.net of Home \(pending, .*doubt\.net of Club \(pending/,
    );
  });

  // What merely ends alike is somebody else's domain.
  it.each(["notexample.com", "example.org", "com.example", "co.uk"])("%s has none here", async (said) => {
    await expect(find(said)).rejects.toThrow(/no zone of Cloudflare fits .*lacks Zone:Read for it/);
  });

  // A token sees its own zones, and nobody can tell the others from none.
  it("is none to a token of another zone", async () => {
    const other = fake.addToken({ zones: [zones.get("example.com Home")!.id], scopes: ["Zone:Read"] });
    expect((await find("notes.example.com", other)).zone).toBe("example.com");
    // To this token there is only the longer one's parent.
    expect((await find("notes.dev.example.com", other)).zone).toBe("example.com");
    await expect(find("notes.waits.net", other)).rejects.toThrow(/no zone of Cloudflare fits/);
  });

  // Asked for by mistake, with what people copy from an address bar.
  it.each([
    "",
    "localhost",
    "https://notes.example.com",
    "notes.example.com/a",
    "notes..com",
    "-a.com",
    "127.0.0.1",
    "::1",
  ])("%j is no host, and nobody is asked", async (said) => {
    const calls = fake.seen.length;
    await expect(find(said)).rejects.toThrow(/is no host name; expected one such as notes\.example\.com/);
    expect(fake.seen.length).toBe(calls);
  });
});
