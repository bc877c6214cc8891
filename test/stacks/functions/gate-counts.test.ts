/** What a gate writes down: requests by hour and day, the budget of a day, and a line of its access log each. */
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { answered, seed, startGate, token } from "./gate-harness.ts";

const morning = Date.parse("2026-11-26T08:15:00Z");
const clock = vi.spyOn(Date, "now");
let gate: Awaited<ReturnType<typeof startGate>>;

beforeEach(async () => {
  clock.mockReturnValue(morning);
  gate = await startGate({ budget: 5 });
  seed(gate);
  return () => gate.close();
});
afterAll(() => clock.mockRestore());
const later = (ms: number): void => void clock.mockReturnValue(Date.now() + ms);
/** Of a session that this clock's day knows. */
const visit = (path = "/api/x") => gate.ask(path, { cookies: [`__Host-session=${token()}`] });

it("are counted by hour and day, in one writing a second, while the app is at work", async () => {
  gate.state.app = () => answered({ statusCode: 500 });
  await visit();
  gate.state.app = () => answered({ statusCode: 200 });
  expect(gate.state.counters.get("requests/2026-11-26T08")).toEqual({ n: 1, denied: 0, failed: 0 });
  await visit();
  await gate.ask("/");
  expect(gate.state.counters.get("requests/2026-11-26")).toEqual({ n: 1, denied: 0, failed: 0 });
  later(1000);
  await visit();
  expect(gate.state.counters.get("requests/2026-11-26")).toEqual({ n: 3, denied: 1, failed: 1 });
  expect(gate.state.counters.get("requests/2026-11-26T08")).toEqual({ n: 3, denied: 1, failed: 1 });
});

// A list of refusals that holds every sign-in hides the one that matters.
it("are refusals only when somebody was refused something: not on the way to sign-in, back from it, or out", async () => {
  const page = { accept: "text/html" };
  await gate.ask("/api/x", { headers: page });
  await gate.ask("/.freehold/signin", { headers: page, query: { to: "/" } });
  await gate.ask("/.freehold/signin", { headers: page, query: { code: "c".repeat(43) } });
  await gate.ask("/.freehold/nothing", { headers: page });
  await gate.ask("/.freehold/signout", { method: "POST", headers: { origin: "http://evil.example" } });
  await gate.ask("/.freehold/signout", { method: "POST" });
  await gate.ask("/api/x");
  expect(gate.log.map((line) => JSON.parse(line)).map(({ status, allowed, why }) => [status, allowed, why])).toEqual([
    [302, true, "sign-in-first"],
    [302, true, undefined],
    [401, false, "sign-in-stale"],
    [404, false, "not-found"],
    [403, false, "other-origin"],
    [303, true, undefined],
    [401, false, "sign-in-first"],
  ]);
  later(1000);
  await visit();
  later(1000);
  await visit();
  expect(gate.state.counters.get("requests/2026-11-26")).toMatchObject({ n: 2, denied: 4 });
});

it("stay counted while the table does not take them, and the answer is not held up by that", async () => {
  gate.state.limitsFail = true;
  expect((await visit()).statusCode).toBe(200);
  gate.state.limitsFail = false;
  later(1000);
  expect((await visit()).statusCode).toBe(200);
  expect(gate.state.counters.get("requests/2026-11-26")).toMatchObject({ n: 2 });
});

it("beyond the budget of a day are answered politely, until the next; other gates' count, too", async () => {
  for (let i = 0; i < 3; i++) expect((await visit()).statusCode).toBe(200);
  later(1000);
  gate.state.counters.get("requests/2026-11-26")!["n"]! += 1;
  expect((await visit()).statusCode).toBe(200);
  const enough = await visit();
  const untilMidnight = 86_400 - (8 * 3600 + 15 * 60 + 1);
  expect([enough.statusCode, enough.headers["retry-after"]]).toEqual([503, String(untilMidnight)]);
  expect(enough.text).toContain("freehold settings notes requests=");
  expect((await gate.ask("/.freehold/signin")).statusCode).toBe(302);
  clock.mockReturnValue(Date.parse("2026-11-27T00:00:01Z"));
  expect((await visit()).statusCode).toBe(200);
});

it("are a line of JSON each, with nothing secret in it", async () => {
  await gate.ask("/api/x", {
    cookies: [`__Host-session=${token()}`],
    query: { token: "s3cret" },
    body: "s3cret",
    method: "POST",
  });
  await gate.ask("/share/x", { from: "198.51.100.7" });
  await gate.ask("/api/x");
  const lines = gate.log.map((line) => JSON.parse(line));
  expect(gate.log.every((line) => line.endsWith("}\n") && !line.slice(0, -1).includes("\n"))).toBe(true);
  expect(lines).toEqual([
    {
      ...{ type: "access", at: "2026-11-26T08:15:00.000Z", who: "owner", method: "POST", path: "/api/x", status: 200 },
      ...{ allowed: true, from: "127.0.0.1", ms: expect.any(Number) },
    },
    expect.objectContaining({ who: "public", path: "/share/x", allowed: true, from: "198.51.100.7" }),
    expect.objectContaining({ who: "public", path: "/api/x", allowed: false, status: 401, why: "sign-in-first" }),
  ]);
  expect(gate.log.join("")).not.toMatch(/s3cret|v2\./);
});
