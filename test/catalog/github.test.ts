/** Blueprints and catalogs from GitHub, with the real octokit over HTTP against the emulated one. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { askWith, type GitHubAccess } from "../../catalog/github/asking.ts";
import { fetchRef, type Installed } from "../../catalog/github/fetch.ts";
import { githubSource } from "../../catalog/github/source.ts";
import { type Hub, startGitHub } from "../support/github.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-github-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let hub: Hub;
let cache: string;
beforeEach(async () => {
  hub = await startGitHub();
  cache = mkdtempSync(join(dir, "cache-"));
});
afterEach(() => hub.close());

const notes = { "notes/blueprint.yaml": "freehold: 1\n", "notes/run.sh": { text: "#!/bin/sh\n", executable: true } };
const access = (more: Partial<GitHubAccess> = {}): GitHubAccess => ({
  apiUrl: hub.api,
  userAgent: "freehold/test",
  ...more,
});
const signIn = (token: string) => async () => ({ token, from: "GITHUB_TOKEN" });
const get = (ref: string, more: Partial<GitHubAccess> = {}, installed: Installed[] = []) =>
  fetchRef(askWith(access(more)), { cache }, ref, installed);
const catalog = (ref: string, more: Partial<GitHubAccess> = {}) =>
  githubSource(askWith(access(more)), { cache }, { ref, name: "ann" });

async function refused(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error ?? new Error("it was not refused");
}

/** Nothing half fetched lies about. */
const leftovers = (): string[] =>
  existsSync(join(cache, "blueprints")) ? readdirSync(join(cache, "blueprints")).filter((name) => name !== "refs") : [];

