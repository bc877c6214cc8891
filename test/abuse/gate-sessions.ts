/** Sessions, codes and keys as attackers send them to a gate: describes that `gate.test.ts` runs on its cloud. */
import { expect, it } from "vitest";
import { at, get, minter, numbered, post, seconds, withKey, withToken } from "./gated-probe.ts";
import { raw } from "./raw.ts";

export function sessions(): void {
  const token = (): string => /freehold-session=([^;]+)/.exec(at.owner)![1]!;

  // Row L12: a signature that can be written in two ways is one that can be changed and still passes.
  it("every single changed character of a session makes it none", async () => {
    expect((await withToken(token())).status).toBe(200);
    const dots = [...token().matchAll(/\./g)].map(({ index }) => index);
    for (const place of [
      0,
      1,
      dots[0]! + 1,
      dots[1]! + 1,
      dots[1]! + 40,
      dots[2]! + 1,
      token().length - 2,
      token().length - 1,
    ]) {
      const other = token()[place] === "A" ? "B" : "A";
      expect((await withToken(token().slice(0, place) + other + token().slice(place + 1))).status, `${place}`).toBe(
        401,
      );
    }
    for (const text of [
      `${token()}=`,
      `${token()}!`,
      `${token()}.x`,
      token().slice(0, -1),
      token().replace("v2.", "v1."),
      token().replace(/^v2\.[0-9a-f]+\./, "v1."),
    ])
      expect((await withToken(text)).status, text.slice(-3)).toBe(401);
  });

  // The mistakes JSON Web Tokens made famous.
  it("no algorithm can be chosen, and no claims can be put under another signature", async () => {
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const [, kid, , signature] = token().split(".");
    const payload = encoded({ aud: "home/probe", sub: "owner", role: "owner", sid: "x", iat: 0, exp: 9_999_999_999 });
    for (const text of [
      `${encoded({ alg: "none" })}.${payload}.`,
      `v2.${kid}.${payload}.`,
      `v2.${kid}.${payload}.${signature}`,
      `v2.${kid}.${payload}.${"A".repeat(86)}`,
      `v2.${"0".repeat(16)}.${payload}.${signature}`,
      `v2.../../links.${payload}.${signature}`,
      `none.${kid}.${payload}.${signature}`,
    ])
      expect((await withToken(text)).status).toBe(401);
  });

  // Apps of one cloud share a computer, not their visitors.
  it("a session of one app is none at another, nor at the sign-in site", async () => {
    const answer = await numbered(["GET /api/x HTTP/1.1", `Host: ${at.otherHost}`, `Cookie: ${at.owner}`]);
    expect(answer.status).toBe(401);
    const signin = await raw(at.port, [
      "GET / HTTP/1.1",
      `Host: signin--home.localhost:${at.port}`,
      `Cookie: ${at.owner}`,
    ]);
    expect(signin.text).not.toContain(token());
  });

  // What signs is held by the sign-in function alone; that it is asked rightly is tried with a key of the test's own.
  it("one that is over, of tomorrow, of no row, of another key or of a guest elsewhere opens nothing", async () => {
    const mint = await minter();
    const ok = await mint.session({ sub: "owner", role: "owner" });
    expect((await withToken(ok({}))).status).toBe(200);
    for (const change of [
      { exp: seconds() - 1 },
      { iat: seconds() + 120 },
      { aud: "home/other" },
      { aud: "home/signin" },
      { aud: "work/probe" },
      { sid: "0000" },
      { sub: "guest/1" },
    ])
      expect((await withToken(ok(change))).status, JSON.stringify(change)).toBe(401);
    expect((await withToken(ok({ iat: seconds() + 45 }))).status).toBe(200);
    const elsewhere = await mint.session({ sub: "guest/2", role: "reader", app: "other" });
    expect((await withToken(elsewhere({}))).status).toBe(401);
    const nowhere = await mint.session({ sub: "guest/3", role: "owner" });
    expect((await withToken(nowhere({}))).status).toBe(401);
  });

  it("a guest is one in every word that the app is told, and nothing the guest sends changes that", async () => {
    const mint = await minter();
    const guest = await mint.session({ sub: "guest/77", role: "reader", app: "probe" });
    const { text } = await withToken(guest({ role: "owner" }), "/api/x?role=owner");
    const { headers } = JSON.parse(text);
    expect(headers).toMatchObject({ "x-freehold-user": "guest/77", "x-freehold-role": "reader" });
    const claims = JSON.parse(Buffer.from(headers["x-freehold-identity"].split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: "guest/77", role: "reader", aud: "probe" });
    const forged = await get(
      "/api/x",
      `Cookie: freehold-session=${guest({})}`,
      "X-Freehold-Role: owner",
      "X_Freehold_User: owner",
    );
    expect(JSON.parse(forged.text).headers).toMatchObject({
      "x-freehold-role": "reader",
      "x-freehold-user": "guest/77",
    });
  });
}

