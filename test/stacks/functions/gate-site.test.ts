/** A site through its gate: types, folders, ranges, conditions, smaller forms, and pages of apps that route in the browser. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Asking, seed, startGate, token } from "./gate-harness.ts";

let gate: Awaited<ReturnType<typeof startGate>>;
const ownersToken = token();
const get = (path: string, asking: Asking = {}) =>
  gate.ask(path, { cookies: [`__Host-session=${ownersToken}`], ...asking });
const script = `export const text = "${"words and words ".repeat(500)}";`;

beforeAll(async () => {
  gate = await startGate({ fallback: "app.html" });
  Object.assign(gate.state.files, { "main.js": script, "small.js": "1", "pic.png": "p".repeat(5000) });
});
afterAll(() => gate.close());
beforeEach(() => {
  seed(gate);
  delete gate.state.files["404.html"];
  delete gate.state.files["app.html"];
});

it("is served with its types, folders as their index, and is asked for again each time", async () => {
  expect(await get("/")).toMatchObject({
    statusCode: 200,
    text: "<h1>Home</h1>",
    headers: { "content-type": "text/html", etag: '"tag"', "cache-control": "private, no-cache" },
  });
  expect((await get("/docs/")).text).toBe("<h1>Docs</h1>");
  expect(await get("/docs")).toMatchObject({ statusCode: 308, headers: { location: "/docs/" } });
  expect((await get("/a%20b.txt")).text).toBe("spaces");
});

it("has ranges, conditions and HEAD", async () => {
  expect(await get("/", { headers: { range: "bytes=0-1" } })).toMatchObject({
    statusCode: 206,
    text: "<h",
    headers: { "content-range": "bytes 0-1/13" },
  });
  expect(await get("/", { headers: { "if-none-match": '"tag"' } })).toMatchObject({ statusCode: 304, text: "" });
  expect(await get("/", { headers: { range: "bytes=0-1", "if-range": '"old"' } })).toMatchObject({
    statusCode: 200,
    text: "<h1>Home</h1>",
  });
  expect(await get("/", { method: "HEAD" })).toMatchObject({
    statusCode: 200,
    text: "",
    headers: { "content-length": "13" },
  });
  expect((await get("/", { method: "POST" })).statusCode).toBe(405);
});

describe("text", () => {
  const as = (acceptEncoding: string, more: Asking["headers"] = {}, method = "GET") =>
    get("/main.js", { method, headers: { "accept-encoding": acceptEncoding, ...more } });

  it("comes in the smaller form that the browser takes, each with an ETag of its own", async () => {
    const small = await as("gzip, deflate, br, zstd");
    expect(small.headers).toMatchObject({ "content-encoding": "br", etag: '"tag-br"', vary: "Accept-Encoding" });
    expect(small.headers).not.toHaveProperty("content-length");
    expect(small.headers).not.toHaveProperty("accept-ranges");
    expect(small.bytes.length).toBeLessThan(script.length / 10);
    expect(brotliDecompressSync(small.bytes).toString()).toBe(script);
    const gzipped = await as("gzip");
    expect([gzipped.headers["content-encoding"], gzipped.headers["etag"]]).toEqual(["gzip", '"tag-gzip"']);
    expect(gunzipSync(gzipped.bytes).toString()).toBe(script);
    expect(await as("br;q=0, identity")).toMatchObject({
      text: script,
      headers: { etag: '"tag"', vary: "Accept-Encoding" },
    });
    expect(await as("br", {}, "HEAD")).toMatchObject({ text: "", headers: { "content-encoding": "br" } });
  });

  it("that the browser has is not sent again, in its form only", async () => {
    expect(await as("br", { "if-none-match": '"tag-br"' })).toMatchObject({
      statusCode: 304,
      headers: { etag: '"tag-br"' },
    });
    expect(await as("br", { "if-none-match": 'W/"tag-br"' })).toMatchObject({ statusCode: 304 });
    expect(await as("gzip", { "if-none-match": '"tag-br"' })).toMatchObject({ statusCode: 200 });
    expect(await as("", { "if-none-match": '"tag-br"' })).toMatchObject({ statusCode: 200 });
  });

  it("is as it is for ranges, when short, and when it is no text", async () => {
    expect((await as("br", { range: "bytes=0-1" })).headers).not.toHaveProperty("content-encoding");
    for (const path of ["/small.js", "/pic.png"])
      expect((await get(path, { headers: { "accept-encoding": "br" } })).headers, path).not.toHaveProperty(
        "content-encoding",
      );
  });
});

it("says 404 for what is not there", async () => {
  expect((await get("/nothing.css")).statusCode).toBe(404);
  gate.state.files["404.html"] = "own page";
  expect(await get("/nothing.css")).toMatchObject({ statusCode: 404, text: "own page" });
});

it("of an app that routes in the browser answers addresses without an ending with its page", async () => {
  gate.state.files["app.html"] = "the app";
  expect(await get("/notes/7")).toMatchObject({
    statusCode: 200,
    text: "the app",
    headers: { "cache-control": "private, no-cache" },
  });
  expect(await get("/notes/")).toMatchObject({ statusCode: 200, text: "the app" });
  expect((await get("/docs")).statusCode).toBe(308);
  expect((await get("/missing.js")).statusCode).toBe(404);
  expect((await gate.ask("/notes/7")).statusCode).toBe(401);
});
