/**
 * The sign-in function over a real table: links, codes, sessions, passkeys, invitations and keys work once, for whom and
 * in the time they are meant for, and nothing that is forged, replayed, too old or somebody else's works at all.
 */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { newId, newToken, rowId } from "../../../stacks/functions/shared/rows.ts";
import { sitePath } from "../../../stacks/functions/shared/site-path.ts";
import { host, now, origin, type Site, signinSite, table } from "./signin-site.ts";

let site: Site;
beforeAll(async () => {
  site = await signinSite(["notes", "diary"]);
});
afterAll(() => site.close());
afterEach(() => {
  vi.useRealTimers();
});

/** The clock of function and cloud, which are one process here. */
function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

const verifier = newToken();
const challenge = createHash("sha256").update(verifier).digest("base64url");
const toNotes = { app: "notes", to: "/a?b=1", challenge };

async function codeFor(cookies: string[], query: Record<string, string> = toNotes): Promise<string> {
  const { statusCode, headers } = await site.ask("GET", "/authorize", { query, cookies });
  expect(statusCode).toBe(303);
  return new URL(headers["location"]!).searchParams.get("code")!;
}

const exchange = (code: string, more: object = {}) =>
  site.gate({ ask: "exchange", app: "notes", code, verifier, ...more });

async function sessionFor(cookies: string[]): Promise<string> {
  return (await exchange(await codeFor(cookies))).session!;
}

describe("a link", () => {
  // Row L13: a link is worth one browser.
  it("signs one browser in, which may open it again, and no other", async () => {
    const link = await site.link();
    const first = await site.ask("GET", "/link", { query: { link }, shown: false });
    expect([first.statusCode, first.headers["location"]]).toEqual([
      303,
      "http://notes--home.localhost:4780/.freehold/signin?to=%2F",
    ]);
    expect(first.cookies![0]).toMatch(
      /^__Host-session=v2\.[\w.-]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure$/,
    );
    const again = await site.ask("GET", "/link", { query: { link }, shown: false, cookies: site.cookiesOf(first) });
    expect([again.statusCode, again.headers["location"], again.cookies]).toEqual([303, first.headers["location"], []]);
    const stranger = await site.ask("GET", "/link", { query: { link } });
    expect([stranger.statusCode, stranger.cookies]).toEqual([401, undefined]);
    expect(stranger.body).toContain("works once, and for 5 minutes");
  });

  it("makes one session, whoever opens it at once", async () => {
    const before = (await site.rows("session/")).length;
    const link = await site.link();
    const all = await Promise.all(Array.from({ length: 8 }, () => site.ask("GET", "/link", { query: { link } })));
    expect(all.map(({ statusCode }) => statusCode).sort()).toEqual([303, ...Array.from({ length: 7 }, () => 401)]);
    expect((await site.rows("session/")).length).toBe(before + 1);
  });

  it("is too old after five minutes, and nothing that cannot be one is looked up", async () => {
    const link = await site.link();
    later(301);
    expect((await site.ask("GET", "/link", { query: { link } })).statusCode).toBe(401);
    for (const bad of ["", "short", "x".repeat(500), "../../session/0123456789abcdef", `${newToken()}\n`])
      expect((await site.ask("GET", "/link", { query: { link: bad } })).statusCode).toBe(401);
  });

  it("leads a browser without a passkey to where it gets one, others and programs on to the app", async () => {
    const to = async (shown?: false) =>
      (await site.ask("GET", "/link", { query: { link: await site.link() }, ...(shown === false ? { shown } : {}) }))
        .headers["location"];
    expect(await to()).toBe("/passkeys/new?app=notes");
    expect(await to(false)).toMatch(/^http:\/\/notes--home/);
    const { answer } = await site.add(await site.signedIn());
    expect(answer.statusCode).toBe(200);
    expect(await to()).toMatch(/^http:\/\/notes--home/);
    const enrol = await site.link({ purpose: "enrol", app: "gone" });
    expect((await site.ask("GET", "/link", { query: { link: enrol } })).headers["location"]).toBe("/passkeys/new");
  });

  // Row L13: whoever tries links by the thousand is stopped before a table is asked for them; others are not.
  it("is looked for no more than 300 times a minute from one address", async () => {
    const from = "203.0.113.9";
    const hash = createHash("sha256").update(from).digest("hex");
    const minute = Math.floor(now() / 60) * 60;
    // In whichever of two windows this runs, should a minute end meanwhile.
    for (const start of [minute, minute + 60])
      await site.put(`tried/link/${hash} ${start}`, { n: 298, expires: start + 3600 });
    const guess = (from: string) => site.ask("GET", "/link", { query: { link: "x" }, from, shown: false });
    const answers = [await guess(from), await guess(from), await guess(from), await guess(from), await guess(from)];
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused.length).toBeLessThanOrEqual(3);
    expect(Number(refused[0]?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await guess("203.0.113.10")).statusCode).toBe(401);
  });
});

