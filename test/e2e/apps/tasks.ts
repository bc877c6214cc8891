/** What `tasks` promises, asked the same way of the app in this process and of the app behind its gate. */
import { expect, it } from "vitest";
import type { App } from "../../support/apps.ts";

/** What the function `report` answers, however it is asked. */
export interface Report {
  overview(today: string): Promise<any>;
  exported(format: string): Promise<string>;
}

export function tasks(app: () => App, report: () => Report): void {
  const send = (method: string, path: string, body?: unknown) => app().owner(path, { method, body });
  const newList = async (name: string) => (await send("POST", "/api/lists", { name })).json.id;
  const add = async (list: string, title: string, more: object = {}) =>
    (await send("POST", `/api/lists/${list}/tasks`, { title, ...more })).json.id;
  const order = async (list: string) =>
    (await app().owner(`/api/lists/${list}/tasks`)).json.tasks.map(({ title }: any) => title).join(" ");
  const counts = async (list: string) => {
    const { left, done } = (await app().owner("/api/lists")).json.lists.find(({ id }: any) => id === list);
    return { left, done };
  };
  const tick = (id: string, done = true) => send("PUT", `/api/tasks/${id}`, { done });
  const place = (id: string, body: object) => send("PUT", `/api/tasks/${id}/place`, body);

  it("keeps the tasks of a list in the order they are put in", async () => {
    const list = await newList("Order");
    const ids: string[] = [];
    for (const title of ["a", "b", "c", "d"]) ids.push(await add(list, title));
    const [a, b, c, d] = ids as [string, string, string, string];
    expect(await order(list)).toBe("a b c d");
    await place(d, { after: null });
    await place(a, { after: c });
    expect(await order(list)).toBe("d b c a");
    // Always between the same two: no rank may run out of room.
    for (let n = 0; n < 30; n++) await place(n % 2 ? b : c, { after: d });
    expect(await order(list)).toBe("d b c a");
    expect((await place(a, { after: a })).status).toBe(409);
  });

  // Two windows that drag two tasks to one place: both are there afterwards, once, in some order.
  it("takes moves of many at once, and loses none", async () => {
    const list = await newList("Crowd");
    const anchor = await add(list, "anchor");
    const ids = await Promise.all(["p", "q", "r", "s", "t"].map((title) => add(list, title)));
    const moved = await Promise.all(ids.map((id) => place(id, { after: anchor })));
    expect(moved.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const titles = (await order(list)).split(" ");
    expect(titles[0]).toBe("anchor");
    expect(titles.slice(1).sort()).toEqual(["p", "q", "r", "s", "t"]);
    expect(await counts(list)).toEqual({ left: 6, done: 0 });
  });

  // A count that is changed beside what it counts is wrong after the first two ticks at once.
  it("counts what is left exactly, however many tick it at once", async () => {
    const list = await newList("Ticks");
    const ids = await Promise.all(["x", "y", "z"].map((title) => add(list, title)));
    const ticked = await Promise.all([...ids, ...ids, ...ids].map((id) => tick(id)));
    expect(ticked.map(({ status }) => status)).toEqual(Array(9).fill(200));
    expect(await counts(list)).toEqual({ left: 0, done: 3 });
    await tick(ids[0]!, false);
    expect(await counts(list)).toEqual({ left: 1, done: 2 });
    expect((await send("DELETE", `/api/lists/${list}`)).status).toBe(409);
    expect((await send("POST", `/api/lists/${list}/clear`)).json).toEqual({ cleared: 2 });
    expect(await counts(list)).toEqual({ left: 1, done: 0 });
    expect((await send("DELETE", `/api/tasks/${ids[0]}`)).status).toBe(200);
    expect((await send("DELETE", `/api/lists/${list}`)).status).toBe(200);
    expect((await send("POST", `/api/lists/${list}/tasks`, { title: "late" })).status).toBe(404);
  });

  it("moves a task to another list, and both counts with it", async () => {
    const [from, to] = [await newList("From"), await newList("To")];
    const id = await add(from, "wanderer");
    expect((await place(id, { list: to, after: null })).json.list).toBe(to);
    expect([await counts(from), await counts(to)]).toEqual([
      { left: 0, done: 0 },
      { left: 1, done: 0 },
    ]);
    expect((await place(id, { list: "0".repeat(20), after: null })).status).toBe(409);
    expect(await order(to)).toBe("wanderer");
  });

  it("shows what is due by day, from all lists, and nothing that is done or has no day", async () => {
    const [one, two] = [await newList("One"), await newList("Two")];
    await add(one, "third", { due: "2026-12-03" });
    const first = await add(two, "first", { due: "2026-12-01" });
    await add(two, "second", { due: "2026-12-02" });
    await add(one, "whenever");
    const due = async (until: string) =>
      (await app().owner(`/api/due?until=${until}`)).json.tasks.map(({ title }: any) => title).join(" ");
    expect(await due("2026-12-02")).toBe("first second");
    await tick(first);
    expect(await due("2026-12-31")).toBe("second third");
    await send("PUT", `/api/tasks/${first}`, { done: false, due: "2026-12-09" });
    expect(await due("2026-12-31")).toBe("second third first");
    await send("PUT", `/api/tasks/${first}`, { due: null });
    expect(await due("2026-12-31")).toBe("second third");
    expect((await app().owner("/api/due?until=tomorrow")).status).toBe(400);
  });

  it.each([
    ["no title", { title: " " }, /title/],
    ["a day that is none", { title: "t", due: "2026-02-30" }, /2026-12-31/],
    ["a note that is too long", { title: "t", note: "n".repeat(10_001) }, /10000/],
  ])("refuses a task with %s", async (_, body, said) => {
    const list = await newList("Bad");
    const answer = await send("POST", `/api/lists/${list}/tasks`, body);
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringMatching(said) } });
    expect(await counts(list)).toEqual({ left: 0, done: 0 });
  });

  // Two functions: the one that reads everything is called by the other, and by nobody else.
  it("reports on everything: an overview, and all of it in three formats", async () => {
    const list = await newList("=Report, all");
    await add(list, '=1+1 "quoted"', { due: "2027-01-01", note: "two\nlines" });
    await tick(await add(list, "finished"));
    const view = await report().overview("2027-01-01");
    expect(view).toMatchObject({ today: 1, overdue: 2, soon: 0 });
    expect(view.open).toBeGreaterThan(10);
    const csv = await report().exported("csv");
    expect(csv).toContain(`"'=Report, all","'=1+1 ""quoted""",no,2027-01-01,"two\nlines",`);
    const markdown = await report().exported("md");
    expect(markdown).toContain(
      '## =Report, all\n\n- [ ] =1+1 "quoted" (due 2027-01-01)\n      two\n      lines\n- [x] finished\n',
    );
    const all = JSON.parse(await report().exported("json"));
    expect(all.find((one: any) => one.list === "Order").tasks.map(({ title }: any) => title)).toEqual([
      "d",
      "b",
      "c",
      "a",
    ]);
  });

  it("shows nobody else anything", async () => {
    for (const path of ["/", "/api/lists", "/api/due?until=2026-12-31", "/api/export.csv", "/api/overview"])
      expect((await app().anybody(path)).status, path).toBe(401);
  });
}

/** The report as the page asks for it: `api` calls the function. */
export const called = (app: () => App): Report => ({
  overview: async (today) => (await app().owner(`/api/overview?today=${today}`)).json,
  exported: async (format) => (await app().owner(`/api/export.${format}`)).text,
});
