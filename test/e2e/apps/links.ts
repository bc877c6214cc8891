/** What `links` promises, asked the same way of the app in this process and of the app behind its gate. */
import { expect, it } from "vitest";
import type { App } from "../../support/apps.ts";

export function links(app: () => App): void {
  const create = (body: unknown) => app().owner("/api/links", { method: "POST", body });
  const clicks = async (slug: string) =>
    (await app().owner(`/api/links?q=${slug}`)).json.links.find((link: any) => link.slug === slug).clicks;

  // The whole use of it: an address leads where its owner said, for anybody, and the owner sees how often.
  it("leads anybody from a short address to the long one, and counts", async () => {
    const made = await create({ url: "https://example.org/a?b=c#d", slug: "Garden", title: "Pears" });
    expect(made).toMatchObject({ status: 200, json: { slug: "garden", clicks: 0, version: 1 } });
    const visits = await Promise.all(Array.from({ length: 12 }, () => app().anybody("/to/GARDEN")));
    for (const { status, headers } of visits) {
      expect(status).toBe(302);
      expect(headers).toMatchObject({ location: "https://example.org/a?b=c#d", "cache-control": "no-store" });
    }
    expect(await clicks("garden")).toBe(12);
    expect((await app().anybody("/to/garden", { method: "HEAD" })).headers["location"]).toMatch(/example\.org/);
    expect(await clicks("garden")).toBe(12);
  });

  // A redirect that takes its target from the request is a gift to whoever sends mail with false links.
  it("takes nothing of a visitor's request into where it leads", async () => {
    for (const path of ["/to/garden?to=https://evil.example", "/to/garden?//evil.example"])
      expect((await app().anybody(path)).headers["location"]).toBe("https://example.org/a?b=c#d");
    for (const path of ["/to/https:evil.example", "/to/garden/evil.example", "/to/", "/to/nothing"]) {
      const { status, headers, text } = await app().anybody(path);
      expect({ path, status, location: headers["location"] }).toEqual({ path, status: 404, location: undefined });
      expect(text).not.toContain("evil");
    }
  });

  it("says with a + where a link leads, without counting, and what is in it stays text", async () => {
    await create({ url: "https://example.org/%3Cb%3E?q='x'", slug: "look", title: "<script>alert(1)</script>" });
    const { status, text, headers } = await app().anybody("/to/look+");
    expect(status).toBe(200);
    expect(text).toContain("&#60;script&#62;");
    expect(text).not.toContain("<script");
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'/);
    expect(await clicks("look")).toBe(0);
  });

  // Two people who take one name at once: one has it, the other is told, and nothing is overwritten.
  it("gives a name to the first of two who ask for it", async () => {
    const asked = ["one", "two", "three"].map((n) => create({ url: `https://${n}.example/`, slug: "race" }));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const won = answers.find(({ status }) => status === 200)!;
    expect((await app().anybody("/to/race")).headers["location"]).toBe(won.json.url);
  });

  it("makes a name up of letters that are not taken for each other", async () => {
    const { json } = await create({ url: "https://example.org/" });
    expect(json.slug).toMatch(/^[2-9a-hjkmnp-z]{6}$/);
  });

  // A window that has been open since yesterday must not put yesterday's address back.
  it("refuses an edit made from an older version, and keeps the clicks of one that is not", async () => {
    const edit = (version: unknown, url: string) =>
      app().owner("/api/links/garden", { method: "PUT", body: { url, title: "", version } });
    const before = await clicks("garden");
    const both = await Promise.all([edit(1, "https://a.example/"), edit(1, "https://b.example/")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await clicks("garden")).toBe(before);
    expect((await edit("1", "https://c.example/")).status).toBe(400);
    expect(
      (await app().owner("/api/links/gone", { method: "PUT", body: { url: "https://a.b/", version: 1 } })).status,
    ).toBe(404);
  });

  it.each([
    ["no address", { url: "" }, /needs an address/],
    ["what is no address", { url: "garden" }, /no address/],
    ["a script", { url: "javascript:alert(1)" }, /https:\/\/ or http:\/\//],
    ["a file", { url: "file:///etc/passwd" }, /https:\/\/ or http:\/\//],
    ["a password in it", { url: "https://me:secret@example.org/" }, /password/],
    ["too long a one", { url: `https://example.org/${"a".repeat(2_000)}` }, /2000/],
    ["another's name", { url: "https://example.org/", slug: "a/b" }, /short name/],
    ["a title that is none", { url: "https://example.org/", title: 7 }, /title/],
  ])("refuses %s", async (_, body, said) => {
    expect(await create(body)).toMatchObject({ status: 400, json: { error: expect.stringMatching(said) } });
  });

  it("finds by name, title and address, and refuses a page that is none", async () => {
    const found = async (q: string) => (await app().owner(`/api/links?q=${q}`)).json.links.map(({ slug }: any) => slug);
    expect(await found("LOOK")).toEqual(["look"]);
    expect(await found("%3Cscript")).toEqual(["look"]);
    expect(await found("nowhere")).toEqual([]);
    expect((await app().owner("/api/links?cursor=e30")).status).toBe(400);
  });

  it("leads nowhere once deleted", async () => {
    expect((await app().owner("/api/links/look", { method: "DELETE" })).status).toBe(200);
    expect((await app().anybody("/to/look")).status).toBe(404);
  });

  it("shows nobody else anything but where a link leads", async () => {
    for (const [path, method] of [
      ["/api/links", "GET"],
      ["/api/links", "POST"],
      ["/api/links/garden", "DELETE"],
      ["/", "GET"],
    ] as const)
      expect((await app().anybody(path, { method })).status, `${method} ${path}`).toBe(401);
    expect((await app().anybody("/to/garden", { method: "POST" })).status).toBe(405);
  });
}