describe("the way to an app", () => {
  it("is a code for this app, this browser and a minute, once", async () => {
    const cookies = await site.signedIn();
    const answer = await site.ask("GET", "/authorize", { query: toNotes, cookies });
    expect(answer.headers["location"]).toMatch(
      /^http:\/\/notes--home\.localhost:4780\/\.freehold\/signin\?code=[\w-]{43}&to=%2Fa%3Fb%3D1$/,
    );
    const code = new URL(answer.headers["location"]!).searchParams.get("code")!;
    expect(await exchange(code, { app: "diary" })).toEqual({ session: null });
    expect(await exchange(code, { verifier: newToken() })).toEqual({ session: null });
    const { session } = await exchange(code);
    expect(await site.sessionIn(session, "home/notes")).toMatchObject({ sub: "owner", role: "owner" });
    expect(await site.sessionIn(session, "home/diary")).toBeNull();
    expect(await exchange(code)).toEqual({ session: null });
    const slow = await codeFor(cookies);
    later(61);
    expect(await exchange(slow)).toEqual({ session: null });
  });

  it("shows the page to sign in to whoever is nobody, and leads to no app that is not there", async () => {
    const nobody = await site.ask("GET", "/authorize", { query: toNotes });
    expect([nobody.statusCode, nobody.body.includes('data-do="signin"')]).toEqual([200, true]);
    expect((await site.ask("GET", "/authorize", { query: toNotes, shown: false })).statusCode).toBe(401);
    const cookies = await site.signedIn();
    for (const query of [
      { ...toNotes, app: "gone" },
      { ...toNotes, app: "../x" },
      { ...toNotes, app: "foundation" },
      { ...toNotes, app: "notes--gate" },
      { ...toNotes, challenge: "short" },
      { app: "notes" },
      {},
    ] as Record<string, string>[])
      expect((await site.ask("GET", "/authorize", { query, cookies })).statusCode, JSON.stringify(query)).toBe(404);
    expect(site.asked.join(" ")).not.toMatch(/\.\.|gate--gate|foundation/);
  });

  // Row L13: an open redirect would carry a code, and the owner, to somebody else.
  it("goes to paths of the app's own site, whatever it is asked for", async () => {
    const cookies = await site.signedIn();
    for (const to of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/.//evil.example",
      "/\t/evil",
      "javascript:x",
      "",
      "/a\r\nset-cookie: x",
    ]) {
      expect(sitePath(to)).toBe("/");
      const { headers } = await site.ask("GET", "/authorize", { query: { ...toNotes, to }, cookies });
      expect(headers["location"]).toMatch(
        /^http:\/\/notes--home\.localhost:4780\/\.freehold\/signin\?code=[\w-]{43}&to=%2F$/,
      );
    }
  });

  it("is renewed while it is used, and ends 24 hours after the last time", async () => {
    const session = await sessionFor(await site.signedIn());
    later(23 * 3600);
    const renewed = (await site.gate({ ask: "renew", app: "notes", session })).session;
    expect((await site.sessionIn(renewed, "home/notes"))!.exp).toBe(now() + 86_400);
    later(2 * 3600);
    expect(await site.gate({ ask: "renew", app: "notes", session })).toEqual({ session: null });
    expect((await site.gate({ ask: "renew", app: "notes", session: renewed })).session).toBeTruthy();
    later(24 * 3600);
    expect(await site.gate({ ask: "renew", app: "notes", session: renewed })).toEqual({ session: null });
  });

  // Row L12, cookies that are forged or of another app: only what this function signed, for this app, of a session that stands.
  it("is renewed for nothing forged, of another app, of this site, or ended", async () => {
    const cookies = await site.signedIn();
    const session = await sessionFor(cookies);
    const [version, kid, payload, signature] = session.split(".") as [string, string, string, string];
    const own = cookies[0]!.split("=")[1]!;
    const forged = Buffer.from(
      JSON.stringify({ aud: "home/notes", sub: "owner", role: "owner", sid: "x", iat: 0, exp: 9e9 }),
    ).toString("base64url");
    for (const bad of [
      own,
      `v1.${payload}.${signature}`,
      `v2.${"0".repeat(16)}.${payload}.${signature}`,
      `${version}.${kid}.${forged}.${signature}`,
      `${version}.${kid}.${payload}.${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`,
      `${version}.${kid}.${payload}`,
      `${version}.${kid}.${payload}.`,
      "",
      7,
      null,
    ])
      expect(await site.gate({ ask: "renew", app: "notes", session: bad }), String(bad)).toEqual({ session: null });
    expect(await site.gate({ ask: "renew", app: "diary", session })).toEqual({ session: null });
    expect(await site.gate({ ask: "end", app: "diary", session })).toEqual({ session: null });
    expect((await site.gate({ ask: "renew", app: "notes", session })).session).toBeTruthy();
    await site.gate({ ask: "end", app: "notes", session });
    expect(await site.gate({ ask: "renew", app: "notes", session })).toEqual({ session: null });
    // At this site, too: signed out is signed out.
    expect((await site.ask("GET", "/authorize", { query: toNotes, cookies })).statusCode).toBe(200);
  });

  it("keeps this site's cookie alive with its use", async () => {
    const cookies = await site.signedIn();
    later(3601);
    const answer = await site.ask("GET", "/authorize", { query: toNotes, cookies });
    expect(await site.sessionIn(answer.cookies![0]!.split(/[=;]/)[1]!, "home/signin")).toMatchObject({
      exp: now() + 86_400,
    });
  });

  it("takes a token of a clock that is a little ahead, and none from the future", async () => {
    const cookies = await site.signedIn();
    const session = await sessionFor(cookies);
    later(-30);
    expect((await site.gate({ ask: "renew", app: "notes", session })).session).toBeTruthy();
    later(-60);
    expect(await site.gate({ ask: "renew", app: "notes", session })).toEqual({ session: null });
  });
});

