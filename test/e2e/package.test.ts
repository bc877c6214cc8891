/** Journey 1 from what npm publishes: the packed tarball in an empty folder, nothing else installed. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, type Home, root, signIn, withHome } from "../support/home.ts";

let home: Home;

beforeAll(async () => {
  const build = await withHome();
  const packs = join(build.dir, "packs");
  mkdirSync(packs);
  const npm = (args: string[], cwd: string): string =>
    execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const tarball = npm(["pack", "--ignore-scripts", "--silent", "--pack-destination", packs], root)
    .trim()
    .split("\n")
    .at(-1)!;
  const folder = join(build.dir, "empty");
  mkdirSync(folder);
  npm(
    [
      "install",
      "--prefix",
      folder,
      "--ignore-scripts",
      "--offline",
      "--silent",
      "--no-audit",
      "--no-fund",
      join(packs, tarball),
    ],
    folder,
  );
  home = await withHome({ entry: join(folder, "node_modules/freehold/dist/freehold.cjs") });
}, 120_000);

afterAll(() => home?.close());

it("installs offline, with no packages beside it, and puts notes up", async () => {
  const { apps } = (await home.events("up", "notes")).at(-1);
  const cookie = await signIn(apps[0].link);
  const answer = await ask(new URL("/api/notes", apps[0].url).href, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: JSON.stringify({ text: "From a tarball" }),
  });
  expect(JSON.parse(answer.text).title).toBe("From a tarball");
});
