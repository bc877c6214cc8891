/**
 * Sign-in by names of the owner's: people are sent back to hosts that the account says are the app's, and a passkey for one
 * address of sign-in leads to one for another, by a code that is worth something once, here, to this browser.
 */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { newId, newToken, rowId } from "../../../stacks/functions/shared/rows.ts";
import { authenticator } from "../../support/authenticator.ts";
import { type Asking, now, host as older, type Site, signinSite } from "./signin-site.ts";

const newer = "signin.example.org";
const longer = Array.from({ length: 12 }, (_, at) => `a-rather-long-name-${at}.example.org`);
let site: Site;
beforeAll(async () => {
  site = await signinSite(["notes", "diary"], {
    hosts: [newer, "in.example.net"],
    tags: {
      notes: { "freehold:names": "notes.example.org n.example.net", "freehold:name": "notes.example.org" },
      diary: { "freehold:names:2": longer.slice(6).join(" "), "freehold:names": longer.slice(0, 6).join(" ") },
    },
  });
});
afterAll(() => site.close());
afterEach(() => vi.useRealTimers());

const later = (seconds: number): void => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });

const challenge = createHash("sha256").update(newToken()).digest("base64url");
const originOf = (host: string): string => (host === older ? `http://${host}:4780` : `https://${host}`);
const at = (host: string, method: string, path: string, asking: Asking = {}) =>
  site.ask(method, path, {
    host,
    ...asking,
    headers: { ...(method === "POST" ? { origin: originOf(host) } : {}), ...asking.headers },
  });
const linkedAt = async (host: string): Promise<string[]> =>
  site.cookiesOf(await at(host, "GET", "/link", { query: { link: await site.link() } }));

async function enrol(host: string, cookies: string[]) {
  const options = JSON.parse((await at(host, "POST", "/passkeys/options", { cookies, body: {} })).body);
  const { response, passkey } = authenticator(originOf(host)).create(options);
  return { answer: await at(host, "POST", "/passkeys", { cookies, body: { name: "a key", response } }), passkey };
}

async function signInAt(host: string, passkey: { get(challenge: string): object }) {
  const asked = JSON.parse((await at(host, "POST", "/signin/options", { body: {} })).body);
  return at(host, "POST", "/signin", { body: { response: passkey.get(asked.challenge) } });
}

describe("the way back to an app", () => {
  it("leads to the host that is asked for when the gate's tags have it, and to no other", async () => {
    const cookies = await linkedAt(newer);
    const to = async (host: string | undefined, app = "notes") => {
      const query = { app, to: "/a", challenge, ...(host === undefined ? {} : { host }) };
      const { statusCode, headers } = await at(newer, "GET", "/authorize", { query, cookies });
      return statusCode === 303 ? new URL(headers["location"]!).origin : statusCode;
    };
    expect(await to("notes.example.org")).toBe("https://notes.example.org");
    expect(await to("n.example.net")).toBe("https://n.example.net");
    // Its own, where the cookie is that the code is bound to.
    expect(await to(undefined)).toBe("http://notes--home.localhost:4780");
    for (const host of [
      "evil.example",
      longer[0]!,
      "NOTES.example.org",
      "notes.example.org:443",
      "",
      "notes.example.org/",
    ])
      expect(await to(host)).toBe(404);
    expect(await to(longer[11], "diary")).toBe(`https://${longer[11]}`);
    // Of links, which know no host, the first of all.
    const { headers } = await at(newer, "GET", "/link", { query: { link: await site.link() }, shown: false });
    expect(headers["location"]).toBe("https://notes.example.org/.freehold/signin?to=%2F");
  });

  it("sets cookies that its own host alone gets, and is asked for changes by its own pages", async () => {
    const answer = await at(newer, "GET", "/link", { query: { link: await site.link() } });
    expect(answer.cookies).toHaveLength(1);
    expect(answer.cookies![0]).toMatch(/^__Host-session=.*; Path=\/; .*; Secure$/);
    expect(answer.headers["strict-transport-security"]).toBeDefined();
    const cookies = site.cookiesOf(answer);
    for (const origin of [originOf(older), "https://in.example.net", "https://notes.example.org", `http://${newer}`])
      expect((await at(newer, "POST", "/signout", { cookies, headers: { origin } })).statusCode).toBe(403);
    expect((await at(newer, "POST", "/signout", { cookies })).statusCode).toBe(303);
  });

  // What a request says of its host is no fact; CloudFront's header is one of names that are this site's.
  it("knows its own names: by the platform's word, or by CloudFront's of one that is listed", async () => {
    for (const host of ["evil.example", "notes.example.org", "a1b2.execute-api.eu-west-1.amazonaws.com"])
      expect((await at(host, "GET", "/")).statusCode).toBe(421);
    const front = (named: string) =>
      at(older, "GET", "/link", { query: { link: newToken() }, headers: { "x-freehold-host": named } });
    expect((await front(newer)).statusCode).toBe(401);
    for (const named of ["evil.example", older, ""]) expect((await front(named)).statusCode).toBe(421);
  });
});