describe("signing out", () => {
  it("ends this browser, or all of the person's", async () => {
    const [one, two, three] = [await site.signedIn(), await site.signedIn(), await site.signedIn()];
    const isIn = async (cookies: string[]) =>
      (await site.ask("GET", "/", { cookies })).body.includes("You are signed in");
    const out = await site.ask("POST", "/signout", { cookies: one });
    expect([out.statusCode, out.cookies!.every((line) => line.includes("Max-Age=0"))]).toEqual([303, true]);
    expect([await isIn(one), await isIn(two), await isIn(three)]).toEqual([false, true, true]);
    await site.ask("POST", "/signout/everywhere", { cookies: two });
    expect([await isIn(two), await isIn(three)]).toEqual([false, false]);
    expect(await site.rows("session/")).toEqual([]);
  });

  // Row L13: SameSite is not counted as a defence.
  it("and all else that changes something is asked for by this site's own pages only", async () => {
    const cookies = await site.signedIn();
    for (const path of [
      "/signout",
      "/signout/everywhere",
      "/signin",
      "/signin/options",
      "/passkeys",
      "/passkeys/options",
      "/invite",
      "/invite/options",
    ])
      for (const from of [
        "http://notes--home.localhost:4780",
        "http://signin--home.localhost:4781",
        "https://signin--home.localhost:4780",
        "null",
        "",
      ])
        expect(
          (await site.ask("POST", path, { cookies, headers: { origin: from }, body: {} })).statusCode,
          `${path} ${from}`,
        ).toBe(403);
    expect((await site.rows("session/")).length).toBe(1);
    for (const [method, path] of [
      ["DELETE", "/signout"],
      ["PUT", "/link"],
      ["POST", "/link"],
      ["HEAD", "/link"],
    ] as const)
      expect([404, 405]).toContain((await site.ask(method, path, { cookies })).statusCode);
  });
});

