/** The emulated GitHub that other tests rely on: git itself agrees with its ids and archives, octokit with its answers. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Octokit } from "octokit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hub, startGitHub } from "../support/github.ts";
import { git, missing } from "../support/tools.ts";

let hub: Hub;
beforeAll(async () => {
  hub = await startGitHub();
});
afterAll(() => hub.close());

const files = {
  "catalog.json": "{}\n",
  "notes/blueprint.yaml": "freehold: 1\n",
  "notes.txt": "sorts before the folder notes/\n",
  "notes/run.sh": { text: "#!/bin/sh\n", executable: true },
  [`notes/${"long/".repeat(30)}name.txt`]: "beyond a hundred bytes\n",
};

describe.skipIf(missing(git(), "git"))("its repositories", () => {
  const dir = mkdtempSync(join(tmpdir(), "freehold-git-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const run = (...args: string[]): Buffer =>
    execFileSync("git", ["-C", dir, ...args], { env: { PATH: process.env["PATH"], HOME: dir } });

  // An emulation that made up its ids would let a comparison with them pass that fails at the real one.
  it("have the trees that git makes of the same files, and archives of the same bytes", () => {
    const repository = hub.repository("ann/real", files);
    run("init", "-q");
    for (const [path, file] of Object.entries(files)) {
      mkdirSync(join(dir, dirname(path)), { recursive: true });
      writeFileSync(join(dir, path), typeof file === "string" ? file : file.text, {
        mode: typeof file === "string" ? 0o644 : 0o755,
      });
    }
    run("add", "-A");
    const tree = String(run("write-tree")).trim();
    expect(repository.commits.get(repository.head)!.sha).toBe(tree);
    const top = `ann-real-${repository.head.slice(0, 7)}/`;
    const theirs = run("-c", "tar.umask=0002", "archive", `--prefix=${top}`, "--format=tar", tree);
    const names = (archive: Buffer): string[] =>
      String(execFileSync("tar", ["-tvf", "-"], { input: archive }))
        .trim()
        .split("\n")
        .map((line) => line.replace(/^(\S+).* (\S+)$/, "$1 $2"));
    expect(names(gunzipSync(repository.archive(repository.head)))).toEqual(names(theirs));
  });
});

// What GitHub does when a repository moves is what the client is tested against.
it("answers octokit as GitHub does: commit by tag, 304 for the same, 301 after a rename, 404 for what is private", async () => {
  const octokit = new Octokit({ baseUrl: hub.api, throttle: { enabled: false }, retry: { enabled: false } });
  const repository = hub.repository("ann/apps", files);
  repository.tag("v1");
  const asked = { owner: "ann", repo: "apps", ref: "tags/v1", headers: { accept: "application/vnd.github.sha" } };
  const commit = await octokit.rest.repos.getCommit(asked);
  expect(commit.data).toBe(repository.head);
  const known = { ...asked, headers: { ...asked.headers, "if-none-match": commit.headers.etag! } };
  await expect(octokit.rest.repos.getCommit(known)).rejects.toMatchObject({ status: 304 });
  repository.rename("bea/apps");
  expect((await octokit.rest.repos.get({ owner: "ann", repo: "apps" })).data.full_name).toBe("bea/apps");
  repository.private = true;
  await expect(octokit.rest.repos.get({ owner: "bea", repo: "apps" })).rejects.toMatchObject({ status: 404 });
});
