/** Where a name's DNS is, and what is in its way: who is asked in which order, and what to type next. Nobody is asked here. */
import { describe, expect, it } from "vitest";
import { againFor, placeOf, refuseOthers, type Turn } from "../../cli/operations/domain-dns.ts";
import type { DomainRequest } from "../../cli/operations/request.ts";
import { domainFaults } from "../../stacks/deploy/domain-faults.ts";
import type { OperationEvent } from "../../stacks/events.ts";

const host = "notes.example.com";
const record = { name: host, type: "A", value: "192.0.2.7" };
const zone = { zone: "example.com", zoneId: "Z1" } as const;

interface There {
  route53?: boolean;
  /** Of Cloudflare, as far as the token reads. */
  cloudflare?: boolean;
  /** That name servers are told at all, and are Cloudflare's. */
  inCloudflare?: boolean;
  token?: string;
  records?: (typeof record)[];
}

function turnOf(asked: Partial<DomainRequest>, there: There = {}) {
  const heard: OperationEvent[] = [];
  const calls: string[] = [];
  const answer = <T>(name: string, value: T) => {
    calls.push(name);
    return Promise.resolve(value);
  };
  const domains = {
    domainFaults,
    route53Zone: () => answer("route53", there.route53 ? { at: "route53", ...zone } : undefined),
    cloudflareZone: () => answer("cloudflare", there.cloudflare ? { dns: { at: "cloudflare", ...zone } } : undefined),
    publicZone: () => answer("dns", { zone: zone.zone, inCloudflare: there.inCloudflare === true }),
    recordsThere: () => answer("records", there.records ?? []),
  };
  const turn = {
    ...{ domains, site: "notes", cloud: {}, token: there.token },
    work: { emit: (event: OperationEvent) => heard.push(event), signal: new AbortController().signal },
    asked: { action: "add", host, waits: true, replaces: false, ...asked },
  } as unknown as Turn;
  return { turn, heard, calls };
}

describe("a name's DNS", () => {
  // A token that is kept is sent to nobody where the account's own zone has the name.
  it.each<[string, Partial<DomainRequest>, There, object, string[]]>([
    ["Route 53's", {}, { route53: true, token: "t" }, { dns: { at: "route53", ...zone } }, ["route53"]],
    [
      "Cloudflare's by its token",
      {},
      { cloudflare: true, token: "t" },
      { dns: { at: "cloudflare", ...zone } },
      ["route53", "cloudflare"],
    ],
    ["Cloudflare's when that is said", { dns: "cloudflare" }, { cloudflare: true, token: "t" }, {}, ["cloudflare"]],
    ["somebody else's", {}, {}, { dns: { at: "by-hand" } }, ["route53", "dns"]],
    ["a person's when that is said", { dns: "by-hand" }, { inCloudflare: true }, { dns: { at: "by-hand" } }, []],
  ])("is %s", async (_, asked, there, place, asks) => {
    const { turn, calls, heard } = turnOf(asked, there);
    expect(await placeOf(turn)).toMatchObject(place);
    expect([calls, heard]).toEqual([asks, []]);
  });

  // In one step where the zone is in Cloudflare: whoever has no token there yet is told, and asked where somebody sits.
  it.each<[string, Partial<DomainRequest>, There, RegExp]>([
    ["no token", {}, { inCloudflare: true }, /no API token is kept/],
    ["no token, and Cloudflare is said", { dns: "cloudflare" }, {}, /no API token is kept/],
    ["a token for other zones", {}, { inCloudflare: true, token: "t" }, /reads no zone of it/],
  ])("in Cloudflare, with %s, needs one", async (_, asked, there, why) => {
    const { turn, heard } = turnOf(asked, there);
    const next = `freehold domain add notes ${host}`;
    await expect(placeOf(turn)).rejects.toMatchObject({
      ...{ code: "cloudflare-token-needed", exitCode: 3, next: expect.stringContaining(next) },
      detail: expect.stringMatching(why),
    });
    expect(heard).toMatchObject([
      { type: "settings-needed", app: "notes", settings: [{ name: "CLOUDFLARE_API_TOKEN", type: "secret" }] },
    ]);
  });

  it.each<[Partial<DomainRequest>, There]>([
    [{ dns: "route53" }, {}],
    [{ dns: "cloudflare" }, { token: "t" }],
  ])("that is said and has no such zone (%j) is refused with the way that is left", async (asked, there) => {
    const { turn, heard } = turnOf({ ...asked, front: "cloudfront" }, there);
    const next = `freehold domain add notes ${host} --front cloudfront --dns by-hand`;
    await expect(placeOf(turn)).rejects.toMatchObject({ code: "domain-zone-missing", exitCode: 4, next });
    expect(heard).toEqual([]);
  });
});

describe("what a name leads to already", () => {
  const dns = { at: "route53", ...zone } as const;

  // The line is typed again as it stands: what was said before has to be in it.
  it("is refused with what to type, which says again what was said, and with what is there by now", async () => {
    const { turn } = turnOf({ front: "cloudfront", signin: "keep" }, { records: [record] });
    const next = `freehold domain add notes ${host} --front cloudfront --signin keep --replace-record`;
    await expect(refuseOthers(turn, dns)).rejects.toMatchObject({
      ...{ code: "domain-records-there", exitCode: 3, next },
      detail: expect.stringMatching(/192\.0\.2\.7\. Nothing was changed\./),
    });
    await expect(refuseOthers(turn, dns, true)).rejects.toMatchObject({
      detail: expect.not.stringContaining("Nothing was changed"),
    });
    expect(againFor(turn)).toBe(next.replace(" --replace-record", ""));
  });

  it("may go when somebody said so", async () => {
    expect(await refuseOthers(turnOf({ replaces: true }, { records: [record] }).turn, dns)).toEqual([record]);
  });
});
