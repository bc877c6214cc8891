/** What `paste` promises, asked the same way of the app in this process and of the app behind its gate. */
import { expect, it } from "vitest";
import type { App } from "../../support/apps.ts";

export function paste(app: () => App): void {
  const send = (method: string, path: string, body?: unknown) => app().owner(path, { method, body });
  const create = async (body: string, title = "") => (await send("POST", "/api/pastes", { title, body })).json.id;
  const save = (id: string, version: unknown, body: string) => send("PUT", `/api/pastes/${id}`, { body, version });
  const share = (id: string, shared: string, version = 1) =>
    send("PUT", `/api/pastes/${id}/shared`, { shared, version });
  const versions = async (id: string) =>
    (await send("GET", `/api/pastes/${id}/versions`)).json.versions.map(({ version }: any) => version);

  it("keeps what a text said before, and gives it back", async () => {
    const id = await create("one", "Numbers");
    expect((await save(id, 1, "two")).json).toMatchObject({ version: 2, body: "two" });
    await save(id, 2, "three");
    expect(await versions(id)).toEqual([3, 2, 1]);
    expect((await send("GET", `/api/pastes/${id}/versions/1`)).json).toMatchObject({ title: "Numbers", body: "one" });
    expect((await send("GET", `/api/pastes/${id}/versions/9`)).status).toBe(404);
    expect((await send("DELETE", `/api/pastes/${id}`)).status).toBe(200);
    expect((await send("GET", `/api/pastes/${id}`)).status).toBe(404);
  });

  // Two windows that save at once: one is kept, the other is told what is there now, and nothing is mixed.
  it("keeps one of two saves at once, and tells the other", async () => {
    const id = await create("start");
    const both = await Promise.all(["left", "right", "middle"].map((body) => save(id, 1, body)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const kept = both.find(({ status }) => status === 200)!.json.body;
    for (const { json } of both.filter(({ status }) => status === 409))
      expect(json).toMatchObject({ error: expect.stringMatching(/elsewhere/), paste: { version: 2, body: kept } });
    expect(await versions(id)).toEqual([2, 1]);
  });

  it("keeps fifty versions", async () => {
    const id = await create("1");
    for (let version = 1; version <= 51; version++) await save(id, version, String(version + 1));
    const kept = await versions(id);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([50, 52, 3]);
  });

  it("shows a shared text to anybody, with lines and raw, and what is in it stays text", async () => {
    const id = await create("<script>alert(1)</script>\n\tfi & co\n", "Code <1>");
    for (const path of [`/p/${id}`, `/p/${id}/raw`]) expect((await app().anybody(path)).status).toBe(404);
    expect((await share(id, "yes")).status).toBe(200);
    const page = await app().anybody(`/p/${id}`);
    expect(page.text).toContain(
      "<li><code>&#60;script&#62;alert(1)&#60;/script&#62;</code></li><li><code>\tfi &#38; co",
    );
    expect(page.text).toContain("<title>Code &#60;1&#62;</title>");
    expect(page.text).not.toContain("<script");
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'/);
    const raw = await app().anybody(`/p/${id}/raw`);
    expect(raw.text).toBe("<script>alert(1)</script>\n\tfi & co\n");
    expect(raw.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect((await share(id, "no")).status).toBe(200);
    for (const path of [`/p/${id}`, `/p/${id}/raw`]) expect((await app().anybody(path)).status).toBe(404);
  });

  // A password that two people could read is one that was stolen without a trace.
  it("shows a text once: to the first of many who ask at once, and never again", async () => {
    const id = await create("draft");
    await save(id, 1, "the password");
    await share(id, "once", 2);
    expect(await versions(id)).toEqual([]);
    const looked = await app().anybody(`/p/${id}`);
    expect(looked.status).toBe(200);
    expect(looked.text).not.toContain("the password");
    expect((await app().anybody(`/p/${id}/raw`)).status).toBe(404);
    expect((await save(id, 2, "another")).status).toBe(409);
    const asked = await Promise.all(Array.from({ length: 6 }, () => app().anybody(`/p/${id}`, { method: "POST" })));
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410, 410]);
    expect(asked.filter(({ text }) => text.includes("the password"))).toHaveLength(1);
    expect((await app().anybody(`/p/${id}`)).status).toBe(410);
    const left = (await send("GET", `/api/pastes/${id}`)).json;
    expect(left).toMatchObject({ opened: expect.any(Number), shared: "once" });
    expect(left).not.toHaveProperty("body");
    expect((await share(id, "yes", 3)).status).toBe(409);
    expect((await save(id, 3, "back")).status).toBe(409);
  });

  it("shares what was seen, not what came since", async () => {
    const id = await create("harmless");
    await save(id, 1, "secret");
    expect((await share(id, "yes", 1)).status).toBe(409);
    expect((await app().anybody(`/p/${id}`)).status).toBe(404);
  });

  it.each([
    ["no text", { body: " \n" }, 400, /no text/],
    ["too much text", { body: "é".repeat(150_001) }, 413, /300 KB/],
    ["too long a title", { title: "t".repeat(201), body: "b" }, 400, /200/],
  ])("refuses %s", async (_, body, status, said) => {
    expect(await send("POST", "/api/pastes", body)).toMatchObject({
      status,
      json: { error: expect.stringMatching(said) },
    });
  });

  it("refuses a save without a version, and sharing with whom it does not know", async () => {
    const id = await create("text");
    expect((await save(id, undefined, "x")).status).toBe(400);
    expect((await share(id, "twice")).status).toBe(400);
    expect((await send("GET", "/api/pastes?cursor=e30")).status).toBe(400);
  });

  it("shows nobody else anything that is not shared", async () => {
    const id = await create("mine");
    for (const path of ["/", "/api/pastes", `/api/pastes/${id}`, `/api/pastes/${id}/versions/1`])
      expect((await app().anybody(path)).status, path).toBe(401);
    expect((await app().anybody(`/p/${id}`, { method: "POST" })).status).toBe(404);
    expect((await app().anybody(`/p/${"A".repeat(22)}`)).status).toBe(404);
  });
}
