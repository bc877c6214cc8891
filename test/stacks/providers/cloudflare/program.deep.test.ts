/**
 * More whole programs: the token from each place it may be in, and in none that is kept in plain; zones of several
 * accounts; an end in the middle.
 */
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { getZoneOutput } from "@pulumi/cloudflare/getZone.js";
import { getZonesOutput } from "@pulumi/cloudflare/getZones.js";
import { Provider } from "@pulumi/cloudflare/provider.js";
import { Record as OldRecord } from "@pulumi/cloudflare/record.js";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ground, www } from "./programs.ts";

let ground: Ground;
beforeEach(async () => {
  ground = await Ground.make();
});
afterEach(async () => await ground.close());

describe("a program", () => {
  // Two accounts of one person, each with its token; none of it in the configuration.
  it("has providers of its own for two accounts, whose tokens are secrets without being said to be", async () => {
    const elsewhere = ground.fake.addZone("example.org", { id: "a2", name: "Club" });
    const second = ground.fake.addToken({ zones: [elsewhere.id], scopes: ["Zone:Read", "DNS:Edit"] });
    const stack = await ground.stack(async () => {
      const [home, club] = [
        new Provider("home", { apiToken: ground.token }),
        new Provider("club", { apiToken: second }),
      ];
      const id = getZoneOutput({ filter: { name: "example.org" } }, { provider: club }).zoneId;
      www(ground.zone.id, {}, { provider: home });
      new DnsRecord("club", { zoneId: id, name: "@", type: "TXT", ttl: 1, content: "hello" }, { provider: club });
    });
    await stack.up(ground.heard);
    expect([ground.zone, elsewhere].map((one) => ground.fake.recordsOf(one).length)).toEqual([1, 1]);
    expect((await stack.refresh(ground.heard)).summary.resourceChanges).toEqual({ same: 5 });
    await stack.destroy(ground.heard);
    expect([ground.zone, elsewhere].map((one) => ground.fake.recordsOf(one).length)).toEqual([0, 0]);
    for (const secret of [ground.token, second]) expect(ground.kept()).not.toContain(secret);
  });

  // Set without --secret it is in the settings file as it was put there, and told with them; the state is another matter.
  it("keeps a token out of the state that the configuration has in plain", async () => {
    const stack = await ground.stack(async () => void www(ground.zone.id));
    await stack.setConfig("cloudflare:apiToken", { value: ground.token });
    await stack.up();
    expect((await stack.up()).summary.resourceChanges).toEqual({ same: 2 });
    expect(ground.kept(".pulumi/stacks")).toContain("pulumi:providers:cloudflare");
    expect(ground.kept(".pulumi/stacks")).not.toContain(ground.token);
    await stack.destroy();
  });

  // As every tool of Cloudflare's takes it.
  it("takes the token of the environment, and says what is wrong without one", async () => {
    const program: PulumiFn = async () => void www(ground.zone.id);
    const without = await ground.stack(program);
    await expect(without.up(ground.heard)).rejects.toThrow(/no Cloudflare API token is configured; make one with/);
    const stack = await ground.stack(program, { CLOUDFLARE_API_TOKEN: ground.token });
    await stack.up(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toHaveLength(1);
    await stack.destroy(ground.heard);
    expect(ground.kept()).not.toContain(ground.token);
  });

  // The class was called Record before; upstream renamed it and its state goes on.
  it("goes on under the class's new name", async () => {
    const inputs = { zoneId: ground.zone.id, name: "www", type: "CNAME", ttl: 1, content: "app.example.net" };
    const before = await ground.stack(async () => void new OldRecord("www", inputs), {
      CLOUDFLARE_API_TOKEN: ground.token,
    });
    await before.up(ground.heard);
    const after = await ground.stack(async () => void new DnsRecord("www", inputs), {
      CLOUDFLARE_API_TOKEN: ground.token,
    });
    expect((await after.up(ground.heard)).summary.resourceChanges).toEqual({ same: 2 });
    await after.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([]);
  });

  // Revoked half way: what was made is in the state, and with a new token the same command goes on.
  it("goes on with a new token where the old one was revoked", async () => {
    const program: PulumiFn = async () => {
      const first = www(ground.zone.id);
      new DnsRecord("second", {
        zoneId: ground.zone.id,
        name: first.name.apply((name) => `b.${name}`),
        type: "TXT",
        ttl: 1,
        content: "x",
      });
    };
    const revoke = (): void => void ground.fake.tokens.delete(ground.token);
    for (const run of [() => undefined, revoke])
      ground.fake.faults.push({ on: /^POST /, times: 1, how: { kind: "meanwhile", run } });
    const stack = await ground.stack(program, { CLOUDFLARE_API_TOKEN: ground.token });
    await expect(stack.up(ground.heard)).rejects.toThrow(/Invalid API Token \(code 1000\)/);
    const next = ground.fake.addToken({ zones: [ground.zone.id], scopes: ["Zone:Read", "DNS:Edit"] });
    const again = await ground.stack(program, { CLOUDFLARE_API_TOKEN: next });
    await again.up(ground.heard);
    expect(ground.fake.recordsOf(ground.zone).map(({ name }) => name)).toEqual([
      "www.example.com",
      "b.www.example.com",
    ]);
    await again.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([]);
    for (const secret of [ground.token, next]) expect(ground.kept()).not.toContain(secret);
  });
});

describe("a zone", () => {
  const lookUp = async (args: Parameters<typeof getZoneOutput>[0]) => {
    const stack = await ground.stack(async () => ({ id: getZoneOutput(args).zoneId }), {
      CLOUDFLARE_API_TOKEN: ground.token,
    });
    return (await stack.up(ground.heard)).outputs["id"]?.value as string;
  };

  // One name may be waiting in the accounts of several people: only its owner's becomes active.
  it("is found by name, account and status, and is never guessed", async () => {
    const waiting = ground.fake.addZone("example.com", { id: "a2", name: "Club" }, "pending");
    ground.fake.tokens.get(ground.token)!.zones = "all";
    expect(await lookUp({ filter: { name: "example.com", status: "pending" } })).toBe(waiting.id);
    expect(await lookUp({ filter: { name: "example.com", account: { name: "Home" } } })).toBe(ground.zone.id);
    expect(await lookUp({ zoneId: waiting.id })).toBe(waiting.id);
    await expect(lookUp({ filter: { name: "example.com" } })).rejects.toThrow(
      /several zones of Cloudflare fit .*example\.com of Home \(active, .*example\.com of Club \(pending/,
    );
    await expect(lookUp({ filter: { name: "example.net" } })).rejects.toThrow(/no zone of Cloudflare fits .*Zone:Read/);
  });

  // A person with many domains has more than one page of them.
  it("is among all of them, however many there are", async () => {
    for (let at = 0; at < 120; at++) ground.fake.addZone(`n${at}.example.com`, { id: "a1", name: "Home" });
    ground.fake.tokens.get(ground.token)!.zones = "all";
    const stack = await ground.stack(
      async () => ({
        all: getZonesOutput({}).results.apply((zones) => zones.length),
        some: getZonesOutput({ maxItems: 60 }).results.apply((zones) => zones.length),
      }),
      { CLOUDFLARE_API_TOKEN: ground.token },
    );
    const { outputs } = await stack.up(ground.heard);
    expect([outputs["all"]?.value, outputs["some"]?.value]).toEqual([121, 60]);
  });
});
