/** What `forms` promises, asked the same way of the app in this process and of the app behind its gate. */
import { expect, it } from "vitest";
import type { App } from "../../support/apps.ts";

const fields = [
  { id: "name", label: "Your name", kind: "text", required: true },
  { id: "mail", label: "E-mail <you>", kind: "email" },
  { id: "size", label: "Size", kind: "choice", options: ["S", "M & L"] },
  { id: "n", label: "How many", kind: "number" },
  { id: "day", label: "Day", kind: "date" },
  { id: "ok", label: "I agree", kind: "check", required: true },
  { id: "more", label: "Anything else", kind: "long" },
];

export function forms(app: () => App): void {
  const create = (body: object = {}) =>
    app().owner("/api/forms", { method: "POST", body: { title: "Party", fields, ...body } });
  let id: string;

  const urlencoded = { "content-type": "application/x-www-form-urlencoded" };
  const send = (values: Record<string, string>, to = id) => {
    const began = String(Date.now() - 60_000);
    const body = new URLSearchParams({ began, name: "Ada", ok: "yes", ...values }).toString();
    return app().anybody(`/f/${to}`, { method: "POST", headers: urlencoded, body });
  };
  const inbox = async (spam = "no", of = id) =>
    (await app().owner(`/api/forms/${of}/answers?spam=${spam}`)).json.answers;

  // The whole use of it: anybody answers a page without a script, and only the owner reads it.
  it("shows anybody a form without a script, and puts what they send in the inbox", async () => {
    id = (await create({ intro: "Come & <see>", thanks: "See you" })).json.id;
    const page = await app().anybody(`/f/${id}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Come &#38; &#60;see&#62;");
    expect(page.text).toContain("E-mail &#60;you&#62;");
    expect(page.text).not.toMatch(/<script|\son\w+=/);
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'.*form-action 'self'$/);
    const sent = await send({ mail: "ada@example.org", size: "M & L", n: "-1,5", day: "2026-12-31", more: "a\r\nb" });
    expect(sent).toMatchObject({ status: 303, headers: { location: `/f/${id}/thanks` } });
    expect((await app().anybody(`/f/${id}/thanks`)).text).toContain("See you");
    const [answer, ...none] = await inbox();
    expect(none).toEqual([]);
    expect(answer).toMatchObject({ read: false, values: { name: "Ada", size: "M & L", n: "-1,5", more: "a\nb" } });
  });

  // Bad input loses nothing: who typed for ten minutes and missed one box types nothing again.
  it("names each mistake beside its question, and keeps what was typed", async () => {
    const wrong = await send({
      name: "",
      ok: "",
      mail: "ada",
      size: "XL",
      n: "two",
      day: "2026-13-45",
      more: "<b>kept",
    });
    expect(wrong.status).toBe(422);
    for (const field of ["name", "ok", "mail", "size", "n", "day"]) {
      expect(wrong.text).toContain(`href="#q-${field}"`);
      expect(wrong.text).toMatch(new RegExp(`id="q-${field}"[^>]*aria-invalid="true" aria-describedby="w-${field}"`));
    }
    expect(wrong.text).toContain("&#60;b&#62;kept</textarea>");
    expect(wrong.text).toContain('role="alert"');
    expect(await inbox()).toHaveLength(1);
  });

  it("takes only what a form sends, and not too much of it", async () => {
    const post = (type: string, body: string) =>
      app().anybody(`/f/${id}`, { method: "POST", headers: { "content-type": type }, body });
    expect((await post("application/json", "{}")).status).toBe(415);
    expect((await post(urlencoded["content-type"], `more=${"a".repeat(64_001)}`)).status).toBe(413);
    expect((await send({ more: "a".repeat(10_001) })).status).toBe(422);
    expect(await inbox()).toHaveLength(1);
  });

  // A program's answer is kept from the inbox, but a person's that looks like one is not lost.
  it("puts with the spam what a program fills in, and takes it back when told", async () => {
    await send({ website: "https://buy.example", name: "Trapped" });
    await send({ began: String(Date.now()), name: "Too fast" });
    await send({ began: "never", name: "Timeless" });
    const spam = await inbox("yes");
    expect(spam.map(({ values }: any) => values.name)).toEqual(["Timeless", "Too fast", "Trapped"]);
    const path = `/api/forms/${id}/answers/${spam[1].id}`;
    expect((await app().owner(path, { method: "PUT", body: { spam: false, read: true } })).status).toBe(200);
    expect((await inbox())[0]).toMatchObject({ read: true, values: { name: "Too fast" } });
    expect((await app().owner(path, { method: "PUT", body: { spam: "no" } })).status).toBe(400);
    const none = `/api/forms/${id}/answers/000000000-000000000000`;
    expect((await app().owner(none, { method: "PUT", body: { spam: false } })).status).toBe(404);
    expect((await app().owner(path, { method: "DELETE" })).status).toBe(200);
    expect(await inbox()).toHaveLength(1);
  });

  // What a stranger types is opened in a spreadsheet by somebody who trusts it.
  it("gives a CSV that quotes what has to be, and has no formula in it", async () => {
    await send({ name: '=HYPERLINK("http://evil.example","x")', more: ' two\nlines, and "quotes"' });
    await send({ name: "@SUM(1)", n: "-7" });
    const csv = await app().owner(`/api/forms/${id}/answers.csv`);
    expect(csv.headers["content-type"]).toMatch(/^text\/csv/);
    expect(csv.headers["link"]).toBeUndefined();
    const lines = csv.text.split("\r\n");
    expect(lines[0]).toBe("\uFEFFCame,Your name,E-mail <you>,Size,How many,Day,I agree,Anything else");
    expect(lines[2]).toMatch(
      /,"'=HYPERLINK\(""http:\/\/evil\.example"",""x""\)",,,,,yes,"two\nlines, and ""quotes"""$/,
    );
    expect(lines[3]).toMatch(/,'@SUM\(1\),,,-7,,yes,$/);
    expect(csv.text).not.toContain("Trapped");
    const rest = await app().owner(`/api/forms/${id}/answers.csv?after=${(await inbox()).at(-1).id}`);
    expect(rest.text.split("\r\n")[0]).toMatch(/HYPERLINK/);
    expect((await app().owner(`/api/forms/${id}/answers.csv?after=x`)).status).toBe(400);
  });

  it("counts every answer of many at once", async () => {
    const crowded = (await create()).json.id;
    const sent = await Promise.all(Array.from({ length: 12 }, (_, n) => send({ name: `n${n}` }, crowded)));
    expect(sent.map(({ status }) => status)).toEqual(Array(12).fill(303));
    expect((await app().owner(`/api/forms/${crowded}`)).json.count).toBe(12);
    expect(await inbox("no", crowded)).toHaveLength(12);
    expect((await app().owner(`/api/forms/${crowded}`, { method: "DELETE" })).status).toBe(200);
    expect((await app().anybody(`/f/${crowded}`)).status).toBe(404);
    expect((await send({}, crowded)).status).toBe(404);
    expect((await app().owner(`/api/forms/${crowded}/answers`)).status).toBe(404);
  });

  it("refuses an edit made from an older version, and closes when told", async () => {
    const save = (version: unknown, open: boolean) =>
      app().owner(`/api/forms/${id}`, { method: "PUT", body: { title: "Party", fields, open, version } });
    expect((await save(1, true)).json.version).toBe(2);
    expect((await save(1, false)).status).toBe(409);
    expect((await save(undefined, false)).status).toBe(400);
    expect((await save(2, false)).json.open).toBe(false);
    expect((await app().anybody(`/f/${id}`)).status).toBe(410);
    expect((await send({})).status).toBe(410);
    expect((await save(3, true)).json.open).toBe(true);
  });

  it.each([
    ["no title", { title: " " }, /title/],
    ["no question", { fields: [] }, /at least one/],
    ["too many", { fields: Array(31).fill(fields[0]) }, /up to 30/],
    ["a kind that is none", { fields: [{ id: "a", label: "A", kind: "file" }] }, /one of text/],
    ["a choice of nothing", { fields: [{ id: "a", label: "A", kind: "choice", options: [] }] }, /1 to 50/],
    ["one id twice", { fields: [fields[0], fields[0]] }, /one id/],
    ["an id of the page's own", { fields: [{ ...fields[0], id: "website" }] }, /needs an id/],
    ["an id that is markup", { fields: [{ ...fields[0], id: '"><b>' }] }, /needs an id/],
  ])("refuses a form with %s", async (_, body, said) => {
    expect(await create(body)).toMatchObject({ status: 400, json: { error: expect.stringMatching(said) } });
  });

  it("shows nobody else what was answered", async () => {
    for (const path of [
      "/api/forms",
      `/api/forms/${id}`,
      `/api/forms/${id}/answers`,
      `/api/forms/${id}/answers.csv`,
      "/",
    ])
      expect((await app().anybody(path)).status, path).toBe(401);
    expect((await app().anybody(`/f/${"A".repeat(16)}`)).status).toBe(404);
    expect((await app().anybody(`/f/${id}/answers`)).status).toBe(404);
  });
}
