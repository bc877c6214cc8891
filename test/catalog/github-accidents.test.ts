/** GitHub on a bad day: what it sends is cut, endless, late, somebody else's or points elsewhere. Rows G1, G2, G3, G7, G8. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { askWith, type GitHubAccess } from "../../catalog/github/asking.ts";
import { fetchRef } from "../../catalog/github/fetch.ts";
import { hostsOf } from "../../catalog/github/hosts.ts";
import { githubSource } from "../../catalog/github/source.ts";
import { type Accident, type Hub, startGitHub } from "../support/github.ts";
import { listen } from "../support/listen.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-accidents-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let hub: Hub;
let cache: string;
beforeEach(async () => {
  hub = await startGitHub();
  cache = mkdtempSync(join(dir, "cache-"));
  hub.repository("ann/apps", { "notes/blueprint.yaml": "freehold: 1\n", "catalog.json": "{}\n" });
});
afterEach(() => hub.close());

const access = (more: Partial<GitHubAccess> = {}): GitHubAccess => ({
  apiUrl: hub.api,
  userAgent: "freehold/test",
  ...more,
});
const get = (more: Partial<GitHubAccess> = {}) =>
  fetchRef(askWith(access(more)), { cache }, "github:ann/apps/notes", []);

async function refused(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error ?? new Error("it was not refused");
}

const leftovers = (): string[] => (existsSync(join(cache, "blueprints")) ? readdirSync(join(cache, "blueprints")) : []);

describe("an archive", () => {
  const big = gzipSync(Buffer.alloc(40 * 1024 ** 2));
  const html = Buffer.from("<!doctype html><title>Sign in to the airport's network</title>");

  // Nothing of a download that went wrong may stay, wherever it broke off (G7).
  it.each<[string, Accident, string]>([
    ["cut in the middle", { kind: "truncate" }, "github-unreachable"],
    ["without an end", { kind: "endless" }, "archive-broken"],
    ["that is a page", { kind: "body", bytes: html, headers: { "content-type": "text/html" } }, "archive-broken"],
    ["of nothing", { kind: "body", bytes: Buffer.alloc(0) }, "archive-broken"],
    ["that is a bomb", { kind: "body", bytes: big }, "archive-too-large"],
  ])("%s is refused, and nothing is left", async (_what, accident, code) => {
    hub.accident(/legacy/, accident);
    expect((await refused(get())).code).toBe(code);
    expect(leftovers()).toEqual([]);
    expect((await get()).digest).toMatch(/^sha256:/);
  });

  it("of five gigabytes is refused before a byte of it is read", async () => {
    hub.accident(/legacy/, {
      kind: "status",
      status: 200,
      headers: { "content-length": String(5 * 1024 ** 3) },
      body: "",
    });
    expect((await refused(get())).code).toBe("github-too-much");
  });

  it("larger than it may be ends where that shows, whatever length was said", async () => {
    hub.accident(/legacy/, { kind: "endless" });
    const bounds = { archive: { bytes: 100_000 } };
    expect(["github-too-much", "archive-broken"]).toContain((await refused(get({ bounds }))).code);
    expect(leftovers()).toEqual([]);
  });

  // What was cut looks whole to gzip when the cut is at a member's end: the tar says that it goes on.
  it("whose gzip is whole and whose tar is not is refused", async () => {
    const repository = hub.repositories[0]!;
    const whole = gunzipSync(repository.archive(repository.head));
    hub.accident(/legacy/, { kind: "body", bytes: gzipSync(whole.subarray(0, whole.length - 1024)) });
    expect((await refused(get())).code).toBe("archive-broken");
  });

  it("of another commit is refused by name", async () => {
    const repository = hub.repositories[0]!;
    const first = repository.head;
    repository.commit({ "notes/blueprint.yaml": "freehold: 1 # new\n" });
    hub.accident(/legacy/, { kind: "body", bytes: repository.archive(first) });
    expect((await refused(get())).code).toBe("archive-other-commit");
  });
});

describe("a redirect", () => {
  // An answer may send us to GitHub's own hosts and nowhere else; the token goes to none of them but the API (G8).
  it.each([
    ["http", "http://codeload.github.com/x"],
    ["a foreign host", "https://evil.example/x"],
    ["a host that looks like GitHub's", "https://api.github.com.evil.example/x"],
    ["this computer", "http://127.0.0.1:1/x"],
    ["another port of this computer", "https://localhost:1/x"],
    ["a cloud's own data", "http://169.254.169.254/latest/meta-data"],
    ["a file", "file:///etc/passwd"],
    ["a name and a password", "https://user:secret@localhost/x"],
    ["nothing", "http://"],
  ])("to %s is refused without a request there", async (_what, to) => {
    hub.accident(/tarball/, { kind: "redirect", to: `${to}?token=signed-secret` });
    const fault = await refused(get({ signIn: async () => ({ token: "t", from: "GITHUB_TOKEN" }) }));
    expect(fault.code).toBe("github-redirect");
    expect(JSON.stringify(fault) + fault.stack).not.toContain("signed-secret");
    expect(leftovers()).toEqual([]);
  });

  it("to a foreign host never takes the token along, not even to ask", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    const elsewhere = await listen(server);
    hub.repositories[0]!.private = true;
    const token = hub.token("t0ken", ["ann/apps"]);
    hub.accident(/commits/, { kind: "redirect", to: elsewhere });
    expect((await refused(get({ signIn: async () => ({ token, from: "GITHUB_TOKEN" }) }))).code).toBe(
      "github-redirect",
    );
    expect(seen).toEqual([]);
    server.close();
  });

  it("in a circle ends", async () => {
    hub.accident(/commits/, { kind: "redirect", to: `${hub.api}/repos/ann/apps/commits/HEAD` }, 10);
    expect((await refused(get())).code).toBe("github-redirect");
  });

  it("to another repository's number is not followed (G4)", async () => {
    hub.accident(/commits/, { kind: "redirect", status: 301, to: `${hub.api}/repositories/1/commits/HEAD` });
    expect((await refused(get())).code).toBe("repository-replaced");
  });
});

describe("trouble", () => {
  // A short one is nobody's business; a long one is said, with its end (G2).
  it("of GitHub's own passes when it is short, and is named when it is not", async () => {
    hub.accident(/commits/, { kind: "status", status: 502 }, 2);
    expect((await get()).digest).toMatch(/^sha256:/);
    hub.accident(/repos\/ann\/apps$/, { kind: "status", status: 503 }, 4);
    rmSync(cache, { recursive: true });
    expect((await refused(get())).code).toBe("github-failing");
  });

  it("of too many requests is waited for when it is short, and else told with its end", async () => {
    hub.accident(/commits/, { kind: "status", status: 429, headers: { "retry-after": "1" } });
    const started = Date.now();
    expect((await get()).digest).toMatch(/^sha256:/);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    rmSync(cache, { recursive: true });
    hub.accident(/commits/, { kind: "status", status: 403, headers: { "retry-after": "120" } });
    const fault = (await refused(get())) as Fault & { until?: string };
    expect(fault.code).toBe("github-limited");
    expect(Date.parse(fault.until!) - Date.now()).toBeGreaterThan(100_000);
    const body = '{"message":"You have exceeded a secondary rate limit."}';
    hub.accident(/commits/, { kind: "status", status: 403, body });
    expect((await refused(get())).code).toBe("github-limited");
  });

  // G1: nobody waits for ever for what does not come.
  it("of silence ends in the time that was given, and by whoever has no more time", async () => {
    hub.accident(/commits/, { kind: "hang" });
    expect((await refused(get({ bounds: { answer: { idleMs: 200 } } }))).code).toBe("github-too-slow");
    hub.accident(/commits/, { kind: "hang" });
    const signal = AbortSignal.timeout(200);
    await expect(get({ signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("of a page, of JSON of another kind or of too much in an answer's place is told apart", async () => {
    const html = { kind: "body", bytes: Buffer.from("<html>"), headers: { "content-type": "text/html" } } as const;
    hub.accident(/repos\/ann\/apps$/, html);
    expect((await refused(get())).code).toBe("github-answer-odd");
    hub.accident(/repos\/ann\/apps$/, { kind: "body", bytes: Buffer.from('{"id":"1","full_name":"../x"}') });
    expect((await refused(get())).code).toBe("github-answer-odd");
    hub.accident(/trees/, { kind: "body", bytes: Buffer.from('{"tree":[{"path":1}]}') });
    expect((await refused(get())).code).toBe("github-answer-odd");
    hub.accident(/repos\/ann\/apps$/, { kind: "endless" });
    expect((await refused(get({ bounds: { answer: { bytes: 100_000 } } }))).code).toBe("github-too-much");
    hub.accident(/repos\/ann\/apps$/, { kind: "truncate" }, 4);
    expect((await refused(get())).code).toBe("github-unreachable");
  });

  it("of nobody there is told as that", async () => {
    const apiUrl = hub.api;
    await hub.close();
    const fault = await refused(get({ apiUrl }));
    expect(fault).toMatchObject({ code: "github-unreachable", detail: expect.stringContaining("keeps running") });
    hub = await startGitHub();
  });

  // A limit met while an index is read leaves the copy to whoever has one; the fault says until when (G2).
  it("while an index is read is the index's fault to keep", async () => {
    hub.limit({ remaining: 0, resetInSeconds: 600 });
    const source = githubSource(askWith(access()), { cache }, { ref: "github:ann/apps", name: "ann" });
    expect((await refused(source.readIndex())).code).toBe("github-limited");
  });
});

describe("GITHUB_API_URL", () => {
  // Whoever can set it could have tokens sent elsewhere in plain text.
  it("is an https address, or this computer", () => {
    expect(hostsOf("https://github.example/api/v3/")).toEqual({
      api: "https://github.example/api/v3",
      apiHost: "github.example",
      archiveHosts: ["github.example", "codeload.github.example"],
      loopback: false,
    });
    expect(hostsOf()).toMatchObject({ archiveHosts: ["api.github.com", "codeload.github.com"] });
    for (const url of ["http://github.example", "ftp://x", "x", "https://a:b@c", "https://c?d", "http://localhost:1"])
      expect(() => hostsOf(url), url).toThrow(Fault);
  });
});
