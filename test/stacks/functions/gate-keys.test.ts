/** Keys for programs at a gate: what they open, what they do not, and how wrong ones are met. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { digestOfToken, newToken, rowId } from "../../../stacks/functions/shared/rows.ts";
import { type Asking, now, put, seed, startGate, token } from "./gate-harness.ts";

let gate: Awaited<ReturnType<typeof startGate>>;
const id = "0123456789abcdef";
const secret = newToken();
const row = {
  digest: digestOfToken(secret),
  name: "phone",
  routes: ["/api/*"],
  verbs: ["GET"],
  created: 1,
  expires: now() + 1000,
};
const with_ = (key: string, path = "/api/x", more: Asking = {}) =>
  gate.ask(path, { ...more, headers: { authorization: `Bearer ${key}`, ...more.headers } });
const good = `fh_${id}_${secret}`;

beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate.close());
beforeEach(() => {
  seed(gate);
  put(gate.state, rowId.key("notes", id), row);
  gate.aws.asked.length = 0;
  gate.log.length = 0;
});

it("a key opens its routes for its verbs, as the owner's, by its id, and is not shown to the app", async () => {
  expect((await with_(good)).statusCode).toBe(200);
  const { headers } = gate.reached()[0]!;
  expect(headers).toMatchObject({ "x-freehold-user": "owner", "x-freehold-role": "owner", "x-freehold-key": id });
  expect(JSON.stringify(gate.aws.asked.filter(({ path }) => path !== "/"))).not.toContain(secret);
  const claims = JSON.parse(Buffer.from(headers["x-freehold-identity"]!.split(".")[1]!, "base64url").toString());
  expect(claims).toMatchObject({ sub: "owner", key: id });
  expect(JSON.parse(gate.log[0]!)).toMatchObject({ who: `key/${id}`, allowed: true });
});

it("no other route, verb, app or time; and no cookie counts beside it", async () => {
  expect((await with_(good, "/")).statusCode).toBe(403);
  expect((await with_(good, "/api")).statusCode).toBe(403);
  expect((await with_(good, "/API/x")).statusCode).toBe(403);
  expect((await with_(good, "/api/../x")).statusCode).toBe(400);
  expect((await with_(good, "/api/x", { method: "POST" })).statusCode).toBe(403);
  expect((await with_(good, "/", { cookies: [`__Host-session=${token()}`] })).statusCode).toBe(403);
  put(gate.state, rowId.key("notes", id), { ...row, expires: now() - 1 });
  expect((await with_(good)).statusCode).toBe(401);
  gate.state.rows.delete(rowId.key("notes", id));
  put(gate.state, rowId.key("diary", id), row);
  expect((await with_(good)).statusCode).toBe(401);
  expect(gate.reached()).toEqual([]);
});

it("one that is taken away is worth nothing at the next request; one that cannot be looked up neither", async () => {
  expect((await with_(good)).statusCode).toBe(200);
  gate.state.accessFails = true;
  expect((await with_(good)).statusCode).toBe(503);
  gate.state.accessFails = false;
  gate.state.rows.delete(rowId.key("notes", id));
  expect((await with_(good)).statusCode).toBe(401);
});

it("a wrong one opens not even what is public, and the app never sees it", async () => {
  for (const key of [`fh_${id}_${newToken()}`, `fh_${id}`, "fh_x_y", `FH_${id}_${secret}`, `fh_${id}_`])
    expect((await with_(key, "/share/x", { from: `10.0.0.${key.length}` })).statusCode, key).toBe(401);
  expect(gate.reached()).toEqual([]);
  // What is no key of ours is between the app and its visitor.
  expect((await with_("something-else", "/share/x")).statusCode).toBe(200);
  expect(gate.reached()[0]?.headers["authorization"]).toBe("Bearer something-else");
});

// Row L12.
it("an address that tries many is soon not listened to, the right one among them; others are", async () => {
  const wrong = (): Promise<{ statusCode: number }> => with_(`fh_${id}_${newToken()}`, "/api/x", { from: "10.0.0.9" });
  const statuses: number[] = [];
  for (let i = 0; i < 32; i++) statuses.push((await wrong()).statusCode);
  expect([statuses.filter((status) => status === 401).length, statuses.at(-1)]).toEqual([30, 429]);
  const before = gate.asked().length;
  const again = await with_(good, "/api/x", { from: "10.0.0.9" });
  expect([again.statusCode, Number(again.headers["retry-after"]) > 0, gate.asked().length]).toEqual([
    429,
    true,
    before,
  ]);
  expect((await with_(good, "/api/x", { from: "10.0.0.10" })).statusCode).toBe(200);
  expect(JSON.stringify([...gate.state.counters.keys()])).not.toContain("10.0.0.9");
});

it("is closed while wrong ones cannot be counted", async () => {
  gate.state.limitsFail = true;
  expect((await with_(`fh_${id}_${newToken()}`, "/api/x", { from: "10.0.0.11" })).statusCode).toBe(503);
  gate.state.limitsFail = false;
});

it("its use is written down after the answer, once a minute, and brings no removed key back", async () => {
  const noted = () => gate.aws.asked.filter(({ body }) => body.includes("SET #used = :now"));
  await with_(good);
  expect(noted()).toHaveLength(1);
  expect(JSON.parse(noted()[0]!.body).ConditionExpression).toBe("attribute_exists(#id)");
  put(gate.state, rowId.key("notes", id), { ...row, used: now() - 10 });
  await with_(good);
  expect(noted()).toHaveLength(1);
});

it("another site's page is no reason to refuse one", async () => {
  put(gate.state, rowId.key("notes", id), { ...row, verbs: ["POST"] });
  const headers = { origin: "https://elsewhere.example" };
  expect((await with_(good, "/api/x", { method: "POST", headers })).statusCode).toBe(200);
});

// What takes longer, or asks more, tells which half of a guess was right.
it("a wrong secret and an id that is not there ask the same and are answered alike", async () => {
  const shown = async (key: string, from: string) => {
    gate.aws.asked.length = 0;
    const { statusCode, text } = await with_(key, "/api/x", { from });
    return { statusCode, text, asked: gate.asked().map(({ headers }) => headers["x-amz-target"]) };
  };
  const wrong = await shown(`fh_${id}_${newToken()}`, "10.0.1.1");
  expect(await shown(`fh_ffffffffffffffff_${newToken()}`, "10.0.1.2")).toEqual(wrong);
  expect(await shown(`fh_${id}_${secret.slice(0, -1)}`, "10.0.1.3")).toEqual(wrong);
  // The row's digest is no secret that opens anything.
  expect(await shown(`fh_${id}_${row.digest}`, "10.0.1.4")).toEqual(wrong);
});

// A comparison that ends at the first wrong letter tells, by its time, how much of a guess is right. Measured times of a
// loopback call would not show it; what is compared, and how, does.
it("a secret is compared by its digest, in the same time wherever it is wrong", async () => {
  const folder = join(import.meta.dirname, "../../../stacks/functions");
  const source = await readFile(join(folder, "gate/keys.ts"), "utf8");
  const [isSame] = /function isSame\([\s\S]*?\n}\n/.exec(source) ?? [""];
  expect(isSame).toMatch(/const shown = createHash\("sha256"\)\.update\(secret\)\.digest\(\);/);
  expect(isSame).toMatch(/return timingSafeEqual\(shown, /);
  expect(source.match(/\bsecret\b[^\n]*[!=]==|[!=]==[^\n]*\bsecret\b/g)).toBeNull();
  for (const [at, name] of [
    [0, "first"],
    [secret.length - 1, "last"],
  ] as const) {
    const guess = `${secret.slice(0, at)}${secret[at] === "A" ? "B" : "A"}${secret.slice(at + 1)}`;
    expect((await with_(`fh_${id}_${guess}`)).statusCode, name).toBe(401);
  }
});