describe("a passkey for an older address", () => {
  /** As a browser that is nobody here: its page's cookies, and the way that it offers. */
  async function begun(): Promise<{ cookies: string[]; way: URL }> {
    const query = { app: "notes", to: "/a?b=1", challenge, host: "notes.example.org" };
    const page = await at(newer, "GET", "/authorize", { query });
    const [, href] = /<a href="([^"]+)">Sign in there/.exec(page.body) ?? [];
    return { cookies: site.cookiesOf(page), way: new URL(href!.replace(/&#38;/g, "&")) };
  }
  const queryOf = (url: URL): Record<string, string> => Object.fromEntries(url.searchParams);
  const locationOf = (answer: { headers: Record<string, string> }): URL =>
    new URL(answer.headers["location"]!, originOf(newer));

  // First: no page offers a way to where nobody has a passkey.
  it("is asked for where there is one, and not where there is none", async () => {
    expect((await at(newer, "GET", "/")).body).not.toContain("Sign in there");
    await enrol(older, await linkedAt(older));
    later(61);
    const page = await at(newer, "GET", "/");
    expect(page.body).toContain(older);
    expect(page.body).not.toContain("in.example.net");
    expect((await at(older, "GET", "/")).body).not.toContain("Sign in there");
  });

  it("leads over and back to one for here, and on to where it was going", async () => {
    const { passkey } = await enrol(older, await linkedAt(older));
    const { cookies, way } = await begun();
    expect([way.hostname, way.pathname]).toEqual([older, "/move"]);
    expect((await at(older, "GET", "/move", { query: queryOf(way) })).body).toContain("Sign in with a passkey");
    expect((await signInAt(newer, passkey)).statusCode).toBe(401);
    const there = site.cookiesOf(await signInAt(older, passkey));
    const back = locationOf(await at(older, "GET", "/move", { query: queryOf(way), cookies: there }));
    expect([back.origin, back.pathname]).toEqual([originOf(newer), "/moved"]);
    const over = await at(newer, "GET", "/moved", { query: queryOf(back), cookies });
    const here = site.cookiesOf(over).filter((cookie) => cookie.startsWith("__Host-session=v2."));
    const page = await at(newer, "GET", locationOf(over).pathname, { query: queryOf(locationOf(over)), cookies: here });
    expect(page.body).toContain("One for this address, too");
    expect(page.body).toMatch(
      /data-next="\/authorize\?app=notes&#38;to=%2Fa%3Fb%3D1&#38;challenge=[^"]+&#38;host=notes.example.org"/,
    );
    const added = await enrol(newer, here);
    expect(added.answer.statusCode).toBe(200);
    expect((await site.rows("passkey/")).filter(({ host }) => host === newer)).toHaveLength(1);
    expect((await signInAt(newer, added.passkey)).statusCode).toBe(200);
    expect((await signInAt(older, passkey)).statusCode).toBe(200);
  });

  it("is one code, for a minute, this browser and the session that stands", async () => {
    const there = await linkedAt(older);
    const { cookies, way } = await begun();
    const code = async () =>
      queryOf(locationOf(await at(older, "GET", "/move", { query: queryOf(way), cookies: there })));
    const come = (query: Record<string, string>, with_ = cookies) =>
      at(newer, "GET", "/moved", { query, cookies: with_ });
    const [stolen, used, old, ended] = [await code(), await code(), await code(), await code()];
    expect((await come(stolen, [])).statusCode).toBe(401);
    expect((await come(stolen, [`__Host-signin=${newToken()}`])).statusCode).toBe(401);
    expect((await come(used)).statusCode).toBe(303);
    expect((await come(used)).statusCode).toBe(401);
    // No gate gets a session for it.
    const [, verifier] = /^__Host-signin=(.+)$/.exec(cookies[0]!)!;
    for (const app of ["notes", "signin", "/signin"]) {
      const asked = await site.gate({ ask: "exchange", app, code: ended["code"], verifier });
      expect(await site.sessionIn(asked.session, "home/signin")).toBeNull();
      expect(await site.sessionIn(asked.session, "home/notes")).toBeNull();
    }
    later(61);
    expect((await come(old)).statusCode).toBe(401);
    vi.useRealTimers();
    const last = await code();
    await at(older, "POST", "/signout", { cookies: there });
    expect((await come(last)).statusCode).toBe(401);
  });

  it("goes between hosts of this site alone, by paths of its own, and only after a sign-in of just now", async () => {
    const there = await linkedAt(older);
    const { way } = await begun();
    const go = (change: Record<string, string>) =>
      at(older, "GET", "/move", { query: { ...queryOf(way), ...change }, cookies: there });
    for (const host of ["evil.example", "notes.example.org", older, ""])
      expect((await go({ host })).statusCode).toBe(404);
    expect((await go({ challenge: "x" })).statusCode).toBe(404);
    expect(locationOf(await go({ to: "//evil.example/" })).searchParams.get("to")).toBe("/");
    expect(locationOf(await go({ host: "in.example.net" })).origin).toBe("https://in.example.net");
    later(901);
    expect((await go({})).body).toContain("Sign in with a passkey");
  });

  it("of a guest leads to one of the guest's own, and to nothing more", async () => {
    const id = newId();
    const guest = { app: "notes", role: "guest", name: "a friend", created: now(), expires: now() + 86_400 };
    await site.put(rowId.guest(id), guest);
    const invite = newToken();
    await site.put(rowId.invite(invite), { guest: id, app: "notes", expires: now() + 3600 });
    const options = JSON.parse((await at(older, "POST", "/invite/options", { body: { invite } })).body);
    const { response } = authenticator(originOf(older)).create(options);
    const there = site.cookiesOf(await at(older, "POST", "/invite", { body: { invite, name: "", response } }));
    const { cookies, way } = await begun();
    const back = locationOf(await at(older, "GET", "/move", { query: queryOf(way), cookies: there }));
    const here = site.cookiesOf(await at(newer, "GET", "/moved", { query: queryOf(back), cookies }));
    expect((await enrol(newer, here)).answer.statusCode).toBe(200);
    const mine = (await site.rows("passkey/")).filter(({ sub }) => sub === `guest/${id}`);
    expect(mine.map(({ host }) => host).sort()).toEqual([older, newer].sort());
    expect(
      (await at(newer, "GET", "/authorize", { query: { app: "diary", challenge }, cookies: here })).statusCode,
    ).toBe(403);
  });
});
