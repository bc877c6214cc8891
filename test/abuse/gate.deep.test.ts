/**
 * What takes its time at an app's gate, through the local cloud's real door: the half minute that a gate believes what it
 * saw, and tries by the hundred.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newToken, rowId } from "../../stacks/functions/shared/rows.ts";
import { authenticator } from "../support/authenticator.ts";
import { ask, signIn } from "../support/home.ts";
import {
  asOwner,
  at,
  get,
  linkOf,
  minter,
  nothingRefusedReached,
  numbered,
  post,
  seconds,
  startProbe,
  withKey,
  withToken,
} from "./gated-probe.ts";
import { type RawAnswer, raw } from "./raw.ts";

beforeAll(startProbe);
afterAll(() => at.home?.close());

// Row L12: a cookie in somebody else's hands is worth nothing once its owner has signed out. All three end at once, and
// are waited for together: half a minute is the most that a gate believes what it saw.
it("a signed-out session, a revoked guest's and one of a key that is gone open nothing any more", async () => {
  const copied = await signIn(await linkOf("probe"));
  const [mint, other] = [await minter(), await minter()];
  const guest = await mint.session({ sub: "guest/77", role: "reader", app: "probe" });
  const signed = await other.session({ sub: "owner", role: "owner" });
  const ending: (() => Promise<RawAnswer>)[] = [
    () => get("/api/x", `Cookie: ${copied}`),
    () => withToken(guest({})),
    () => withToken(signed({ iat: seconds() - 9 })),
  ];
  const statuses = async (): Promise<number[]> =>
    (await Promise.all(ending.map((ask) => ask()))).map(({ status }) => status);
  expect(await statuses()).toEqual([200, 200, 200]);
  const out = await post("/.freehold/signout", `Cookie: ${copied}`, `Origin: http://${at.host}`);
  expect(out.status).toBe(303);
  await mint.endSessions();
  await other.forgetKey();
  await expect.poll(statuses, { timeout: 60_000, interval: 500 }).toEqual([401, 401, 401]);
  expect((await asOwner("/api/x")).status).toBe(200);
}, 90_000);

/** A path of the sign-in site. */
const signin = (path: string, ...headers: string[]) =>
  raw(at.port, [`GET ${path} HTTP/1.1`, `Host: ${signinHost()}`, ...headers]);
const signinHost = (): string => `signin--home.localhost:${at.port}`;
/** What the answer leaves in a browser. */
const cookieOf = ({ head }: RawAnswer): string =>
  [...head.matchAll(/^set-cookie: ([^;]+)/gim)].map(([, cookie]) => cookie).join("; ");
const pathOf = (link: string): string => new URL(link).pathname + new URL(link).search;

describe("links", () => {
  // Row L12: seen in a history, a chat or a log, a link is worth nothing.
  it("that are used, over, made up or of another kind let nobody in; nor do they where a code belongs", async () => {
    const link = pathOf(await linkOf("probe"));
    const first = await signin(link);
    expect([first.status, first.headers["location"]]).toEqual([303, `${at.url}/.freehold/signin?to=%2F`]);
    // The browser that has it goes on; whoever else has it stays outside.
    expect((await signin(link, `Cookie: ${cookieOf(first)}`)).status).toBe(303);
    const { put } = await minter();
    const over = newToken();
    await put(rowId.link(over), { purpose: "open", app: "probe", expires: seconds() - 1 });
    const { link: invitation } = await at.home.json("guest", "invite", "probe", "--role", "reader", "--name", "Ann");
    const invite = new URL(invitation).searchParams.get("invite")!;
    for (const path of [
      link,
      `/link?link=${over}`,
      `/link?link=${newToken()}`,
      `/link?link=${invite}`,
      `/invite?invite=${new URLSearchParams(link.slice(5)).get("link")}`,
      `/link?link=${newToken()}&link=${newToken()}`,
      "/link?link[]=x",
      "/link",
    ]) {
      const answer = await signin(path);
      expect([answer.status, cookieOf(answer)], path).toEqual([401, ""]);
    }
    // A scanner that looks at it does not use it up.
    expect(
      (await raw(at.port, [`HEAD ${pathOf(await linkOf("probe"))} HTTP/1.1`, `Host: ${signinHost()}`])).status,
    ).toBe(405);
    const code = new URLSearchParams(link.slice(5)).get("link")!;
    expect((await get(`/.freehold/signin?code=${code}`, `Cookie: freehold-signin=${"v".repeat(43)}`)).status).toBe(401);
  });

  // Row L13: a name of another site, or of this one with a user in it, makes no link that leads there.
  it("lead to this cloud, whatever name the request says it came by", async () => {
    const link = pathOf(await linkOf("probe"));
    for (const host of ["evil.example", `${signinHost()}.evil.example`, `evil.example@${signinHost()}`, "127.0.0.1"]) {
      const answer = await raw(at.port, [`GET ${link} HTTP/1.1`, `Host: ${host}`]);
      expect([answer.status >= 400, cookieOf(answer)], host).toEqual([true, ""]);
      expect(answer.head).not.toMatch(/location:/i);
    }
    const forged = ["X-Forwarded-Host: evil.example", "Forwarded: host=evil.example", "X-Original-URL: /"];
    const { status, head } = await signin(link, ...forged);
    expect([status, head.includes("evil.example")]).toEqual([303, false]);
  });
});