export function codes(): void {
  const verifier = "v".repeat(43);

  // Row L12: a session that an attacker set beforehand does not become the owner's; a code that somebody overheard is none.
  it("a code without the cookie it was asked with, made up, or used is none", async () => {
    for (const [query, cookie] of [
      ["code=code-0123456789abcdef0123", ""],
      ["code=code-0123456789abcdef0123", `freehold-signin=${verifier}`],
      ["code=%3Cscript%3E", `freehold-signin=${verifier}`],
      [`code=${"a".repeat(201)}`, `freehold-signin=${verifier}`],
      ["code=code-0123456789abcdef0123&code=x", `freehold-signin=${verifier}`],
    ]) {
      const answer = await get(`/.freehold/signin?${query}`, `Cookie: ${cookie}`);
      expect(answer.status, query).toBe(401);
      expect(answer.headers).not.toHaveProperty("set-cookie");
    }
  });

  // Row L13: where it leads to is all an attacker needs.
  it.each([
    "//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "/@evil.example//",
  ])("never leads to another site: %s", async (to) => {
    for (const path of [`/.freehold/signin?to=${encodeURIComponent(to)}`, "/"]) {
      const { status, headers } = await get(path, "Accept: text/html");
      expect(status).toBe(302);
      const location = new URL(headers["location"]!);
      expect(location.origin).toBe(`http://signin--home.localhost:${at.port}`);
      const target = location.searchParams.get("to")!;
      expect(target).not.toMatch(/^(\/[/\\]|[^/])/);
      expect(new URL(target, at.url).host).toBe(at.host);
    }
  });

  it("a host that was made up is in no address", async () => {
    const answer = await get(
      "/",
      "Accept: text/html",
      "X-Forwarded-Host: evil.example",
      "Forwarded: host=evil.example",
    );
    expect(answer.head).not.toContain("evil.example");
  });
}

export function keys(): void {
  const made = (...args: string[]) => at.home.json<{ id: string; key: string }>("key", "new", "probe", ...args);

  it("open their routes for their verbs, and nothing else, whatever is beside them; taken away, nothing at once", async () => {
    const { id, key } = await made("--routes", "/api/*", "--verbs", "GET");
    const told = JSON.parse((await withKey(key, "/api/x")).text);
    expect(told.headers).toMatchObject({ "x-freehold-key": id, "x-freehold-role": "owner" });
    expect(JSON.stringify(told)).not.toContain(key);
    for (const path of ["/", "/docs/", "/share/x", "/API/x"])
      expect((await withKey(key, path, `Cookie: ${at.owner}`)).status, path).toBe(403);
    for (const path of ["/api/..;/x", "/api/%2e%2e/", "/api//x"])
      expect((await withKey(key, path)).status, path).toBe(400);
    expect((await post("/api/x", `Authorization: Bearer ${key}`)).status).toBe(403);
    expect((await post("/api/x", `Authorization: Bearer ${key}`, "X-HTTP-Method-Override: GET")).status).toBe(403);
    expect(
      (await numbered(["GET /api/x HTTP/1.1", `Host: ${at.otherHost}`, `Authorization: Bearer ${key}`])).status,
    ).toBe(401);
    await at.home.freehold("key", "rm", "probe", id, "--yes");
    expect((await withKey(key, "/api/x")).status).toBe(401);
  });
}
