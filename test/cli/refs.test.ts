/** What a REF means beside what is installed: an install from GitHub is pinned, and a tag that moved stops an upgrade. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { copyDir } from "../../cli/copies.ts";
import { findPaths } from "../../cli/paths.ts";
import { findAfresh, findSource, type RefWhere, type Source } from "../../cli/refs.ts";
import { writeApp } from "../../cli/registry.ts";
import { type Hub, startGitHub } from "../support/github.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-refs-"));
let hub: Hub;
beforeAll(async () => {
  hub = await startGitHub();
});
afterAll(async () => {
  await hub.close();
  rmSync(dir, { recursive: true, force: true });
});

const cloud = "home";
const where = (): RefWhere => ({
  paths: findPaths({ FREEHOLD_HOME: dir }),
  cloud,
  cwd: dir,
  env: { ...hub.env, HOME: dir },
  signIn: async () => undefined,
  pinned: true,
});

/** As `up` keeps it. */
function install({ ref, source, origin, digest, dir: from }: Source): void {
  const { paths } = where();
  cpSync(from, copyDir(paths, cloud, digest!), { recursive: true });
  const at = "2026-11-26T00:00:00.000Z";
  const same = { version: "1.0.0", digest: digest!, ref, origin, settings: {}, functions: {} };
  writeApp(paths, cloud, {
    ...same,
    format: 1,
    name: "notes",
    source,
    blueprint: "notes",
    title: "Notes",
    state: "running",
    kept: [],
    versions: [{ ...same, at, operation: "up", by: "ann" }],
    installedAt: at,
    updatedAt: at,
  });
}

// Whatever its repository does later, what somebody installed stays what they looked at (G5).
it("what was installed from GitHub stays as it was; a tag that moved stops who asks for it anew", async () => {
  const repository = hub.repository("ann/apps", { "notes/blueprint.yaml": "freehold: 1\n" });
  repository.tag("v1");
  const ref = "github:ann/apps/notes@v1";
  const first = await findSource(ref, where());
  install(first);
  repository.commit({ "notes/blueprint.yaml": "freehold: 1 # other\n" }, { force: true });
  repository.tag("v1");
  const asked = hub.requests.length;
  expect(await findSource(ref, where())).toMatchObject({ origin: first.origin, ref });
  expect((await findSource("notes", where())).app?.digest).toBe(first.digest);
  expect(hub.requests).toHaveLength(asked);
  await expect(findAfresh(ref, where())).rejects.toMatchObject({ code: "tag-moved" });
  repository.remove();
  rmSync(join(dir, "cache"), { recursive: true });
  expect((await findSource(ref, where())).dir).toBe(copyDir(where().paths, cloud, first.digest!));
  await expect(findAfresh(ref, where())).rejects.toMatchObject({ code: "repository-gone", exitCode: 4 });
});