describe("a code", () => {
  const verifier = "w".repeat(43);
  const challenge = createHash("sha256").update(verifier).digest("base64url");

  // Row L12: it goes through the browser's address bar, where others may see it.
  it("is worth something at its app, in its browser, once", async () => {
    const mine = cookieOf(await signin(pathOf(await linkOf("probe"))));
    const asked = await signin(`/authorize?app=probe&to=/api/x&challenge=${challenge}`, `Cookie: ${mine}`);
    const path = pathOf(asked.headers["location"]!);
    expect(path).toMatch(/^\/\.freehold\/signin\?code=[\w-]{43}&to=%2Fapi%2Fx$/);
    const come = (host: string, cookie: string) =>
      numbered([`GET ${path} HTTP/1.1`, `Host: ${host}`, `Cookie: ${cookie}`]);
    for (const [host, cookie] of [
      [at.otherHost, `freehold-signin=${verifier}`],
      [at.host, `freehold-signin=${"v".repeat(43)}`],
      [at.host, "a=b"],
    ] as const) {
      const answer = await come(host, cookie);
      expect([answer.status, cookieOf(answer)]).toEqual([401, ""]);
    }
    const good = await come(at.host, `freehold-signin=${verifier}`);
    expect([good.status, good.headers["location"]]).toEqual([303, "/api/x"]);
    expect((await get("/api/x", `Cookie: ${cookieOf(good)}`)).status).toBe(200);
    const again = await come(at.host, `freehold-signin=${verifier}`);
    expect([again.status, cookieOf(again)]).toEqual([401, ""]);
  });
});