describe("a passkey", () => {
  it("is added by whoever has just signed in, and signs in from then on", async () => {
    const { answer, passkey } = await site.add(await site.signedIn(), {}, "  My\n<b>key</b> ");
    expect(answer.statusCode).toBe(200);
    const signed = await site.use(passkey.get(await site.challenge()));
    expect(signed.statusCode).toBe(200);
    const home = await site.ask("GET", "/", { cookies: site.cookiesOf(signed) });
    expect(home.body).toContain("<li>My &#60;b&#62;key&#60;/b&#62;</li>");
    const [row] = (await site.rows("passkey/")).filter(({ id }) => id.endsWith(passkey.id));
    expect(row).toMatchObject({
      sub: "owner",
      name: "My <b>key</b>",
      host,
      used: expect.any(Number),
      transports: ["internal"],
    });
    expect((await site.rows("session/")).map(({ by }) => by)).toContain("My <b>key</b>");
  });

  // Row L12: each thing that makes an answer good, wrong one at a time.
  it("is not accepted from elsewhere, for another host, unverified, twice, or for another ceremony", async () => {
    const { passkey } = await site.add(await site.signedIn());
    const refused = async (response: object) => expect((await site.use(response)).statusCode).toBe(401);
    for (const wrong of [
      { origin: "http://notes--home.localhost:4780" },
      { origin: "http://signin--home.localhost:4781" },
      { rpId: "localhost" },
      { rpId: "home.localhost" },
      { unverified: true },
      { type: "webauthn.create" },
      { challenge: newToken() },
    ] as const)
      await refused(passkey.get(await site.challenge(), wrong));
    const asked = await site.challenge();
    expect((await site.use(passkey.get(asked))).statusCode).toBe(200);
    await refused(passkey.get(asked));
    const old = await site.challenge();
    later(301);
    await refused(passkey.get(old));
    vi.useRealTimers();
    const cookies = await site.signedIn();
    const options = JSON.parse((await site.ask("POST", "/passkeys/options", { cookies, body: {} })).body);
    await refused(passkey.get(options.challenge));
    for (const nothing of [
      {},
      { id: passkey.id },
      { id: 7 },
      { id: "passkey/x" },
      { id: passkey.id, response: { clientDataJSON: "x" } },
    ])
      await refused(nothing);
  });

  it("is not added from elsewhere, for another host, unverified, twice, by an old session or by nobody", async () => {
    const cookies = await site.signedIn();
    for (const wrong of [
      { origin: "http://evil.example" },
      { rpId: "evil.example" },
      { unverified: true },
      { type: "webauthn.get" },
    ] as const)
      expect((await site.add(cookies, wrong)).answer.statusCode).toBe(400);
    const asked = await site.challenge();
    expect((await site.add(cookies, { challenge: asked })).answer.statusCode).toBe(400);
    expect((await site.ask("POST", "/passkeys/options", { body: {} })).statusCode).toBe(401);
    later(901);
    expect((await site.ask("POST", "/passkeys/options", { cookies, body: {} })).statusCode).toBe(401);
    expect((await site.ask("GET", "/passkeys/new", { cookies })).body).toContain('data-do="signin"');
  });

  it("that is copied is found by its counter", async () => {
    const { passkey } = await site.add(await site.signedIn());
    expect((await site.use(passkey.get(await site.challenge(), { counter: 5 }))).statusCode).toBe(200);
    expect((await site.use(passkey.get(await site.challenge(), { counter: 5 }))).statusCode).toBe(401);
    expect((await site.use(passkey.get(await site.challenge(), { counter: 6 }))).statusCode).toBe(200);
  });

  it("of each of two devices at once is kept, and each is told of the others", async () => {
    const cookies = await site.signedIn();
    const both = await Promise.all([site.add(cookies), site.add(cookies)]);
    for (const { passkey } of both) expect((await site.use(passkey.get(await site.challenge()))).statusCode).toBe(200);
    const options = JSON.parse(
      (await site.ask("POST", "/passkeys/options", { cookies: await site.signedIn(), body: {} })).body,
    );
    const told = options.excludeCredentials.map(({ id }: { id: string }) => id);
    expect(told).toEqual(expect.arrayContaining(both.map(({ passkey }) => passkey.id)));
    expect(options).toMatchObject({
      rp: { id: host },
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
  });

  // A local cloud may be given another port: passkeys are of the host, and pages of the old port are another origin.
  it("goes on at another port of the same host, where the pages of that port alone may use it", async () => {
    const { passkey } = await site.add(await site.signedIn());
    const cookies = await site.signedIn();
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4790";
    await site.restart();
    try {
      const moved = { headers: { origin: `http://${host}:4790` } };
      const options = async () =>
        JSON.parse((await site.ask("POST", "/signin/options", { ...moved, body: {} })).body).challenge;
      const here = { origin: `http://${host}:4790` };
      expect((await site.use(passkey.get(await options(), here), moved)).statusCode).toBe(200);
      expect((await site.use(passkey.get(await options()), moved)).statusCode).toBe(401);
      expect((await site.use(passkey.get(await options(), here))).statusCode).toBe(403);
      expect((await site.ask("GET", "/", { cookies })).body).toContain("You are signed in");
      const { headers } = await site.ask("GET", "/authorize", { query: toNotes, cookies });
      expect(headers["location"]).toMatch(/^http:\/\/notes--home\.localhost:4790\/\.freehold\/signin\?code=/);
    } finally {
      process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4780";
      await site.restart();
    }
  });

  it("of another address of this cloud is good for nothing here, and one that was taken away neither", async () => {
    const { passkey } = await site.add(await site.signedIn());
    const [row] = (await site.rows("passkey/")).filter(({ id }) => id.endsWith(passkey.id));
    await site.put(row!.id, { ...row, id: undefined, host: "signin.example.org" });
    expect((await site.use(passkey.get(await site.challenge()))).statusCode).toBe(401);
    await site.put(row!.id, { ...row, id: undefined, sub: `guest/${newId()}` });
    expect((await site.use(passkey.get(await site.challenge()))).statusCode).toBe(401);
  });
});

describe("an invitation", () => {
  async function invite(guest: object = {}, row: object = {}): Promise<{ id: string; invite: string }> {
    const [id, token] = [newId(), newToken()];
    const expires = now() + 7 * 86_400;
    await site.put(rowId.guest(id), {
      app: "notes",
      role: "reader",
      name: "a friend",
      created: now(),
      expires,
      ...guest,
    });
    await site.put(rowId.invite(token), { guest: id, app: "notes", expires: now() + 3600, ...row });
    return { id, invite: token };
  }

  async function accept(invite: string, cookies: string[] = []) {
    const { authenticator } = await import("../../support/authenticator.ts");
    const options = await site.ask("POST", "/invite/options", { body: { invite }, cookies });
    if (options.statusCode !== 200) return { answer: options, passkey: undefined };
    const { response, passkey } = authenticator(origin).create(JSON.parse(options.body));
    return {
      answer: await site.ask("POST", "/invite", { body: { invite, name: "phone", response }, cookies }),
      passkey,
    };
  }

  it("may be looked at, and is used once, for one app and one role", async () => {
    const { id, invite: token } = await invite();
    for (let look = 0; look < 3; look++) {
      const page = await site.ask("GET", "/invite", { query: { invite: token } });
      expect([page.statusCode, page.body.includes("<strong>notes</strong> as <strong>reader</strong>")]).toEqual([
        200,
        true,
      ]);
    }
    const { answer, passkey } = await accept(token);
    expect(JSON.parse(answer.body).next).toBe("http://notes--home.localhost:4780/.freehold/signin?to=%2F");
    const cookies = site.cookiesOf(answer);
    expect(await site.sessionIn(await sessionFor(cookies), "home/notes")).toMatchObject({
      sub: `guest/${id}`,
      role: "reader",
    });
    expect((await site.ask("GET", "/authorize", { query: { ...toNotes, app: "diary" }, cookies })).statusCode).toBe(
      403,
    );
    expect((await site.ask("GET", "/invite", { query: { invite: token } })).statusCode).toBe(401);
    expect((await accept(token)).answer.statusCode).toBe(401);
    const again = await site.use(passkey!.get(await site.challenge()));
    expect(await site.sessionIn(await sessionFor(site.cookiesOf(again)), "home/notes")).toMatchObject({
      role: "reader",
    });
  });

  // A guest has a phone and a laptop, too; what their passkeys open is the guest's, and goes with the guest.
  it("leads to more passkeys of the guest's own, ten at most, which open no more and end with the guest", async () => {
    const { id, invite: token } = await invite();
    const cookies = site.cookiesOf((await accept(token)).answer);
    expect((await site.ask("GET", "/", { cookies })).body).toContain('href="/passkeys/new"');
    expect((await site.ask("GET", "/passkeys/new", { cookies })).body).toContain("One more, for another device");
    const { answer, passkey } = await site.add(cookies, {}, "laptop");
    expect(answer.statusCode).toBe(200);
    const options = JSON.parse((await site.ask("POST", "/passkeys/options", { cookies, body: {} })).body);
    expect([options.user.name, Buffer.from(options.user.id, "base64url").toString()]).toEqual([
      "Guest of notes",
      `guest/${id}`,
    ]);
    // No others than the guest's are named to the guest's device.
    expect(options.excludeCredentials).toHaveLength(2);
    const signed = site.cookiesOf(await site.use(passkey.get(await site.challenge())));
    expect(await site.sessionIn(await sessionFor(signed), "home/notes")).toMatchObject({
      ...{ sub: `guest/${id}`, role: "reader" },
    });
    const elsewhere = await site.ask("GET", "/authorize", { query: { ...toNotes, app: "diary" }, cookies: signed });
    expect(elsewhere.statusCode).toBe(403);
    // A challenge that another person was given is not this guest's.
    const owners = await site.ask("POST", "/passkeys/options", { cookies: await site.signedIn(), body: {} });
    const { challenge: asked } = JSON.parse(owners.body);
    expect((await site.add(cookies, { challenge: asked })).answer.statusCode).toBe(400);
    const row = { sub: `guest/${id}`, host, name: "one more", created: now() };
    for (let more = 2; more < 10; more++) await site.put(rowId.passkey(newToken()), row);
    const eleventh = await site.ask("POST", "/passkeys/options", { cookies, body: {} });
    expect([eleventh.statusCode, JSON.parse(eleventh.body).error]).toEqual([409, "too-many-passkeys"]);
    later(901);
    expect((await site.ask("POST", "/passkeys/options", { cookies, body: {} })).statusCode).toBe(401);
    vi.useRealTimers();
    const { awsJson } = await import("../../../stacks/functions/shared/aws-call.ts");
    await awsJson("dynamodb", "DeleteItem", { TableName: table, Key: { id: { S: rowId.guest(id) } } });
    expect((await site.ask("POST", "/passkeys/options", { cookies, body: {} })).statusCode).toBe(401);
    expect((await site.use(passkey.get(await site.challenge()))).statusCode).toBe(401);
  });

  it("is one person's, of two that accept at once", async () => {
    const { invite: token } = await invite();
    const all = await Promise.all([accept(token), accept(token)]);
    expect(all.map(({ answer }) => answer.statusCode).sort()).toEqual([200, 400]);
  });

  it("is worth nothing when it, or the guest, is too old, removed, of another app, or the owner", async () => {
    for (const [guest, row] of [
      [{}, { expires: now() - 1 }],
      [{ expires: now() - 1 }, {}],
      [{ app: "diary" }, {}],
      [{ role: "owner" }, {}],
      [{ app: "gone" }, { app: "gone" }],
    ] as const) {
      const { invite: token } = await invite(guest, row);
      expect((await site.ask("GET", "/invite", { query: { invite: token } })).statusCode).toBe(401);
      expect((await accept(token)).answer.statusCode).not.toBe(200);
    }
  });

  it("gives a session that ends with the guest, by time or by the owner", async () => {
    const short = await invite({ expires: now() + 600 });
    const cookies = site.cookiesOf((await accept(short.invite)).answer);
    const session = await sessionFor(cookies);
    expect((await site.sessionIn(session, "home/notes"))!.exp).toBeLessThanOrEqual(now() + 600);
    later(601);
    expect(await site.gate({ ask: "renew", app: "notes", session })).toEqual({ session: null });
    vi.useRealTimers();
    const removed = await invite();
    const { answer, passkey } = await accept(removed.invite);
    const theirs = site.cookiesOf(answer);
    const code = await codeFor(theirs);
    const { awsJson } = await import("../../../stacks/functions/shared/aws-call.ts");
    await awsJson("dynamodb", "DeleteItem", { TableName: table, Key: { id: { S: rowId.guest(removed.id) } } });
    expect(await exchange(code)).toEqual({ session: null });
    expect((await site.ask("GET", "/authorize", { query: toNotes, cookies: theirs })).body).toContain(
      'data-do="signin"',
    );
    expect((await site.use(passkey!.get(await site.challenge()))).statusCode).toBe(401);
  });
});

describe("every answer", () => {
  // Row L13: clickjacking, sniffing, caches, referrers; and the host is what the platform says.
  it("allows no frame, no foreign script, no cache; and another name of this site is no name of it", async () => {
    const answers = [
      await site.ask("GET", "/"),
      await site.ask("GET", "/nothing/<script>"),
      await site.ask("GET", "/link", { query: { link: "<script>" } }),
      await site.ask("POST", "/signin", { headers: { origin: "x" } }),
      await site.ask("GET", "/", { host: "evil.example" }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 404, 401, 403, 421]);
    for (const { headers, body } of answers) {
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": expect.stringContaining("script-src 'self'; style-src 'self'"),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(body).not.toContain("<script>");
    }
  });

  // Row L13: which page it is, and whose, is what the platform says of the request, not what its headers say.
  it("listens to no header about host or method, and to no other spelling of a path", async () => {
    const cookies = await site.signedIn();
    const spoofed = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-original-url": "/signout",
      "x-http-method-override": "POST",
      forwarded: "host=evil.example",
    };
    const answer = await site.ask("GET", "/authorize", { query: toNotes, cookies, headers: spoofed });
    expect(answer.headers["location"]).toMatch(/^http:\/\/notes--home\.localhost:4780\//);
    expect((await site.ask("GET", "/signout", { cookies, headers: spoofed })).statusCode).toBe(404);
    for (const path of [
      "//",
      "/authorize/",
      "/Authorize",
      "/%61uthorize",
      "/authorize;x",
      "/./authorize",
      "/constructor",
      "/assets/../index.mjs",
      "/assets/x/page.js",
    ])
      expect((await site.ask("GET", path, { query: toNotes, cookies })).statusCode, path).toBe(404);
    expect((await site.ask("GET", "/", { cookies })).body).toContain("You are signed in");
  });

  it("is closed when the table cannot be asked, with the cause in the log and nowhere else", async () => {
    const cookies = await site.signedIn();
    process.env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://127.0.0.1:1";
    try {
      for (const [method, path] of [
        ["GET", "/"],
        ["GET", "/authorize"],
        ["POST", "/signin/options"],
        ["GET", "/link"],
      ] as const) {
        const answer = await site.ask(method, path, { cookies, query: { ...toNotes, link: newToken() }, body: {} });
        expect([answer.statusCode, answer.cookies]).toEqual([503, undefined]);
        expect(answer.body).not.toContain("ECONNREFUSED");
      }
      await expect(site.gate({ ask: "exchange", app: "notes", code: newToken(), verifier })).rejects.toThrow(
        "ECONNREFUSED",
      );
    } finally {
      process.env["AWS_ENDPOINT_URL_DYNAMODB"] = site.cloud.endpoint;
    }
  });

  it("leaves a line about who, what and whether, without a secret in it", async () => {
    site.log.length = 0;
    const link = await site.link();
    const cookies = site.cookiesOf(await site.ask("GET", "/link", { query: { link } }));
    const code = await codeFor(cookies);
    await exchange(code);
    const line = { type: "access", app: "signin", who: "owner", allowed: true, from: "203.0.113.7" };
    expect(site.log).toEqual(["open a link", "go to notes", "sign in to notes"].map((what) => ({ ...line, what })));
    const text = JSON.stringify(site.log);
    for (const secret of [link, code, verifier, challenge, cookies[0]!.split("=")[1]!])
      expect(text).not.toContain(secret);
  });
});