describe("a github: REF", () => {
  // The main road: one archive, and what is kept is what was committed, with where it is from.
  it("is fetched with one archive and pinned to repository number, commit and digest", async () => {
    const repository = hub.repository("ann/apps", { ...notes, link: { symlink: "/etc/passwd" }, "other/x": "no" });
    const found = await get("github:ann/apps/notes");
    expect(found.origin).toEqual({
      source: "github",
      repository: "ann/apps",
      repositoryId: repository.id,
      commit: repository.head,
      path: "notes",
    });
    expect(found.dir).toBe(join(cache, "blueprints", found.digest!.replace(":", "-")));
    expect(readFileSync(join(found.dir, "blueprint.yaml"), "utf8")).toBe("freehold: 1\n");
    expect(readdirSync(found.dir)).toEqual(["blueprint.yaml", "run.sh"]);
    expect(statSync(join(found.dir, "run.sh")).mode & 0o777).toBe(0o700);
    expect(hub.requests.filter(({ host }) => host === "archives")).toHaveLength(1);
    expect(
      hub.requests.every(({ authorization, userAgent }) => !authorization && userAgent!.startsWith("freehold/test")),
    ).toBe(true);
  });

  // Offline use of what was fetched before: a commit needs nobody, and the rest is what it was, said so (G1).
  it("that was fetched before serves without GitHub; a commit asks nobody at all", async () => {
    const repository = hub.repository("ann/apps", notes);
    const first = await get("github:ann/apps/notes");
    await get(`github:ann/apps/notes@${repository.head}`);
    const asked = hub.requests.length;
    expect((await get(`github:ann/apps/notes@${repository.head}`)).note).toBeUndefined();
    expect(hub.requests).toHaveLength(asked);
    hub.limit({ remaining: 0, resetInSeconds: 900 });
    const again = await get("github:ann/apps/notes");
    expect(again).toMatchObject({ dir: first.dir, digest: first.digest });
    expect(again.note).toContain("when it was last fetched");
  });

  // A tag is a promise: what it means must not change under those who installed it (G5).
  it("whose tag was moved since it was installed is refused with both digests", async () => {
    const repository = hub.repository("ann/apps", notes);
    repository.tag("v1");
    const first = await get("github:ann/apps/notes@v1");
    repository.commit({ "notes/blueprint.yaml": "freehold: 1 # other\n" }, { force: true });
    repository.tag("v1");
    const fault = await refused(get("github:ann/apps/notes@v1", {}, [{ origin: first.origin, digest: first.digest! }]));
    expect(fault.code).toBe("tag-moved");
    expect(fault.detail).toContain(first.digest);
    expect(fault.detail?.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(2);
    expect(existsSync(first.dir)).toBe(true);
  });

  // GitHub shows a fork's commits under the original's name: anybody could have theirs shown as somebody else's.
  it("with a commit that only a fork has is refused", async () => {
    const repository = hub.repository("ann/apps", notes);
    const fork = hub.repository("eve/apps", { "notes/blueprint.yaml": "freehold: 1 # evil\n" });
    repository.forks.push(fork);
    const fault = await refused(get(`github:ann/apps/notes@${fork.head}`));
    expect(fault.code).toBe("commit-foreign");
    expect(leftovers()).toEqual([]);
  });

  it.each([
    ["a tag that is not there", "github:ann/apps/notes@v9", "github-ref-not-found"],
    ["a branch where a tag belongs", "github:ann/apps/notes@main", "github-ref-not-found"],
    ["a commit that is not there", `github:ann/apps/notes@${"a".repeat(40)}`, "github-ref-not-found"],
    ["a folder that is not there", "github:ann/apps/nothing", "github-path-not-found"],
    ["a repository that is not there", "github:ann/nothing", "repository-not-found"],
    ["a file", "github:ann/apps/notes/run.sh", "github-path-not-found"],
  ])("of %s says so", async (_what, ref, code) => {
    hub.repository("ann/apps", notes);
    expect(await refused(get(ref))).toMatchObject({ code, exitCode: 4 });
    expect(leftovers()).toEqual([]);
  });

  it.each([
    "github:ann",
    "github:../apps",
    "github:ann/..",
    "github:-a/b",
    "github:ann/apps@",
    "github:ann/apps@-x",
    "github:ann/apps@a..b",
    "github:ann/apps/../x",
    "github:ann/apps/x//y",
    "github:ann/apps.git",
    "github:a b/c",
  ])("that is malformed asks nobody: %s", async (ref) => {
    expect((await refused(get(ref))).exitCode).toBe(2);
    expect(hub.requests).toEqual([]);
  });
});

describe("a repository", () => {
  // Its number is what it is; the name only leads there (G4).
  it("that was renamed is followed to the same number", async () => {
    const repository = hub.repository("ann/apps", notes);
    await get("github:ann/apps/notes");
    repository.rename("bea/apps");
    repository.commit({ ...notes, "notes/new": "1" });
    expect((await get("github:ann/apps/notes")).origin).toMatchObject({
      repository: "bea/apps",
      repositoryId: repository.id,
    });
  });

  it("whose name somebody else took is refused, and nothing is fetched from it (G4)", async () => {
    const first = hub.repository("ann/apps", notes);
    const found = await get("github:ann/apps/notes");
    first.rename("ann/old");
    hub.repository("ann/apps", { "notes/blueprint.yaml": "freehold: 1 # evil\n" });
    const archives = () => hub.requests.filter(({ host }) => host === "archives").length;
    const before = archives();
    expect(await refused(get("github:ann/apps/notes"))).toMatchObject({ code: "repository-replaced" });
    rmSync(cache, { recursive: true });
    const installed = [{ origin: found.origin, digest: found.digest! }];
    expect((await refused(get("github:ann/apps/notes", {}, installed))).code).toBe("repository-replaced");
    expect(archives()).toBe(before);
  });

  it("that is gone or private now says which it may be, and that what is installed stays (G4)", async () => {
    const repository = hub.repository("ann/apps", notes);
    await get("github:ann/apps/notes");
    repository.private = true;
    const fault = await refused(get("github:ann/apps/notes"));
    expect(fault).toMatchObject({ code: "repository-gone", exitCode: 4 });
    expect(fault.detail).toContain("keeps running");
    repository.remove();
    expect((await refused(get("github:ann/apps/notes"))).code).toBe("repository-gone");
  });

  // Each accident has a message of its own: whose move it is differs.
  it("that is blocked, or does not answer whoever asks without a token, says which it is", async () => {
    const repository = hub.repository("ann/apps", notes);
    const { origin, digest } = await get("github:ann/apps/notes");
    const ref = "github:ann/apps/notes@v1";
    repository.tag("v1");
    const blocked = { kind: "status", status: 451, body: '{"message":"Repository access blocked"}' } as const;
    hub.accident(/\/repos\/ann\/apps/, blocked, 3);
    const fault = await refused(get(ref, {}, [{ origin, digest: digest! }]));
    expect(fault).toMatchObject({ code: "repository-blocked", exitCode: 4, at: "github:ann/apps" });
    expect(fault.detail).toContain("What is installed stays as it is");
    hub.clearAccidents();
    hub.accident(/\/repos\/ann\/apps/, { ...blocked, status: 403 }, 3);
    expect((await refused(get(ref))).code).toBe("repository-blocked");
    hub.clearAccidents();
    hub.accident(
      /\/repos\/ann\/apps/,
      { kind: "status", status: 401, body: '{"message":"Requires authentication"}' },
      3,
    );
    expect(await refused(get(ref))).toMatchObject({ code: "github-token-refused", exitCode: 6 });
  });

  // A force-push leaves a catalog's index naming what nobody has any more (G5).
  it("whose history was written anew no longer has what an index names, and says so", async () => {
    const repository = hub.repository("ann/apps", notes);
    const named = repository.head;
    repository.commit({ "notes/blueprint.yaml": "freehold: 1 # other\n" }, { force: true });
    const fault = await refused(catalog("github:ann/apps").fetch({ path: "notes", commit: named }));
    expect(fault).toMatchObject({ code: "commit-gone", exitCode: 4, at: `github:ann/apps@${named}` });
    expect(fault.detail).toContain("What is installed stays as it is");
    expect(leftovers()).toEqual([]);
  });

  it("whose archive leaves out, changes or adds what was committed is refused by name", async () => {
    const repository = hub.repository("ann/apps", { ...notes, "notes/id": "$Format:%H$\n" });
    repository.exporting = (entry) => (entry.name === "notes/run.sh" ? undefined : entry);
    expect((await refused(get("github:ann/apps/notes"))).detail).toMatch(/"run\.sh" was left out.*export-ignore/);
    repository.exporting = (entry) =>
      entry.name === "notes/id" ? { ...entry, content: `${repository.head}\n` } : entry;
    expect((await refused(get("github:ann/apps/notes"))).detail).toMatch(/"id" was changed.*export-subst/);
    repository.exporting = (entry) => (entry.name === "notes/run.sh" ? { ...entry, mode: 0o644 } : entry);
    expect((await refused(get("github:ann/apps/notes"))).detail).toContain("another mode");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 5\n`;
    repository.exporting = (entry) => entry;
    repository.commit({ ...notes, "notes/big.bin": pointer });
    expect((await refused(get("github:ann/apps/notes"))).detail).toMatch(/"big\.bin" is a pointer to Git LFS/);
    repository.commit({ ...notes, "notes/module": { submodule: "c".repeat(40) } });
    expect((await refused(get("github:ann/apps/notes"))).detail).toContain("submodule");
    expect(leftovers()).toEqual([]);
  });

  // A recursive list is cut where a repository is very large: what was cut must not pass for what was left out.
  it("too large to be listed at once is listed folder by folder", async () => {
    const repository = hub.repository("ann/apps", { ...notes, "notes/a/b": "1", "z/y/x": "2" });
    repository.treeLimit = 3;
    expect((await get("github:ann/apps/notes/a")).digest).toMatch(/^sha256:/);
  });
});

describe("signing in", () => {
  // A token is for what cannot be seen without, and goes to the API alone: archives have addresses of their own (G8).
  it("happens only for what is private, shows how, and shows the token to the API only", async () => {
    hub.repository("ann/apps", notes);
    const repository = hub.repository("ann/own", notes);
    repository.private = true;
    const token = hub.token("a-secret-token", ["ann/own"]);
    await get("github:ann/apps/notes", { signIn: signIn(token) });
    expect(hub.requests.some(({ authorization }) => authorization)).toBe(false);
    const asking = askWith(access({ signIn: signIn(token) }));
    const found = await fetchRef(asking, { cache }, "github:ann/own/notes", []);
    expect(asking.signedIn()?.from).toBe("GITHUB_TOKEN");
    expect(hub.requests.some(({ host, authorization }) => host === "api" && authorization === `token ${token}`)).toBe(
      true,
    );
    expect(hub.requests.filter(({ host }) => host === "archives").every(({ authorization }) => !authorization)).toBe(
      true,
    );
    const kept = readdirSync(cache, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(cache, name)).isFile())
      .map((name) => readFileSync(join(cache, name), "utf8"));
    expect(kept.join("\n")).not.toMatch(/a-secret-token|\?token=/);
    expect(JSON.stringify(found)).not.toMatch(/a-secret-token|\?token=/);
  });

  it("helps when anonymous questions are used up (G2)", async () => {
    hub.repository("ann/apps", notes);
    hub.limit({ remaining: 0, resetInSeconds: 900 });
    const fault = await refused(get("github:ann/apps/notes"));
    expect(fault).toMatchObject({ code: "github-limited", next: expect.stringContaining("GITHUB_TOKEN") });
    expect(Date.parse((fault as { until?: string }).until!) / 1000).toBeCloseTo(hub.anonymous.resetAt, -1);
    const token = hub.token("t0ken");
    expect((await get("github:ann/apps/notes", { signIn: signIn(token) })).digest).toMatch(/^sha256:/);
  });

  it("with a token that is no longer accepted goes on without it, and says so where that is not enough (G9)", async () => {
    hub.repository("ann/apps", notes);
    hub.repository("ann/own", notes).private = true;
    const asking = askWith(access({ signIn: signIn("wrong-token-value") }));
    const fault = await refused(fetchRef(asking, { cache }, "github:ann/own/notes", []));
    expect(fault.code).toBe("repository-not-found");
    expect(fault.detail).toContain("GITHUB_TOKEN is no help");
    expect(fault.detail).not.toContain("wrong-token-value");
    expect((await fetchRef(asking, { cache }, "github:ann/apps/notes", [])).digest).toMatch(/^sha256:/);
    expect(hub.requests.at(-1)?.authorization).toBeUndefined();
  });

  it("without the right to read, or before single sign-on, is told apart (G9)", async () => {
    hub.repository("ann/own", notes).private = true;
    const token = hub.token("t0ken", []);
    expect((await refused(get("github:ann/own/notes", { signIn: signIn(token) }))).code).toBe("repository-not-found");
    hub.tokens.set(token, ["ann/own"]);
    hub.accident(/\/repos\/ann\/own$/, { kind: "status", status: 404 });
    hub.accident(/\/repos\/ann\/own$/, {
      kind: "status",
      status: 403,
      headers: { "x-github-sso": "required; url=https://x/secret" },
    });
    const fault = await refused(get("github:ann/own/notes", { signIn: signIn(token) }));
    expect(fault).toMatchObject({ code: "github-forbidden", exitCode: 6 });
    expect(fault.detail).toContain("single sign-on");
    expect(JSON.stringify(fault)).not.toContain("secret");
  });
});

describe("a catalog's index", () => {
  const index = { "catalog.json": '{"format":1}\n', ...notes };

  // Ten thousand entries that have not changed cost one question without an answer (G3).
  it("that has not changed costs one conditional request", async () => {
    const repository = hub.repository("ann/apps", index);
    const first = await catalog("github:ann/apps").readIndex();
    if (first.unchanged) throw new Error("there was nothing before");
    expect(first).toMatchObject({ text: '{"format":1}\n', commit: repository.head, repositoryId: repository.id });
    const before = hub.requests.length;
    const previous = { validators: first.validators, repositoryId: repository.id };
    expect(await catalog("github:ann/apps").readIndex(previous)).toEqual({ unchanged: true });
    expect(hub.requests.slice(before).map(({ status }) => status)).toEqual([304]);
    const { etag: _, ...others } = first.validators;
    expect(
      await catalog("github:ann/apps").readIndex({ ...previous, validators: { ...others, etag: 'W/"other"' } }),
    ).toEqual({
      unchanged: true,
    });
    repository.commit({ ...index, "catalog.json": "{}\n" });
    expect(await catalog("github:ann/apps").readIndex(previous)).toMatchObject({ unchanged: false, text: "{}\n" });
  });

  it("of a name that somebody else took is refused", async () => {
    const repository = hub.repository("ann/apps", index);
    const first = await catalog("github:ann/apps").readIndex();
    if (first.unchanged) throw new Error("there was nothing before");
    repository.rename("ann/old");
    hub.repository("ann/apps", { ...index, "catalog.json": "[]" });
    const previous = { validators: first.validators, repositoryId: repository.id };
    expect((await refused(catalog("github:ann/apps").readIndex(previous))).code).toBe("repository-replaced");
  });

  it("that is not there, of a repository without commits or of a path is refused", async () => {
    hub.repository("ann/apps", notes);
    hub.repository("ann/empty");
    expect((await refused(catalog("github:ann/apps").readIndex())).code).toBe("catalog-without-index");
    expect((await refused(catalog("github:ann/empty").readIndex())).code).toBe("github-ref-not-found");
    expect(() => catalog("github:ann/apps/notes")).toThrow(/without a path/);
  });

  // What an index promises is what is installed: another folder under the same commit is not it.
  it("promises digests, and a blueprint of another is refused without a trace", async () => {
    const repository = hub.repository("ann/apps", index);
    const source = catalog("github:ann/apps");
    const { digest } = await source.fetch({ path: "notes", commit: repository.head });
    rmSync(cache, { recursive: true });
    expect((await source.fetch({ path: "notes", commit: repository.head, digest })).origin).toMatchObject({
      source: "catalog",
      catalog: "ann",
    });
    const wrong = `sha256:${"0".repeat(64)}`;
    expect((await refused(source.fetch({ path: "notes", commit: repository.head, digest: wrong }))).code).toBe(
      "digest-differs",
    );
    expect(leftovers()).toEqual([digest.replace(":", "-")]);
  });

  it("may name another repository by its number, whatever that is called now", async () => {
    hub.repository("ann/apps", index);
    const other = hub.repository("bea/tools", { "todo/blueprint.yaml": "freehold: 1\n" });
    other.rename("bea/things");
    const wanted = { path: "todo", commit: other.head, repositoryId: other.id };
    expect((await catalog("github:ann/apps").fetch(wanted)).origin).toMatchObject({
      repository: "bea/things",
      repositoryId: other.id,
    });
    other.remove();
    rmSync(cache, { recursive: true });
    expect((await refused(catalog("github:ann/apps").fetch(wanted))).code).toBe("repository-gone");
  });
});