describe("a guest", () => {
  let mine: string;
  let there: string;

  beforeAll(async () => {
    const { link } = await at.home.json("guest", "invite", "probe", "--role", "reader", "--name", "Bob");
    const { origin, searchParams } = new URL(link);
    const invite = searchParams.get("invite");
    const send = (path: string, body: object) =>
      ask(new URL(path, origin).href, {
        ...{ method: "POST", headers: { origin, "content-type": "application/json" } },
        body: JSON.stringify({ invite, ...body }),
      });
    const options = JSON.parse((await send("/invite/options", {})).text);
    const { response } = authenticator(origin).create(options);
    const accepted = await send("/invite", { name: "Bob's", response });
    expect(accepted.status, accepted.text).toBe(200);
    const cookies = (answer: { headers: Record<string, unknown> }): string =>
      [answer.headers["set-cookie"]]
        .flat()
        .map((line) => String(line).split(";")[0])
        .join("; ");
    mine = cookies(accepted);
    const verifier = "g".repeat(43);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const asked = await signin(`/authorize?app=probe&to=/&challenge=${challenge}`, `Cookie: ${mine}`);
    there = cookieOf(await get(pathOf(asked.headers["location"]!), `Cookie: freehold-signin=${verifier}`));
  });

  it("is one at the app, and nobody at every address of another", async () => {
    const { headers } = JSON.parse((await get("/api/x", `Cookie: ${there}`)).text);
    expect(headers).toMatchObject({
      "x-freehold-role": "reader",
      "x-freehold-user": expect.stringMatching(/^guest\//),
    });
    for (const method of ["GET", "POST", "PUT", "DELETE"])
      for (const path of ["/", "/api/x", "/api/run", "/docs/", "/.freehold/signout", "/nothing"]) {
        const lines = [`${method} ${path} HTTP/1.1`, `Host: ${at.otherHost}`, `Cookie: ${there}`];
        const { status, text } = await numbered(lines);
        expect(text, path).not.toContain("rawPath");
        // Signing out of where one never was in is no harm, and no way in.
        expect([401, path === "/.freehold/signout" && method === "POST" ? 303 : 401], `${method} ${path}`).toContain(
          status === 404 && path.startsWith("/.freehold/") ? 401 : status,
        );
      }
  });

  // What only the owner may: other apps, passkeys of the owner's, others' sessions.
  it("tries every way of the sign-in site, and becomes nobody else", async () => {
    const challenge = "c".repeat(43);
    for (const query of [
      `app=other&to=/`,
      "app=home&to=/",
      "app=probe--gate&to=/",
      "app=foundation&to=/",
      "app=../other&to=/",
    ]) {
      const answer = await signin(`/authorize?${query}&challenge=${challenge}`, `Cookie: ${mine}`);
      expect([403, 404], query).toContain(answer.status);
      expect(answer.head).not.toMatch(/location:/i);
    }
    const origin = `http://${signinHost()}`;
    const send = (path: string, body: object, cookie = mine) =>
      ask(new URL(path, origin).href, {
        ...{ method: "POST", headers: { origin, cookie, "content-type": "application/json" } },
        body: JSON.stringify(body),
      });
    const options = JSON.parse((await send("/passkeys/options", { sub: "owner", user: { id: "owner" } })).text);
    const { response, passkey } = authenticator(origin).create({ ...options, user: { id: "b3duZXI" } });
    const added = await send("/passkeys", { name: "mine", response, sub: "owner", role: "owner" });
    expect(added.status, added.text).toBe(200);
    // Whatever it was taken for, it is none of the owner's.
    const { passkeys } = await at.home.json("passkey", "ls");
    expect(passkeys.map(({ name, person }: any) => [name, person])).toContainEqual(["mine", "Bob"]);
    expect(passkeys.filter(({ person }: any) => person === "owner")).toEqual([]);
    const { challenge: asked } = JSON.parse((await send("/signin/options", {})).text);
    const signed = await send("/signin", { response: passkey.get(asked) });
    const mineAgain = [signed.headers["set-cookie"]]
      .flat()
      .map((line) => String(line).split(";")[0])
      .join("; ");
    expect((await signin(`/authorize?app=other&to=/&challenge=${challenge}`, `Cookie: ${mineAgain}`)).status).not.toBe(
      303,
    );
    expect((await send("/signout/everywhere", { sub: "owner" }, mineAgain)).status).toBe(303);
    expect((await asOwner("/api/x")).status).toBe(200);
    const { sessions } = await at.home.json("sessions", "ls");
    expect(sessions.length).toBeGreaterThan(0);
    expect(new Set(sessions.map(({ person }: any) => person))).toEqual(new Set(["owner"]));
  });
});

describe("tries by the hundred", () => {
  // Row L12. Afterwards keys from this address are not listened to for a while.
  it("wrong keys are met with no more than a number of tries a minute", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 70; i++)
      statuses.push((await withKey(`fh_${"0".repeat(16)}_${"k".repeat(43)}`, "/api/x")).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(60);
  });

  // Row L13: at the gate for codes, at the sign-in site for links; nobody who is in is thrown out by it.
  it.each([
    ["codes", () => get(`/.freehold/signin?code=${newToken()}`, `Cookie: freehold-signin=${"v".repeat(43)}`)],
    ["links", () => signin(`/link?link=${newToken()}`)],
  ] as const)(
    "made-up %s are met with no more than some hundred a minute",
    async (_, guess) => {
      const statuses: number[] = [];
      // In whichever minute it begins: two limits at most.
      while (statuses.length < 700 && statuses.at(-1) !== 429)
        statuses.push(...(await Promise.all(Array.from({ length: 10 }, guess))).map(({ status }) => status));
      expect(new Set(statuses)).toEqual(new Set([401, 429]));
      expect((await asOwner("/api/x")).status).toBe(200);
    },
    60_000,
  );
});

it(
  "nothing that the gate refused has reached the app",
  () => nothingRefusedReached({ answered: 3, refused: 70 }),
  60_000,
);
